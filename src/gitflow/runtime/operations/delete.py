"""Deletes a job that has ended, with its history, logs and artifacts, and with its child and hook jobs.

A retry is a job of its own and stays.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, NotFound, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.status import JobStatus
    from gitflow.runtime.engine.transaction import PendingJob, Transaction
    from gitflow.stores.protocols.jobs import JobStore
    from gitflow.stores.registry import Stores

    #: Job id -> the job with the changes of the transaction; None: there are no changes.
    Find = Callable[[str], PendingJob | None]


def delete(stores: Stores, transaction: Transaction, job_id: str) -> list[str]:
    """Returns the ids of the deleted jobs, this one first. Raises Conflict and NotFound."""
    jobs = stores.jobs
    deleted = refuse_deletion(jobs, transaction.find, job_id)
    names = stores.artifact_names
    digests = {artifact.digest for id in deleted for _, _, artifact in names.artifacts(id)}
    jobs.delete(deleted)
    transaction.awaited.append(partial(_remove_files, stores, deleted, digests))
    return deleted


def refuse_deletion(jobs: JobStore, find: Find, job_id: str) -> list[str]:
    """The ids of the jobs that would be deleted, this one first. Raises Conflict and NotFound."""
    state = jobs.state_of(job_id)
    _refuse_open(find, job_id, state.status, f"job {job_id}")
    if state.parent_job_id is not None and _is_open(jobs, state.parent_job_id):
        raise Conflict(f"job {job_id} is a part of job {state.parent_job_id}, which has not ended")
    return [job_id, *_parts(jobs, find, job_id)]


def _refuse_open(find: Find, job_id: str, stored: JobStatus, named: str) -> None:
    pending = find(job_id)
    status = stored if pending is None else pending.job.status
    if not status.ended:
        raise Conflict(f"{named} has not ended: {status.value}")
    if pending is not None:
        raise Conflict(f"{named} is just about to end; ask again")


def _is_open(jobs: JobStore, job_id: str) -> bool:
    try:
        return not jobs.state_of(job_id).status.ended
    except NotFound:
        return False


def _parts(jobs: JobStore, find: Find, job_id: str) -> list[str]:
    """All child and hook jobs, at any depth (``MAX_DEPTH`` limits it)."""
    found: list[str] = []
    ahead = [job_id]
    for one in ahead:
        for child, _, status in jobs.children(one):
            _refuse_open(find, child, status, f"job {child}, which is a part of job {job_id},")
            found.append(child)
            ahead.append(child)
    return found


def _remove_files(stores: Stores, deleted: list[str], digests: set[str]) -> None:
    """Called after the commit. Files that cannot be removed now are left to ``gitflow gc``."""
    with suppress(StoreError, OSError):
        stores.artifacts.discard(digests)  # first: deleting logs from a full disk needs this space
    with suppress(StoreError, OSError):
        stores.logs.delete(deleted)
