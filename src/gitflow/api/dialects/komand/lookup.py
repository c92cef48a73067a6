"""Which workflow or trigger a path means: by its uid, as ``workspace/name``, or by a name that only one has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.auth import resources
from gitflow.api.dialects.komand import views as told
from gitflow.api.dialects.komand.job_context import workflow_uid
from gitflow.api.http.route import Resource
from gitflow.core.errors import NotFound
from gitflow.core.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.api.http.request import Request
    from gitflow.core.language.snapshot import Snapshot


@record
class Found:
    """What can be started: a task by itself, or by its trigger."""

    workspace: str
    task: str
    trigger: str | None = None


def served(request: Request) -> Iterator[Snapshot]:
    """Every workspace that the caller sees anything of."""
    known = request.context.workspaces
    for name in known.names():
        snapshot = known.get(name).snapshot
        if snapshot is not None and request.sees(name):
            yield snapshot


def workflow_of(request: Request) -> Found:
    """Raises NotFound."""
    return _only(request, "workflow", _workflows(request))


def startable_of(request: Request) -> Found:
    """A trigger, or else a workflow. Raises NotFound."""
    found = [*_triggers(request)] or [*_workflows(request)]
    return _only(request, "trigger", iter(found))


def given(request: Request) -> str:
    """What the path names, in one segment or in two."""
    return f"{request.path['ws']}/{request.path['item']}" if "ws" in request.path else request.path["item"]


def _workflows(request: Request) -> Iterator[Found]:
    wanted = given(request)
    for snapshot in served(request):
        for task in snapshot.tasks:
            names = (task, f"{snapshot.workspace}/{task}", workflow_uid(snapshot.workspace, task))
            if wanted in names and request.sees(snapshot.workspace, task):
                yield Found(snapshot.workspace, task)


def _triggers(request: Request) -> Iterator[Found]:
    wanted = given(request)
    for snapshot in served(request):
        for name, trigger in snapshot.triggers.items():
            names = (name, f"{snapshot.workspace}/{name}", told.trigger_uid(snapshot.workspace, name))
            if wanted in names and request.sees(snapshot.workspace, trigger.task):
                yield Found(snapshot.workspace, trigger.task, name)


def _only(request: Request, kind: str, found: Iterator[Found]) -> Found:
    """Raises NotFound also for a name that several have: it does not say which is meant."""
    all_found = list(found)
    if len(all_found) != 1:
        names = ", ".join(f"{one.workspace}/{one.trigger or one.task}" for one in all_found)
        raise NotFound(kind, given(request), f"it could be any of {names}" if names else "")
    return all_found[0]


async def resource_of_workflow(request: Request) -> Resource:
    found = workflow_of(request)
    return Resource("workflow", given(request), found.workspace, found.task)


async def resource_of_startable(request: Request) -> Resource:
    found = startable_of(request)
    return Resource("trigger", given(request), found.workspace, found.task)


async def resource_of_job(request: Request) -> Resource:
    """Raises NotFound."""
    return await resources.resource_of_job(request, request.path["job"])
