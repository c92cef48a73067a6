"""What a change of a workspace means: two revisions that the caller may name, compared."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http.parameters import text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.fires import active_schedules
from gitflow.api.routes.revisions import named_revision
from gitflow.core.errors import Forbidden
from gitflow.core.record import replace
from gitflow.core.status import OPEN_JOB
from gitflow.runtime.workspaces.plans import AHEAD_S, MAX_OPEN_JOBS, DueSchedule, OnServer, OpenJob, plan_change
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views.next_runs import run_times
from gitflow.views.plan import plan as written
from gitflow.workspaces.revisions import Chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.api.http.context import Context
    from gitflow.core.language.definition import Trigger
    from gitflow.core.language.sources import Revision
    from gitflow.runtime.workspaces.served import ServedWorkspace


async def plan(request: Request) -> Response:
    """Compares two revisions. Nothing of either is run, decrypted or looked up."""
    one = request.served()
    before, after = await chosen(request, one, request.text("base"), request.text("head"))
    async with request.context.part(one_at_a_time):
        made = await asyncio.to_thread(plan_change, request.context.snapshots, before, after, request.now())
    if before.revision.id == one.active[1].id:
        made = replace(made, server=await _on_server(request, one))
    return respond(written(made))


async def chosen(request: Request, one: ServedWorkspace, base: str | None, head: str | None) -> tuple[Chosen, Chosen]:
    """The two revisions; if left out, the active one and the newest one. Raises Forbidden."""
    if not request.sees_whole(one.name):
        raise Forbidden(f"a plan shows all of workspace {one.name!r}, of which you may see a part")
    _, active = one.active
    before = Chosen(base or active.id, one.workspace, await named_revision(request, one, base) if base else active)
    newest = await named_revision(request, one, head) if head else newest_of(one)
    return before, Chosen(head or newest.id, one.workspace, newest)


async def _on_server(request: Request, one: ServedWorkspace) -> OnServer:
    """The open jobs and the schedules that will fire soon, while the base is active."""
    wanted = JobFilter(workspace=one.name, status=OPEN_JOB)
    rows = await request.read(lambda stores: stores.jobs.jobs(wanted, MAX_OPEN_JOBS))
    jobs = tuple(OpenJob(row.id, row.task_name, row.status, row.revision, row.retry_of_job_id) for row in rows)
    schedules = [trigger for _, trigger in await active_schedules(request, [one])]
    return OnServer(one.name, jobs, await asyncio.to_thread(_due, schedules, request.now()))


def _due(schedules: Iterable[Trigger], now: float) -> tuple[DueSchedule, ...]:
    """The next run of each schedule that fires within the hour, soonest first."""
    found: list[DueSchedule] = []
    for trigger in schedules:
        zone = str(trigger.fields.get("timezone", "UTC"))
        for at, _ in run_times(str(trigger.fields["cron"]), zone, now)[:1]:
            if at <= now + AHEAD_S:
                found.append(DueSchedule(trigger.name, trigger.task, at))
    return tuple(sorted(found, key=lambda due: due.at))


def newest_of(one: ServedWorkspace) -> Revision:
    """The revision that was refused last; without one, the active revision."""
    if one.candidate is not None:
        return one.candidate.revision
    return one.active[1]


def one_at_a_time(context: Context) -> asyncio.Semaphore:
    """A plan may load two revisions: more at once would only slow down each other."""
    return asyncio.Semaphore(1)


ROUTES = (
    Route(
        "GET",
        "/api/workspaces/{ws}/plan",
        plan,
        "view",
        "Show how two revisions of a workspace differ in meaning, and what that breaks",
        tag="workspaces",
        query=(
            text("base", "A branch, tag or commit; the active revision if left out."),
            text("head", "A branch, tag or commit; the newest revision if left out, even if it was refused."),
        ),
        answer="ChangePlan",
        also=(403, 404, 409, 422),
    ),
)
