"""Tasks: the list, and one task with its flow and triggers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from gitflow.api.http.parameters import text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond, respond_with_etag
from gitflow.api.http.route import Route
from gitflow.api.routes.revisions import named_revision
from gitflow.core.errors import NotFound
from gitflow.core.names import closest
from gitflow.views import definitions

if TYPE_CHECKING:
    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Snapshot


async def index(request: Request) -> Response:
    snapshot, _ = request.served().active
    seen = [task for name, task in snapshot.tasks.items() if request.sees(request.path["ws"], name)]
    listed = [definitions.task_row(snapshot, task) for task in seen]
    return respond_with_etag(listed) if len(seen) < len(snapshot.tasks) else respond(listed, etag=snapshot.revision)


async def show(request: Request) -> Response:
    wanted = request.text("revision")
    snapshot, task = task_of(request) if wanted is None else await _task_at(request, wanted)
    detail = definitions.task_detail(snapshot, task, time.time())
    runs = [trigger["next_runs"][0] for trigger in detail["triggers"] if trigger["next_runs"]]
    return respond(detail, etag="-".join([snapshot.revision, *runs]).replace(":", ""))


async def _task_at(request: Request, wanted: str) -> tuple[Snapshot, Task]:
    """The task at a revision that the caller may name. Raises Forbidden, NotFound and WorkspaceError."""
    one, name = request.served(), request.path["name"]
    revision = await named_revision(request, one, wanted, name)
    snapshot = await asyncio.to_thread(request.context.snapshots.load, one.workspace, revision)
    if name not in snapshot.tasks:
        raise NotFound("task", name)
    return snapshot, snapshot.tasks[name]


def task_of(request: Request) -> tuple[Snapshot, Task]:
    """Raises NotFound."""
    snapshot, _ = request.served().active
    name = request.path["name"]
    if name not in snapshot.tasks:
        raise NotFound("task", name, closest(name, snapshot.tasks))
    return snapshot, snapshot.tasks[name]


ROUTES = (
    Route("GET", "/api/workspaces/{ws}/tasks", index, "view", "List tasks", answer="TaskList", also=(304, 404, 422)),
    Route(
        "GET",
        "/api/workspaces/{ws}/tasks/{name}",
        show,
        "view",
        "Get a task with its flow and its triggers",
        query=(text("revision", "A branch, tag or commit; the active revision if left out."),),
        answer="TaskDetail",
        also=(304, 403, 404, 409, 422),
    ),
)
