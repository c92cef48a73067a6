"""The coming fires of all schedules that the caller may see."""

from __future__ import annotations

import asyncio
import heapq
from typing import TYPE_CHECKING

from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import moment, text, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.views.next_runs import runs_until
from gitflow.views.overview import Fire, scheduled_fire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitflow.core.language.definition import Trigger
    from gitflow.runtime.workspaces.served import ServedWorkspace

#: How far ahead fires are listed, and how far at most, in seconds.
AHEAD_S, MAX_AHEAD_S = 12 * 3600.0, 31 * 86_400.0


async def index(request: Request) -> Response:
    """Soonest first."""
    now, limit = request.now(), request.number("limit")
    until = request.query["until"] or now + AHEAD_S
    if until > now + MAX_AHEAD_S:
        raise bad_request("until is too far ahead: 31 days at most", [("until", "is too far ahead")])
    wanted = [one for one in request.context.workspaces.all() if request.text("workspace") in (None, one.name)]
    schedules = await active_schedules(request, wanted)
    found = await asyncio.to_thread(_soonest, schedules, now, until, limit)
    return respond([scheduled_fire(each) for each in found])


def _soonest(schedules: Sequence[tuple[str, Trigger]], now: float, until: float, limit: int) -> list[Fire]:
    each = (_fires(workspace, trigger, now, until, limit) for workspace, trigger in schedules)
    merged = heapq.merge(*each, key=lambda fire: (fire.time, fire.workspace, fire.trigger_name))
    return [fire for fire, _ in zip(merged, range(limit), strict=False)]


def _fires(workspace: str, trigger: Trigger, now: float, until: float, limit: int) -> Iterator[Fire]:
    zone = str(trigger.fields.get("timezone", "UTC"))
    for time, at in runs_until(str(trigger.fields["cron"]), zone, now, until, limit):
        yield Fire(time, at, workspace, trigger.name, trigger.task)


async def active_schedules(request: Request, workspaces: Iterable[ServedWorkspace]) -> list[tuple[str, Trigger]]:
    """(workspace, trigger) of the schedules that will fire, of tasks that the caller may see."""
    found: list[tuple[str, Trigger]] = []
    for one in workspaces:
        fires_here = request.context.triggers.has_triggers.get(one.name, True)
        for trigger in one.snapshot.triggers.values() if one.snapshot and fires_here else ():
            if trigger.type == "scheduler" and trigger.enabled and request.sees(one.name, trigger.task):
                found.append((one.name, trigger))
    states = {
        name: await request.context.reader.cached(
            ("triggers", name), lambda stores, name=name: stores.triggers.states(name)
        )
        for name in {workspace for workspace, _ in found}
    }
    return [
        (workspace, trigger)
        for workspace, trigger in found
        if (state := states[workspace].get(trigger.name)) is None or state.suspended_at is None
    ]


ROUTES = (
    Route(
        "GET",
        "/api/fires",
        index,
        "view",
        "List when the schedules of all workspaces fire next",
        tag="triggers",
        query=(
            moment("until", "Only fires up to this time: 12 hours from now if left out, 31 days from now at most."),
            text("workspace", "Only schedules of this workspace."),
            whole("limit", "How many fires to return.", 200, 1, 5000),
        ),
        answer="ScheduledFireList",
    ),
)
