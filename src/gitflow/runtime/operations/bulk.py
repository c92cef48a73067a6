"""One operation on many jobs: each job succeeds or is refused on its own, and each commit handles a few of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError, InvalidInput, StoreError
from gitflow.core.record import Record, replace
from gitflow.core.status import ENDED_JOB, OPEN_JOB, JobStatus
from gitflow.runtime.operations.forward import PendingRequest, perform_or_forward

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.stores.protocols.jobs import JobFilter, JobStore

#: The most jobs in one bulk operation, and how many of them one commit handles.
MAX_JOBS = 1_000
BATCH_SIZE = 25

#: Bulk operation -> the states of the jobs that it selects if the filter names none.
DEFAULT_STATES: Mapping[str, tuple[JobStatus, ...]] = {
    "cancel": OPEN_JOB,
    "retry": (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.TIMED_OUT),
    "restart": tuple(status for status in JobStatus if status in ENDED_JOB),
    "delete": tuple(status for status in JobStatus if status in ENDED_JOB),
}


class Result(Record):
    """The result for one job. ``.pending``: another process runs the job, and has been asked."""

    job_id: str
    answer: JsonObject | None = None  #: the operation's result
    error: str | None = None
    code: str | None = None  #: the code of the error
    pending: PendingRequest | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


def check_ids(operation: str, job_ids: Sequence[str]) -> list[str]:
    """The ids without duplicates. Raises InvalidInput for an unknown operation, and for no ids or too many."""
    _refuse_unknown(operation)
    ids = list(dict.fromkeys(job_ids))
    if not 1 <= len(ids) <= MAX_JOBS:
        raise InvalidInput(f"{operation} takes 1 to {MAX_JOBS} jobs at once, not {len(ids)}")
    return ids


def matching(store: JobStore, operation: str, filter: JobFilter) -> tuple[list[str], int]:
    """The newest selected jobs, at most ``MAX_JOBS``, and how many more there are (counted up to 10,000 in all).

    A filter without states selects the jobs that the operation can change. Child and hook jobs are left out, unless
    the filter asks for them; so are jobs that were retried already, for ``retry``.
    """
    _refuse_unknown(operation)
    parts = filter.parent_job_id is not None or filter.source_type in ("task", "hook")
    selected = replace(
        filter,
        status=filter.status or tuple(map(str, DEFAULT_STATES[operation])),
        roots=not parts,
        not_retried=operation == "retry",
    )
    ids = [row.id for row in store.jobs(selected, MAX_JOBS)]
    return ids, max(0, store.count(selected) - len(ids)) if len(ids) == MAX_JOBS else 0


def batches(job_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in groups, one group for each commit: a long commit would make others wait for the store."""
    for start in range(0, len(job_ids), BATCH_SIZE):
        yield job_ids[start : start + BATCH_SIZE]


def perform_each(
    operations: Operations,
    transaction: Transaction,
    operation: str,
    job_ids: Sequence[str],
    actor: str,
    arguments: JsonObject,
) -> list[Result]:
    """Handles one batch. A refusal of one job does not stop the others."""
    return [_result(operations, transaction, operation, job_id, actor, arguments) for job_id in job_ids]


def refused(job_id: str, error: GitflowError) -> Result:
    return Result(job_id, error=str(error), code=error.code)


def _result(
    operations: Operations, transaction: Transaction, operation: str, job_id: str, actor: str, arguments: JsonObject
) -> Result:
    try:
        done = perform_or_forward(operations, transaction, operation, job_id, actor, arguments)
    except StoreError:
        raise  # the job is not the cause, so the whole commit is tried again
    except GitflowError as error:
        return refused(job_id, error)
    return Result(job_id, pending=done) if isinstance(done, PendingRequest) else Result(job_id, done)


def _refuse_unknown(operation: str) -> None:
    if operation not in DEFAULT_STATES:
        raise InvalidInput(f"{operation!r} is not a bulk operation; choose one of: {', '.join(DEFAULT_STATES)}")
