"""Tasks: statistics of the jobs of one, and the files that define it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.parameters import moment, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.tasks import task_of
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views import task_stats

if TYPE_CHECKING:
    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.stores.protocols.reports import EndedJob, StepTimes
    from gitflow.stores.registry import Stores

#: Answers round times to a millisecond; a job is made "at this time" also where its time was rounded up to it.
ROUNDING_S = 0.0005


def files_of(snapshot: Snapshot, task: Task) -> list[str]:
    """The files that define a task and the actions it names."""
    named = [step.action for step in task.flow.values() if step.action is not None]
    actions = [snapshot.actions[name] for name in named if name in snapshot.actions]
    return list(dict.fromkeys(place.file for place in (task.where, *(each.where for each in actions)) if place.file))


async def stats(request: Request) -> Response:
    """Statistics of the last ended jobs, also of a task that is no longer defined."""
    ws, name, limit = request.path["ws"], request.path["name"], request.number("last")
    since = (request.query["since"] or ROUNDING_S) - ROUNDING_S

    def look(stores: Stores) -> tuple[list[EndedJob], list[StepTimes]]:
        return stores.reports.ended_jobs(ws, name, since, limit), stores.reports.step_times(ws, name, since, limit)

    jobs, steps = await request.read(look)
    if not jobs and not await request.read(lambda stores: stores.jobs.jobs(JobFilter(workspace=ws, task_name=name), 1)):
        task_of(request)  # raises NotFound: the task is not defined, and has no jobs
    snapshot, _ = request.served().active
    flow = list(snapshot.tasks[name].flow) if name in snapshot.tasks else []
    steps.sort(key=lambda step: flow.index(step.name) if step.name in flow else len(flow))
    return respond(task_stats.stats(task_stats.TaskStats(ws, name, jobs, steps, request.number("series"))))


ROUTES = (
    Route(
        "GET",
        "/api/workspaces/{ws}/tasks/{name}/stats",
        stats,
        "view",
        "Get statistics of the last jobs of a task",
        tag="tasks",
        query=(
            whole("last", "How many of the newest ended jobs to include.", 1000, 1, 10_000),
            moment("since", "Only jobs created at this time or later."),
            whole("series", "How many of the newest of these jobs to list one by one.", 200, 0, 1000),
        ),
        answer="Stats",
        also=(404, 422),
    ),
)
