"""Finds the workflow or trigger that a path names: by uid, as ``workspace/name``, or by a unique name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.auth import resources
from gitflow.api.dialects.komand import views
from gitflow.api.dialects.komand.job_context import workflow_uid
from gitflow.api.http.route import Resource
from gitflow.core.errors import NotFound
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.api.http.request import Request
    from gitflow.core.language.snapshot import Snapshot


class Startable(Record):
    """A task, started directly or by one of its triggers."""

    workspace: str
    task: str
    trigger: str | None = None


def visible_snapshots(request: Request) -> Iterator[Snapshot]:
    """The active snapshots of all workspaces of which the caller may see something."""
    known = request.context.workspaces
    for name in known.names():
        snapshot = known.get(name).snapshot
        if snapshot is not None and request.sees(name):
            yield snapshot


def workflow_of(request: Request) -> Startable:
    """Raises NotFound."""
    return _only(request, "workflow", _workflows(request))


def startable_of(request: Request) -> Startable:
    """A trigger, or else a workflow, with this name. Raises NotFound."""
    found = [*_triggers(request)] or [*_workflows(request)]
    return _only(request, "trigger", iter(found))


def name_in_path(request: Request) -> str:
    """The name in the path, whose slash may be escaped or not."""
    return f"{request.path['ws']}/{request.path['item']}" if "ws" in request.path else request.path["item"]


def _workflows(request: Request) -> Iterator[Startable]:
    wanted = name_in_path(request)
    for snapshot in visible_snapshots(request):
        for task in snapshot.tasks:
            names = (task, f"{snapshot.workspace}/{task}", workflow_uid(snapshot.workspace, task))
            if wanted in names and request.sees(snapshot.workspace, task):
                yield Startable(snapshot.workspace, task)


def _triggers(request: Request) -> Iterator[Startable]:
    wanted = name_in_path(request)
    for snapshot in visible_snapshots(request):
        for name, trigger in snapshot.triggers.items():
            names = (name, f"{snapshot.workspace}/{name}", views.trigger_uid(snapshot.workspace, name))
            if wanted in names and request.sees(snapshot.workspace, trigger.task):
                yield Startable(snapshot.workspace, trigger.task, name)


def _only(request: Request, kind: str, found: Iterator[Startable]) -> Startable:
    """Raises NotFound, also for an ambiguous name."""
    candidates = list(found)
    if len(candidates) != 1:
        names = ", ".join(f"{one.workspace}/{one.trigger or one.task}" for one in candidates)
        raise NotFound(kind, name_in_path(request), f"the name is ambiguous: {names}" if names else "")
    return candidates[0]


async def resource_of_workflow(request: Request) -> Resource:
    found = workflow_of(request)
    return Resource("workflow", name_in_path(request), found.workspace, found.task)


async def resource_of_startable(request: Request) -> Resource:
    found = startable_of(request)
    return Resource("trigger", name_in_path(request), found.workspace, found.task)


async def resource_of_job(request: Request) -> Resource:
    """Raises NotFound."""
    return await resources.resource_of_job(request, request.path["job"])
