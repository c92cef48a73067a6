"""Finds the resource of a request in its path: the task or workspace whose permissions apply."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from gitflow.api.http.route import Resource
from gitflow.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.http.request import Request
    from gitflow.api.http.route import Finder


async def _workspace(request: Request) -> Resource:
    return Resource("workspace", request.path["ws"], request.path["ws"], None)


async def _task(request: Request) -> Resource:
    return Resource("task", request.path["name"], request.path["ws"], request.path["name"])


async def _trigger(request: Request) -> Resource:
    """The permissions of a trigger are those of its task. Raises NotFound."""
    name, workspace = request.path["name"], request.path["ws"]
    snapshot = request.served().snapshot
    found = snapshot.triggers.get(name) if snapshot else None
    if found is None:
        raise NotFound("trigger", name)
    return Resource("trigger", name, workspace, found.task)


async def _job(request: Request) -> Resource:
    """Raises NotFound."""
    return await resource_of_job(request, request.path["id"])


async def resource_of_job(request: Request, id: str, kind: str = "job") -> Resource:
    """``kind`` is the name for a job in an error. Raises NotFound."""
    job = request.context.open_job(id)
    found = (job.workspace, job.task_name) if job else await request.read(lambda stores: stores.jobs.task_of(id))
    return Resource(kind, id, *found)


#: Beginning of a path -> its finder; the longest match counts. Other paths are about the server.
FINDERS: Mapping[str, Finder] = {
    "/api/workspaces/{ws}": _workspace,
    "/api/workspaces/{ws}/tasks/{name}": _task,
    "/api/workspaces/{ws}/triggers/{name}": _trigger,
    "/api/jobs/{id}": _job,
}


@functools.cache
def finder_of(path: str) -> Finder | None:
    """The finder for a path of the route table; None: the route is about the server."""
    matching = [start for start in FINDERS if path == start or path.startswith(f"{start}/")]
    return FINDERS[max(matching, key=len)] if matching else None
