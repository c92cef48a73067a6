"""Triggers: their definitions and events, and how an operator fires, suspends and resumes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http.parameters import LIMIT, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.execute import key_of
from gitflow.runtime.triggers.fire import trigger_of
from gitflow.stores.protocols.triggers import TriggerState
from gitflow.views import triggers as views

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.triggers.fire import Fired

#: The state of a trigger that has neither fired nor been suspended on this server.
NO_STATE = TriggerState("", "")


async def index(request: Request) -> Response:
    snapshot, _ = request.served().active
    states = await _states(request)
    seen = [each for each in snapshot.triggers.values() if request.sees(request.path["ws"], each.task)]
    now = request.now()
    return respond(await asyncio.to_thread(lambda: [_describe(each, states.get(each.name), now) for each in seen]))


async def show(request: Request) -> Response:
    snapshot, _ = request.served().active
    trigger = trigger_of(snapshot, request.path["name"])
    state = (await _states(request)).get(trigger.name)
    return respond(views.trigger_detail(trigger, request.now(), state or NO_STATE))


async def events(request: Request) -> Response:
    """Newest first; ``Link`` has the next page."""
    workspace, name, limit = request.path["ws"], request.path["name"], request.number("limit")
    before = request.query["before"]
    found = await request.read(lambda stores: stores.triggers.events(workspace, name, limit, before))
    headers: dict[str, str] = {}
    if len(found) == limit:
        headers["Link"] = f'<{request.http_request.rel_url.raw_path}?limit={limit}&before={found[-1].id}>; rel="next"'
    return respond([views.trigger_event(event) for event in found], headers=headers)


async def fire(request: Request) -> Response:
    """Fires the trigger; refused if its task cannot be executed, or while it is disabled or suspended."""
    triggers, one = request.context.triggers, request.served()
    name: str = request.path["name"]
    given: JsonObject = request.body.get("input") or {}
    jobs, key = request.context.stores.jobs, key_of(request)

    def work(transaction: Transaction) -> tuple[str | None, Fired | None]:
        known = key.job_id(jobs, request.now()) if key is not None else None
        if known is not None:
            return known, None
        fired = triggers.fire(transaction, one, name, given, request.actor)
        if key is not None and fired.job_id is not None:
            key.put(jobs, fired.job_id, request.now())
        return fired.job_id, fired

    job_id, fired = await request.do(work)
    job_id = job_id if fired is None else fired.job
    task = trigger_of(one.active[0], name).task
    return respond(views.fired_job(views.StartedJob(job_id, name, task)))


async def suspend(request: Request) -> Response:
    return await _respond_with(request, await _turn_switch(request, request.context.triggers.suspend))


async def unsuspend(request: Request) -> Response:
    return await _respond_with(request, await _turn_switch(request, request.context.triggers.unsuspend))


async def _turn_switch(request: Request, turn_switch: Callable[..., TriggerState]) -> TriggerState:
    """``turn_switch`` suspends a trigger or resumes it."""
    one, name, reason = request.served(), request.path["name"], request.body.get("reason", "")
    details = {"reason": reason} if reason else {}
    return await request.do(
        lambda transaction: turn_switch(transaction, one, name, request.actor, reason), lambda _: details
    )


async def _respond_with(request: Request, state: TriggerState) -> Response:
    trigger = trigger_of(request.served().active[0], request.path["name"])
    return respond(_describe(trigger, state, request.now()))


async def _states(request: Request) -> Mapping[str, TriggerState]:
    workspace = request.path["ws"]
    return await request.context.reader.cached(
        ("triggers", workspace), lambda stores: stores.triggers.states(workspace)
    )


def _describe(trigger: Trigger, state: TriggerState | None, now: float) -> JsonObject:
    return views.trigger(trigger, now, state or NO_STATE)


_ONE = "/api/workspaces/{ws}/triggers/{name}"
BEFORE = whole("before", "Only entries before this one; the `Link` header of the previous page gives the value.")

ROUTES = (
    Route(
        "GET", "/api/workspaces/{ws}/triggers", index, "view", "List triggers", answer="TriggerList", also=(404, 422)
    ),
    Route("GET", _ONE, show, "view", "Get a trigger with the fields of its type", answer="Trigger", also=(404, 422)),
    Route(
        "GET",
        f"{_ONE}/events",
        events,
        "view",
        "List when a trigger fired, and when it did not and why",
        query=(LIMIT, BEFORE),
        answer="TriggerEventList",
        also=(404, 422),
    ),
    Route(
        "POST",
        f"{_ONE}/fire",
        fire,
        "run",
        "Fire a trigger now",
        body="Fire",
        answer="Fired",
        also=(404, 409, 422),
        scope="workflows:trigger",
    ),
    Route(
        "POST",
        f"{_ONE}/suspend",
        suspend,
        "run",
        "Suspend a trigger, regardless of its committed definition",
        body="Suspend",
        answer="Trigger",
        also=(404, 422),
    ),
    Route(
        "POST",
        f"{_ONE}/unsuspend",
        unsuspend,
        "run",
        "End a trigger's suspension",
        body="Suspend",
        answer="Trigger",
        also=(404, 422),
    ),
)
