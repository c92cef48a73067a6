"""Operations by name, with arguments and results as JSON: for forwarded requests and bulk operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput
from gitflow.core.names import closest
from gitflow.runtime.operations.operations import RetryOptions
from gitflow.runtime.operations.rights import actor_context_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations

    Perform = Callable[[Operations, Transaction, str, str, JsonObject], JsonObject]


def perform(
    operations: Operations, transaction: Transaction, operation: str, job_id: str, actor: str, arguments: JsonObject
) -> JsonObject:
    """Raises InvalidInput for an unknown operation or a missing argument, and what the operation raises."""
    found = OPERATIONS.get(operation)
    if found is None:
        raise InvalidInput(f"there is no operation {operation!r}; {closest(operation, OPERATIONS)}".rstrip("; "))
    missing = [name for name in REQUIRED_ARGUMENTS.get(operation, ()) if name not in arguments]
    if missing:
        listed = f"missing argument{'s' if len(missing) > 1 else ''}: {', '.join(missing)}"
        raise InvalidInput(f"{operation}: {listed}", [(name, "is required") for name in missing])
    return found(operations, transaction, job_id, actor, arguments)


def _cancel(operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject) -> JsonObject:
    job = operations.cancel(transaction, job_id, actor, given.get("reason", ""))
    return {"status": "cancelled" if job.ended else "cancelling"}


def _pause(operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject) -> JsonObject:
    return {"status": str(operations.pause(transaction, job_id, actor).status)}


def _resume(operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject) -> JsonObject:
    return {"status": str(operations.resume(transaction, job_id, actor).status)}


def _restart(
    operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject
) -> JsonObject:
    aliases = actor_context_of(given.get("by")).rights.aliases
    return {"status": str(operations.restart(transaction, job_id, actor, aliases).status)}


def _retry(operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject) -> JsonObject:
    how = RetryOptions(given.get("from") == "start", given.get("from_step"))
    return {"job_id": operations.retry(transaction, job_id, actor, how)}


def _delete(operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject) -> JsonObject:
    return {"deleted": operations.delete(transaction, job_id, actor)}


def _skip(operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject) -> JsonObject:
    operations.skip(
        transaction, job_id, given["step"], actor, given.get("reason", ""), actor_context_of(given.get("by"))
    )
    return {}


def _complete(
    operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject
) -> JsonObject:
    reason, by = given.get("reason", ""), actor_context_of(given.get("by"))
    operations.complete(transaction, job_id, given["step"], actor, given.get("result"), reason=reason, by=by)
    return {}


def _decide(operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject) -> JsonObject:
    operations.decide(
        transaction,
        job_id,
        given["step"],
        actor,
        given["approved"],
        input=given.get("input"),
        reason=given.get("reason", ""),
        by=actor_context_of(given.get("by")),
    )
    return {}


def _event(operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject) -> JsonObject:
    operations.send_event(transaction, job_id, given["type"], given.get("payload"), actor, given.get("id"))
    return {}


def _retry_step(
    operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject
) -> JsonObject:
    operations.retry_step(transaction, job_id, given["step"], actor)
    return {}


def _replay(operations: Operations, transaction: Transaction, job_id: str, actor: str, given: JsonObject) -> JsonObject:
    return {"reset_steps": operations.replay(transaction, job_id, given["step"], actor)}


#: Name -> the function that performs it and returns its result.
OPERATIONS: Mapping[str, Perform] = {
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
    "restart": _restart,
    "retry": _retry,
    "delete": _delete,
    "skip": _skip,
    "complete": _complete,
    "decide": _decide,
    "event": _event,
    "retry_step": _retry_step,
    "replay": _replay,
}

#: Name -> its required arguments.
REQUIRED_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "skip": ("step",),
    "complete": ("step",),
    "decide": ("step", "approved"),
    "event": ("type",),
    "retry_step": ("step",),
    "replay": ("step",),
}
