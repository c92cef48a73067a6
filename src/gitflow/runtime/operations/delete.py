"""Deleting a job that has ended: with its history, logs and artifacts, and with the jobs that were its parts.

A child job and the job of a hook are parts of the job that began them, and go with it; a retry is a job of its own,
and stays.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, NotFound, StoreError

if TYPE_CHECKING:
    from gitflow.core.status import JobStatus
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.jobs import JobStore
    from gitflow.stores.registry import Stores


def delete(stores: Stores, transaction: Transaction, job_id: str) -> list[str]:
    """The ids of what is gone, the job first. Raises Conflict and NotFound."""
    jobs = stores.jobs
    standing = jobs.standing(job_id)
    _refuse_open(transaction, job_id, standing.status, f"job {job_id}")
    if standing.parent_job_id is not None and _is_open(jobs, standing.parent_job_id):
        raise Conflict(f"job {job_id} is a part of job {standing.parent_job_id}, which has not ended")
    gone = [job_id, *_parts(jobs, transaction, job_id)]
    names = stores.artifact_names
    digests = {artifact.digest for id in gone for _, _, artifact in names.artifacts(id)}
    jobs.delete(gone)
    transaction.awaited.append(partial(_remove_files, stores, gone, digests))
    return gone


def _refuse_open(transaction: Transaction, job_id: str, stored: JobStatus, named: str) -> None:
    staged = transaction.find(job_id)
    status = stored if staged is None else staged.job.status
    if not status.ended:
        raise Conflict(f"{named} has not ended: {status.value}")
    if staged is not None:
        raise Conflict(f"{named} is just about to end; ask again")


def _is_open(jobs: JobStore, job_id: str) -> bool:
    try:
        return not jobs.standing(job_id).status.ended
    except NotFound:
        return False


def _parts(jobs: JobStore, transaction: Transaction, job_id: str) -> list[str]:
    """Everything below; no chain of jobs is long (``MAX_DEPTH``)."""
    found: list[str] = []
    ahead = [job_id]
    for one in ahead:
        for child, _, status in jobs.children(one):
            _refuse_open(transaction, child, status, f"job {child}, which is a part of job {job_id},")
            found.append(child)
            ahead.append(child)
    return found


def _remove_files(stores: Stores, gone: list[str], digests: set[str]) -> None:
    """After the commit; what cannot be removed now goes with ``gitflow gc``."""
    with suppress(StoreError, OSError):
        stores.artifacts.discard(digests)  # first: on a full disk this makes the room that the other needs
    with suppress(StoreError, OSError):
        stores.logs.delete(gone)
