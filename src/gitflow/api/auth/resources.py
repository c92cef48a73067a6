"""What a request is about, read off its path: the task (or the whole workspace) whose permissions count."""

from __future__ import annotations

import functools

from gitflow.core.errors import NotFound
from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gitflow.api.http.request import Request

    Finder = Callable[[Request], Awaitable["About"]]


@record
class About:
    """``kind`` and ``name`` are what a caller who may not see it is told is not there."""

    kind: str
    name: str
    workspace: str
    task: str | None  #: None: the workspace as a whole


async def _workspace(request: Request) -> About:
    return About("workspace", request.path["ws"], request.path["ws"], None)


async def _task(request: Request) -> About:
    return About("task", request.path["name"], request.path["ws"], request.path["name"])


async def _trigger(request: Request) -> About:
    """A trigger is its task's. Raises NotFound."""
    name, workspace = request.path["name"], request.path["ws"]
    snapshot = request.served().snapshot
    found = snapshot.triggers.get(name) if snapshot else None
    if found is None:
        raise NotFound("trigger", name)
    return About("trigger", name, workspace, found.task)


async def _job(request: Request) -> About:
    """Raises NotFound."""
    return await about_job(request, request.path["id"])


async def about_job(request: Request, id: str, kind: str = "job") -> About:
    """``kind`` is what a job is called in the API that asks. Raises NotFound."""
    job = request.server.service.app.orchestrator.job(id)
    found = (job.workspace, job.task_name) if job else await request.read(lambda stores: stores.jobs.task_of(id))
    return About(kind, id, *found)


#: How a path begins -> how it is found what it is about; the longest beginning counts. Others are about the server.
FINDERS: Mapping[str, Finder] = {
    "/api/workspaces/{ws}": _workspace,
    "/api/workspaces/{ws}/tasks/{name}": _task,
    "/api/workspaces/{ws}/triggers/{name}": _trigger,
    "/api/jobs/{id}": _job,
}


@functools.cache
def finder_of(path: str) -> Finder | None:
    """For a route's path as the table has it."""
    fitting = [start for start in FINDERS if path == start or path.startswith(f"{start}/")]
    return FINDERS[max(fitting, key=len)] if fitting else None
