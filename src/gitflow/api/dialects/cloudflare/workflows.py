"""Workflows are tasks, and their versions are the commits that changed them. Nothing here changes a definition."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare import views
from gitflow.api.dialects.cloudflare.accounts import paged, retention_of
from gitflow.api.dialects.cloudflare.envelope import INVALID, NO_VERSION, envelope, invalid, refused
from gitflow.api.dialects.cloudflare.graph import graph_of
from gitflow.api.dialects.cloudflare.lookup import account_of, active_revision, job_in, with_instances, workflow_of
from gitflow.api.dialects.cloudflare.requests import (
    PER_PAGE_VERSIONS,
    PER_PAGE_WORKFLOWS,
    paging_of,
    search_of,
)
from gitflow.api.dialects.cloudflare.states import STATES, STATUSES, state_of
from gitflow.api.dialects.cloudflare.terminate_all import end_all, ending_of
from gitflow.api.dialects.reading import json_body, query_of
from gitflow.api.dialects.versions import snapshot_at, version_at, versions_of
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response
from gitflow.core.errors import GitflowError
from gitflow.core.jobs.planning import plan_task
from gitflow.core.language.cron import CronError, next_fire
from gitflow.core.values import is_object
from gitflow.stores.protocols.jobs import JobFilter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.api.dialects.versions import Version
    from gitflow.core.language.definition import Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.stores.registry import Stores

#: How long the answer waits for a deletion, and the polling interval, in seconds.
TIMEOUT_S, POLL_S = 5.0, 0.05

#: Further fields of a PUT, which are ignored -> where they are configured.
CONFIGURED_IN: Mapping[str, str] = {
    "limits": "limits.max_steps in server-config.yaml",
    "concurrency": "concurrency in its file",
    "default_retention": "retention.jobs in server-config.yaml",
    "schedules": "the triggers of its workspace",
}


async def list_workflows(request: Request) -> Response:
    query = query_of(request)
    paging, search = paging_of(query, PER_PAGE_WORKFLOWS), search_of(query)
    snapshot, _ = active_revision(account_of(request))
    names = [name for name in snapshot.tasks if search in name.lower() and request.sees(snapshot.workspace, name)]
    some = names[paging.offset : paging.offset + paging.per_page]
    shown = await _describe_workflows(request, snapshot, some)
    return envelope(shown, paging.info(len(some), len(names)))


async def get_workflow(request: Request) -> Response:
    snapshot, task = workflow_of(request)
    return envelope((await _describe_workflows(request, snapshot, [task.name]))[0])


async def _describe_workflows(request: Request, snapshot: Snapshot, names: Sequence[str]) -> list[JsonObject]:
    workspace, loaded_at = snapshot.workspace, _loaded_at(request)
    counts = await request.read(lambda stores: _counts(request, stores, workspace, names))
    last = await request.read(lambda stores: {name: _last_created(stores, workspace, name) for name in names})
    found: list[JsonObject] = []
    for name in names:
        task = snapshot.tasks[name]
        versions = await versions_of(request, workspace, name)
        shown = views.workflow(workspace, task, versions, counts[name], last[name], loaded_at)
        runs = next_runs(snapshot, name, request.now())
        found.append({**shown, "schedules": views.schedules(snapshot.triggers, runs)} if runs else shown)
    return found


def _counts(request: Request, stores: Stores, workspace: str, names: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    """How many instances each workflow has in each state."""
    found = {name: dict.fromkeys(STATES, 0) for name in names}
    for name in names:
        ended = stores.instances.ended(workspace, name)
        for state in ("complete", "errored", "terminated"):
            found[name][state] = sum(ended.get(status, 0) for status in STATUSES[state])
    for name, job_id in stores.instances.open_jobs(workspace):
        job = job_in(request, stores, job_id) if name in found else None
        if job is not None:
            found[name][state_of(job)] += 1
    return found


def _last_created(stores: Stores, workspace: str, name: str) -> float | None:
    rows = stores.jobs.jobs(JobFilter(workspace=workspace, task_name=name), 1)
    return rows[0].created_at if rows else None


def next_runs(snapshot: Snapshot, task: str, now: float) -> dict[str, float]:
    """When each enabled schedule of a task fires next, by the name of its trigger."""
    found: dict[str, float] = {}
    for trigger in snapshot.triggers.values():
        at = _next(trigger, now) if trigger.task == task and trigger.enabled and trigger.type == "scheduler" else None
        if at is not None:
            found[trigger.name] = at
    return found


def _next(trigger: Trigger, now: float) -> float | None:
    try:
        return next_fire(str(trigger.fields["cron"]), str(trigger.fields.get("timezone", "UTC")), now)
    except CronError:
        return None


def _loaded_at(request: Request) -> float:
    return account_of(request).loaded_at or request.context.started_at


async def put_workflow(request: Request) -> Response:
    """Succeeds if the workflow already is as described; otherwise refuses, since workflows are changed in git."""
    snapshot, _ = active_revision(account_of(request))
    name, workspace = request.path["workflow_name"], snapshot.workspace
    body = await json_body(request)
    if not is_object(body):
        raise invalid("the body must be an object with class_name and script_name")
    task = snapshot.tasks.get(name)
    if task is None or not request.sees(workspace, name):
        raise refused(INVALID, f"workflows are managed by git: add {name!r} to a file under .workflows/")
    _check_unchanged(task, body)
    versions, loaded_at = await versions_of(request, workspace, name), _loaded_at(request)
    last = await request.read(lambda stores: _last_created(stores, workspace, name))
    shown = views.workflow(workspace, task, versions, {}, last, loaded_at)
    del shown["instances"]
    is_ending = await ending_of(request, workspace, name) is not None
    more = {"version_id": versions[0].id, "is_deleted": 0, "terminator_running": int(is_ending)}
    notes = [f"{key} is ignored: it is set by {place}" for key, place in CONFIGURED_IN.items() if key in body]
    return envelope({**shown, **more}, notes=notes)


def _check_unchanged(task: Task, body: JsonObject) -> None:
    """Raises HttpError for names that differ from the definition."""
    for key, own in (("class_name", task.name), ("script_name", task.where.file)):
        given = body.get(key)
        if not isinstance(given, str) or not 1 <= len(given) <= 255:
            raise invalid(f"{key} is required, and must have 1 to 255 characters")
        if given != own:
            raise invalid(f"{key} is {own!r}, not {given!r}; workflows are managed by git: edit {task.where.file}")


async def delete_workflow(request: Request) -> Response:
    """Terminates the open instances, then deletes all of them; the definition stays in git."""
    workspace, name = await with_instances(request)
    await end_all(request, workspace, name, deletes=True)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            while await ending_of(request, workspace, name) is not None:
                await asyncio.sleep(POLL_S)
        notes = ["the instances are deleted"]
    except TimeoutError:
        notes = ["the instances are being terminated; they are deleted once they have ended"]
    file = _file_of(request, name)
    kept = f"the definition stays in git: to remove the workflow, delete it from {file}" if file else ""
    return envelope({"status": "ok", "success": True}, notes=[*notes, *([kept] if kept else [])])


def _file_of(request: Request, name: str) -> str | None:
    snapshot = account_of(request).snapshot
    return snapshot.tasks[name].where.file if snapshot and name in snapshot.tasks else None


# Versions


async def list_versions(request: Request) -> Response:
    """Newest first."""
    snapshot, task = workflow_of(request)
    versions = await versions_of(request, snapshot.workspace, task.name)
    return paged([_version(request, snapshot, task, one) for one in versions], query_of(request), PER_PAGE_VERSIONS)


async def get_version(request: Request) -> Response:
    snapshot, task, one = await _find_version(request)
    return envelope(_version(request, snapshot, task, one))


def _version(request: Request, snapshot: Snapshot, task: Task, one: Version) -> JsonObject:
    config = request.context.config
    retention = retention_of(config)
    return views.version(snapshot.workspace, task, one, _loaded_at(request), config.limits.max_steps, retention)


async def _find_version(request: Request) -> tuple[Snapshot, Task, Version]:
    """The version that the address names. Raises HttpError."""
    snapshot, task = workflow_of(request)
    wanted, workspace = request.path["version_id"], snapshot.workspace
    for one in await versions_of(request, workspace, task.name):
        if one.id == wanted:
            return snapshot, task, one
    for revision in await request.read(lambda stores: stores.instances.revisions(workspace, task.name)):
        one = await version_at(request, workspace, task.name, revision)
        if one.id == wanted:
            return snapshot, task, one
    raise refused(NO_VERSION, f"workflow {task.name!r} has no version {wanted!r}")


async def get_dag(request: Request) -> Response:
    return await get_graph(request)


async def get_graph(request: Request) -> Response:
    """The flow, under both names that clients read; null if the definitions of the version cannot be loaded."""
    snapshot, task, one = await _find_version(request)
    graph = await asyncio.to_thread(_graph, request, task.name, one)
    head = views.version_head(snapshot.workspace, task.name, one, _loaded_at(request))
    return envelope({**head, "dag": graph, "graph": graph})


def _graph(request: Request, name: str, one: Version) -> JsonObject | None:
    """Blocks: reads files."""
    try:
        return graph_of(plan_task(snapshot_at(request.context, request.path["account_id"], name, one), name))
    except GitflowError:
        return None
