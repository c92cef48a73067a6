"""Finds what a path names: an account is a workspace, a workflow a task, an instance a job (by instance or job id).

What does not exist and what the caller may not see get the same error. Routes use these functions as finders, and
handlers call them too, because an open server runs no finders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare.envelope import NO_ACCOUNT, NO_INSTANCE, NO_WORKFLOW, invalid, refused
from gitflow.api.http.route import Resource
from gitflow.core.errors import NotFound, RevisionRefused
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.api.http.errors import HttpError
    from gitflow.api.http.request import Request
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.protocols.instances import Instance
    from gitflow.stores.protocols.jobs import AttemptRow
    from gitflow.stores.registry import Stores


#: How many problems of a refused revision a message quotes.
MAX_PROBLEMS = 5


class LoadedInstance(Record):
    """The job of an instance, and the name that its caller gave it."""

    job: Job
    named: Instance | None
    attempts: tuple[AttemptRow, ...] = ()

    @property
    def id(self) -> str:
        return self.named.id if self.named else self.job.id


def account_of(request: Request) -> ServedWorkspace:
    """Raises HttpError."""
    name = request.path["account_id"]
    try:
        served = request.context.workspaces.get(name)
    except NotFound:
        served = None
    if served is None or not request.sees(name):
        raise refused(NO_ACCOUNT, f"could not route to /accounts/{name}: there is no account {name!r}")
    return served


def active_revision(served: ServedWorkspace) -> tuple[Snapshot, Revision]:
    """The served snapshot. Raises HttpError if no revision without errors was ever loaded, and WorkspaceError."""
    try:
        return served.active
    except RevisionRefused as error:
        problems = [f"{one.file}:{one.line} {one.message}" for one in error.problems[:MAX_PROBLEMS]]
        raise invalid(f"Workflow has no deployed versions: {error}: {'; '.join(problems)}") from None


def workflow_of(request: Request) -> tuple[Snapshot, Task]:
    """The task at the active revision. Raises HttpError and WorkspaceError."""
    snapshot, _ = active_revision(account_of(request))
    task = snapshot.tasks.get(request.path["workflow_name"])
    if task is None or not request.sees(snapshot.workspace, task.name):
        raise no_workflow(request)
    return snapshot, task


def no_workflow(request: Request) -> HttpError:
    return refused(
        NO_WORKFLOW, f"there is no workflow {request.path['workflow_name']!r} in account {request.path['account_id']!r}"
    )


async def with_instances(request: Request) -> tuple[str, str]:
    """(workspace, task) of a workflow that is defined, or that still has instances.

    Raises HttpError and WorkspaceError.
    """
    served, name = account_of(request), request.path["workflow_name"]
    workspace = served.name
    if served.snapshot is None or name not in served.snapshot.tasks:
        known = await request.context.reader.cached("tasks", lambda stores: stores.jobs.tasks())
        if (workspace, name) not in known:
            active_revision(served)
            raise no_workflow(request)
    if not request.sees(workspace, name):
        raise no_workflow(request)
    return workspace, name


async def instance_of(request: Request) -> LoadedInstance:
    """Raises HttpError."""
    workspace, task = await with_instances(request)
    id = request.path["instance_id"]
    found = await request.read(lambda stores: look_up(request, stores, workspace, task, [id], with_attempts=True))
    if id not in found:
        raise no_instance(id, task)
    return found[id]


def no_instance(id: str, task: str) -> HttpError:
    return refused(NO_INSTANCE, f"there is no instance {id!r} of workflow {task!r}")


def look_up(
    request: Request, stores: Stores, workspace: str, task: str, ids: Sequence[str], *, with_attempts: bool = False
) -> Mapping[str, LoadedInstance]:
    """The instances that exist, by the id they were asked for; runs in a thread of the reader."""
    job_ids = {id: job_id for id in ids if (job_id := stores.instances.job_of(workspace, task, id)) is not None}
    named = stores.instances.of_jobs(list(job_ids.values()))
    found: dict[str, LoadedInstance] = {}
    for id, job_id in job_ids.items():
        job = job_in(request, stores, job_id)
        if job is not None:
            attempts = tuple(stores.jobs.attempts(job_id)) if with_attempts else ()
            found[id] = LoadedInstance(job, named.get(job_id), attempts)
    return found


def job_in(request: Request, stores: Stores, job_id: str) -> Job | None:
    """The current state of a job, from memory if this process runs it. None: it was deleted."""
    try:
        return request.context.job(stores, job_id)
    except NotFound:
        return None


# Resources of routes


async def resource_of_account(request: Request) -> Resource:
    name = account_of(request).name
    return Resource("account", name, name, None)


async def resource_of_workflow(request: Request) -> Resource:
    workspace, task = await with_instances(request)
    return Resource("workflow", task, workspace, task)
