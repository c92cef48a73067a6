"""Suspends many triggers at once, in one commit, and ends that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.errors import bad_request
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.errors import InvalidInput, NotFound
from gitflow.core.names import closest
from gitflow.core.record import Record
from gitflow.views.triggers import SwitchedTrigger, switched_triggers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.language.definition import Trigger
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.protocols.triggers import TriggerState


class Chosen(Record):
    """A trigger that a request means, and whether the caller may act on it."""

    one: ServedWorkspace
    trigger: Trigger
    is_allowed: bool


async def suspend_many(request: Request) -> Response:
    """A trigger that a later commit adds is not suspended."""
    if not request.body.get("reason"):
        raise bad_request("say why the triggers are suspended", [("reason", "is required")])
    return await _turn(request, request.context.triggers.suspend)


async def unsuspend_many(request: Request) -> Response:
    return await _turn(request, request.context.triggers.unsuspend)


async def _turn(request: Request, turn_switch: Callable[..., TriggerState]) -> Response:
    chosen, actor, reason = _choose(request), request.actor, request.body.get("reason", "")
    allowed = [each for each in chosen if each.is_allowed]

    def work(transaction: Transaction) -> None:
        for each in allowed:
            turn_switch(transaction, each.one, each.trigger.name, actor, reason)

    names = " ".join(f"{each.one.name}/{each.trigger.name}" for each in allowed)
    details = {name: text for name, text in (("triggers", names), ("reason", reason)) if text}
    await request.do(work, lambda _: details)
    return respond(switched_triggers([_result(request, each) for each in chosen]))


def _choose(request: Request) -> list[Chosen]:
    """Raises HttpError, InvalidInput and NotFound, before anything is changed."""
    body = request.body
    names, workspace = body.get("triggers"), body.get("workspace")
    if sum((names is not None or workspace is not None, "all" in body)) != 1:
        raise bad_request("name triggers, a workspace, or all", [("triggers", "or workspace or all is needed")])
    seen = _seen(request, workspace)
    if names is None:
        return seen
    return [_named(name, seen) for name in dict.fromkeys(names)]


def _seen(request: Request, workspace: str | None) -> list[Chosen]:
    """Every trigger that the caller sees: of a workspace, or of all. Raises NotFound."""
    if workspace is not None and not request.sees(workspace):
        raise NotFound("workspace", workspace)
    served = request.context.workspaces
    found = served.all() if workspace is None else [served.get(workspace)]
    return [
        Chosen(one, trigger, request.may("run", one.name, trigger.task))
        for one in found
        for trigger in (one.snapshot.triggers.values() if one.snapshot else ())
        if request.sees(one.name, trigger.task)
    ]


def _named(name: str, seen: Sequence[Chosen]) -> Chosen:
    found = [each for each in seen if each.trigger.name == name]
    if not found:
        raise NotFound("trigger", name, closest(name, [each.trigger.name for each in seen]))
    if len(found) > 1:
        having = ", ".join(sorted(each.one.name for each in found))
        raise InvalidInput(f"several workspaces have the trigger {name!r}; name one: {having}")
    return found[0]


def _result(request: Request, each: Chosen) -> SwitchedTrigger:
    return SwitchedTrigger(
        each.one.name, each.trigger.name, None if each.is_allowed else f"{request.actor} may not do this"
    )


ROUTES = tuple(
    Route(
        "POST",
        path,
        handler,
        "run",
        summary,
        tag="triggers",
        body="SuspendMany",
        answer="SwitchedTriggers",
        also=(404,),
    )
    for path, handler, summary in (
        ("/api/triggers/suspend", suspend_many, "Suspend triggers by name, of a workspace, or all"),
        (
            "/api/triggers/unsuspend",
            unsuspend_many,
            "End the suspension of triggers by name, of a workspace, or of all",
        ),
    )
)
