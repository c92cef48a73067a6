"""Operations on a job of another process: the request is stored, and the owner performs it (``forwarded.py``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.record import record
from gitflow.runtime.operations.by_name import perform
from gitflow.runtime.operations.operations import Elsewhere

if TYPE_CHECKING:
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.stores.protocols.jobs import JobStore


@record
class Asked:
    """Another process has been asked; ``answer`` tells what came of it."""

    job_id: str
    request: int


class RefusedElsewhere(GitflowError):
    """The owner of the job refused, with this sentence and code."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def perform_or_ask(
    operations: Operations, transaction: Transaction, operation: str, job_id: str, actor: str, arguments: JsonObject
) -> JsonObject | Asked:
    """Done in this commit, or asked of the process that runs the job. Raises what the operation raises."""
    try:
        return perform(operations, transaction, operation, job_id, actor, arguments)
    except Elsewhere:
        return ask(operations.stores.jobs, operation, job_id, actor, arguments, operations.orchestrator.clock.now())


def ask(store: JobStore, operation: str, job_id: str, actor: str, arguments: JsonObject, at: float) -> Asked:
    """Raises NotFound."""
    return Asked(job_id, store.ask(job_id, operation, arguments, actor, at))


def answer(store: JobStore, asked: Asked) -> JsonObject | None:
    """What it answered; None while it has not. Raises RefusedElsewhere, or NotFound when the job has been deleted."""
    request = store.request(asked.request)
    if request.done_at is None:
        return None
    if request.error is not None:
        raise RefusedElsewhere(request.error, request.code or "conflict")
    return request.result or {}
