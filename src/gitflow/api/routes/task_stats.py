"""Tasks: statistics of the jobs of one, and the files that define it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.parameters import whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.tasks import task_of
from gitflow.views import task_stats

if TYPE_CHECKING:
    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Snapshot


def files_of(snapshot: Snapshot, task: Task) -> list[str]:
    """The files that define a task and the actions it names."""
    named = [step.action for step in task.flow.values() if step.action is not None]
    actions = [snapshot.actions[name] for name in named if name in snapshot.actions]
    return list(dict.fromkeys(place.file for place in (task.where, *(each.where for each in actions)) if place.file))


async def stats(request: Request) -> Response:
    """Statistics of the last ended jobs, also of a task that is no longer defined."""
    ws, name, limit = request.path["ws"], request.path["name"], request.number("last")
    rows = await request.read(lambda stores: stores.reports.durations(ws, name, limit))
    if not rows:
        task_of(request)  # raises NotFound: the task is not defined, and has no jobs
    return respond(task_stats.stats(task_stats.TaskStats(ws, name, rows)))


ROUTES = (
    Route(
        "GET",
        "/api/workspaces/{ws}/tasks/{name}/stats",
        stats,
        "view",
        "Tell how the last jobs of a task fared",
        tag="tasks",
        query=(whole("last", "How many jobs to look at.", 1000, 1, 10_000),),
        answer="Stats",
        also=(404, 422),
    ),
)
