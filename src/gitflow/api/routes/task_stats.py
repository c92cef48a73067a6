"""What is known of a task beside its definition: the commits that changed it, and how its jobs fared."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http.parameters import LIMIT, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.tasks import task_of
from gitflow.core.status import JobStatus
from gitflow.views.workspaces import version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject


async def versions(request: Request) -> Response:
    """Newest first; none for a workspace outside git."""
    snapshot, task = task_of(request)
    served = request.served()
    _, revision = served.active
    log = served.workspace.log
    commits = await asyncio.to_thread(log, revision, files_of(snapshot, task), request.number("limit"))
    return respond([version(each) for each in commits])


def files_of(snapshot: Snapshot, task: Task) -> list[str]:
    """The files that define a task and the actions it names."""
    named = [step.action for step in task.flow.values() if step.action is not None]
    actions = [snapshot.actions[name] for name in named if name in snapshot.actions]
    return list(dict.fromkeys(place.file for place in (task.where, *(each.where for each in actions)) if place.file))


async def stats(request: Request) -> Response:
    """Of the last jobs that have ended; also of a task that is not defined any more."""
    ws, name, limit = request.path["ws"], request.path["name"], request.number("last")
    rows = await request.read(lambda stores: stores.reports.durations(ws, name, limit))
    if not rows:
        task_of(request)  # raises NotFound: it is neither defined, nor has it ever run
    ran = sorted(seconds for status, seconds, _ in rows if status == JobStatus.COMPLETED)
    return respond(
        {
            "workspace": ws,
            "task_name": name,
            "jobs": len(rows),
            "by_status": {status.value: sum(row[0] == status for row in rows) for status in JobStatus if status.ended},
            "duration_seconds": _spread(ran),
            "wait_seconds": _spread(sorted(waited for _, _, waited in rows)),
        }
    )


def _spread(ordered: Sequence[float]) -> JsonObject:
    """Null where there is nothing to tell."""
    return {"p50": _quantile(ordered, 0.5), "p95": _quantile(ordered, 0.95)}


def _quantile(ordered: Sequence[float], part: float) -> float | None:
    """The smallest value that so great a part is not above."""
    if not ordered:
        return None
    return round(ordered[max(0, -int(-part * len(ordered) // 1) - 1)], 6)


ROUTES = (
    Route(
        "GET",
        "/api/workspaces/{ws}/tasks/{name}/versions",
        versions,
        "view",
        "List the commits that changed a task",
        tag="tasks",
        query=(LIMIT,),
        answer="Versions",
        also=(404, 422),
    ),
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
