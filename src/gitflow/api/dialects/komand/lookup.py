"""Which workflow or trigger a path means: by its uid, as ``workspace/name``, or by a name that only one has."""

from __future__ import annotations

from gitflow.api.auth import resources
from gitflow.api.auth.resources import About
from gitflow.api.dialects.komand import views as told
from gitflow.api.dialects.komand.job_context import workflow_uid
from gitflow.core.errors import NotFound
from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.api.http.request import Call
    from gitflow.core.language.snapshot import Snapshot


@record
class Found:
    """What can be started: a task by itself, or by its trigger."""

    workspace: str
    task: str
    trigger: str | None = None


def served(call: Call) -> Iterator[Snapshot]:
    """Every workspace that the caller sees anything of."""
    known = call.server.service.served
    for name in known.names():
        snapshot = known.get(name).snapshot
        if snapshot is not None and call.sees(name):
            yield snapshot


def workflow_of(call: Call) -> Found:
    """Raises NotFound."""
    return _only(call, "workflow", _workflows(call))


def startable_of(call: Call) -> Found:
    """A trigger, or else a workflow. Raises NotFound."""
    found = [*_triggers(call)] or [*_workflows(call)]
    return _only(call, "trigger", iter(found))


def given(call: Call) -> str:
    """What the path names, in one segment or in two."""
    return f"{call.path['ws']}/{call.path['item']}" if "ws" in call.path else call.path["item"]


def _workflows(call: Call) -> Iterator[Found]:
    wanted = given(call)
    for snapshot in served(call):
        for task in snapshot.tasks:
            names = (task, f"{snapshot.workspace}/{task}", workflow_uid(snapshot.workspace, task))
            if wanted in names and call.sees(snapshot.workspace, task):
                yield Found(snapshot.workspace, task)


def _triggers(call: Call) -> Iterator[Found]:
    wanted = given(call)
    for snapshot in served(call):
        for name, trigger in snapshot.triggers.items():
            names = (name, f"{snapshot.workspace}/{name}", told.trigger_uid(snapshot.workspace, name))
            if wanted in names and call.sees(snapshot.workspace, trigger.task):
                yield Found(snapshot.workspace, trigger.task, name)


def _only(call: Call, kind: str, found: Iterator[Found]) -> Found:
    """Raises NotFound also for a name that several have: it does not say which is meant."""
    all_found = list(found)
    if len(all_found) != 1:
        names = ", ".join(f"{one.workspace}/{one.trigger or one.task}" for one in all_found)
        raise NotFound(kind, given(call), f"it could be any of {names}" if names else "")
    return all_found[0]


async def about_workflow(call: Call) -> About:
    found = workflow_of(call)
    return About("workflow", given(call), found.workspace, found.task)


async def about_startable(call: Call) -> About:
    found = startable_of(call)
    return About("trigger", given(call), found.workspace, found.task)


async def about_job(call: Call) -> About:
    """Raises NotFound."""
    return await resources.about_job(call, call.path["job"])
