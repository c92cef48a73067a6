"""Forwards an operation on a job of another process: stores a request, which the job's owner performs
(``forwarded.py``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.record import Record
from gitflow.runtime.operations.by_name import perform
from gitflow.runtime.operations.operations import OwnedElsewhere

if TYPE_CHECKING:
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.stores.protocols.jobs import JobStore


class PendingRequest(Record):
    """A request that was forwarded to the owner of a job. ``answer_of`` gives the owner's answer."""

    job_id: str
    request: int


class RefusedByOwner(GitflowError):
    """The owner of the job has refused the request, with this sentence and code."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def perform_or_forward(
    operations: Operations, transaction: Transaction, operation: str, job_id: str, actor: str, arguments: JsonObject
) -> JsonObject | PendingRequest:
    """Performs the operation in this commit, or forwards it to the job's owner. Raises what the operation raises."""
    try:
        return perform(operations, transaction, operation, job_id, actor, arguments)
    except OwnedElsewhere:
        at = operations.orchestrator.clock.now()
        return PendingRequest(job_id, operations.stores.jobs.add_request(job_id, operation, arguments, actor, at))


def answer_of(store: JobStore, pending: PendingRequest) -> JsonObject | None:
    """The owner's answer; None if there is none yet. Raises RefusedByOwner, and NotFound once the job is deleted."""
    request = store.request(pending.request)
    if request.done_at is None:
        return None
    if request.error is not None:
        raise RefusedByOwner(request.error, request.code or "conflict")
    return request.result or {}
