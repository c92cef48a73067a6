"""One operation on many jobs: each is done or refused by itself, a few in each commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError, InvalidInput, StoreError
from gitflow.core.record import record, replace
from gitflow.core.status import ENDED_JOB, JobStatus
from gitflow.runtime.operations.forward import Asked, perform_or_ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.stores.protocols.jobs import JobFilter, JobStore

#: How many jobs one bulk takes, and how many of them one commit.
MOST = 1_000
AT_ONCE = 25

#: What can be asked of many jobs -> the states that are meant where a filter names none.
MEANT: Mapping[str, tuple[JobStatus, ...]] = {
    "cancel": tuple(status for status in JobStatus if not status.ended),
    "retry": (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.TIMED_OUT),
    "restart": tuple(status for status in JobStatus if status in ENDED_JOB),
    "delete": tuple(status for status in JobStatus if status in ENDED_JOB),
}


@record
class Result:
    """What came of one job. ``asked``: another process runs it, and has been asked."""

    job_id: str
    answer: JsonObject | None = None  #: what the operation answered
    error: str | None = None
    code: str | None = None  #: of the error
    asked: Asked | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


def chosen(operation: str, job_ids: Sequence[str]) -> list[str]:
    """Each once. Raises InvalidInput."""
    _refuse_unknown(operation)
    ids = list(dict.fromkeys(job_ids))
    if not 1 <= len(ids) <= MOST:
        raise InvalidInput(f"{operation} takes 1 to {MOST} jobs at once, not {len(ids)}")
    return ids


def matching(store: JobStore, operation: str, filter: JobFilter) -> tuple[list[str], int]:
    """The newest jobs that are meant, at most ``MOST``, and how many more there are (counted up to 10,000 in all).

    Where the filter names no state, those are meant to which the operation can apply. A job that is a part of another
    (a child, a hook) is left to that one, unless the filter asks for parts; what has been retried is not again.
    """
    _refuse_unknown(operation)
    parts = filter.parent_job_id is not None or filter.source_type in ("task", "hook")
    meant = replace(
        filter,
        status=filter.status or tuple(map(str, MEANT[operation])),
        roots=not parts,
        not_retried=operation == "retry",
    )
    ids = [row.id for row in store.jobs(meant, MOST)]
    return ids, max(0, store.count(meant) - len(ids)) if len(ids) == MOST else 0


def batches(job_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """What one commit takes each, so that nobody waits long for the writer."""
    for start in range(0, len(job_ids), AT_ONCE):
        yield job_ids[start : start + AT_ONCE]


def perform_each(
    operations: Operations,
    transaction: Transaction,
    operation: str,
    job_ids: Sequence[str],
    actor: str,
    arguments: JsonObject,
) -> list[Result]:
    """One batch. A job that refuses stops no other."""
    return [_result(operations, transaction, operation, job_id, actor, arguments) for job_id in job_ids]


def refused(job_id: str, error: GitflowError) -> Result:
    return Result(job_id, error=str(error), code=error.code)


def _result(
    operations: Operations, transaction: Transaction, operation: str, job_id: str, actor: str, arguments: JsonObject
) -> Result:
    try:
        done = perform_or_ask(operations, transaction, operation, job_id, actor, arguments)
    except StoreError:
        raise  # it says nothing about this job: the whole commit is tried again
    except GitflowError as error:
        return refused(job_id, error)
    return Result(job_id, asked=done) if isinstance(done, Asked) else Result(job_id, done)


def _refuse_unknown(operation: str) -> None:
    if operation not in MEANT:
        raise InvalidInput(f"{operation!r} is not done to many jobs at once; {', '.join(MEANT)} are")
