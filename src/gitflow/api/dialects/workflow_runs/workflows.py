"""Handlers for workflows: lists, graphs, versions, plans, and starting a run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.dialects.reading import object_body, query_of
from gitflow.api.dialects.versions import versions_of
from gitflow.api.dialects.workflow_runs import views
from gitflow.api.dialects.workflow_runs.runs import key_of, run_of
from gitflow.api.http.errors import bad_request
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.core.errors import NotFound
from gitflow.core.jobs.planning import plan_task
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from gitflow.core.language.graph import Graph
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject


async def list_workflows(request: Request) -> Response:
    query = query_of(request)
    served, project = request.context.workspaces, query.get("project_id") or request.identity.workspace
    found: list[JsonObject] = []
    for name in served.names():
        snapshot = served.get(name).snapshot
        if snapshot is not None and project in (None, name) and request.sees(name):
            found += [await _workflow(request, snapshot, task) for task in snapshot.tasks if request.sees(name, task)]
    return respond({"data": found, "has_more": False} if "cursor" in query else found)


async def get_workflow(request: Request) -> Response:
    snapshot, task = _defined(request)
    return respond(await _workflow(request, snapshot, task))


async def _workflow(request: Request, snapshot: Snapshot, task: str) -> JsonObject:
    versions = await versions_of(request, snapshot.workspace, task)
    definition, needs = snapshot.tasks[task], _graph(snapshot, task).needs
    return views.present(
        {
            "id": views.workflow_id(snapshot.workspace, task),
            "slug": task,
            "name": definition.title or task,
            "description": definition.description or None,
            "project_id": snapshot.workspace,
            "enabled": True,
            "version": versions[0].number,
            "version_id": versions[0].id,
            "steps": [{"step_ref": name, "depends_on": list(needs[name])} for name in definition.flow],
            "created_at": views.moment(versions[-1].at or None),
            "updated_at": views.moment(versions[0].at or None),
        }
    )


def _graph(snapshot: Snapshot, task: str) -> Graph:
    return plan_task(snapshot, task).graph


async def workflow_graph(request: Request) -> Response:
    snapshot, task = _defined(request)
    needs, definition = _graph(snapshot, task).needs, snapshot.tasks[task]
    return respond(
        {
            "workflow_id": views.workflow_id(snapshot.workspace, task),
            "version": (await versions_of(request, snapshot.workspace, task))[0].number,
            "nodes": [{"step_ref": name, "depends_on": list(needs[name])} for name in definition.flow],
            "edges": [{"from": need, "to": name} for name in definition.flow for need in needs[name]],
            "roots": [name for name in definition.flow if not needs[name]],
        }
    )


async def workflow_versions(request: Request) -> Response:
    snapshot, task = _defined(request)
    listed = [
        views.present(
            {
                "id": each.id,
                "workflow_id": views.workflow_id(snapshot.workspace, task),
                "version": each.number,
                "commit": each.sha,
                "author": each.author or None,
                "message": each.message or None,
                "created_at": views.moment(each.at or None),
            }
        )
        for each in await versions_of(request, snapshot.workspace, task)
    ]
    return respond(listed)


async def trigger(request: Request) -> Response:
    """A new run with ``payload`` as its input; ``tags`` and ``labels`` are its labels."""
    workspace, task = named(request)
    body = await object_body(request)
    key = key_of(request, body)
    served, operations = request.context.workspaces.get(workspace), request.context.operations
    source, revision = request.source, served.active[1]
    payload, labels = _payload(body), _labels(body)
    job = await asyncio.to_thread(operations.prepare, served.workspace, revision, task, payload, source, labels=labels)
    made = await request.do(lambda transaction: operations.create(transaction, job, key))
    return respond(await run_of(request, made), 201)


def _payload(body: JsonObject) -> JsonObject:
    payload = body.get("payload")
    if payload is not None and not is_object(payload):
        raise bad_request("payload must be an object")
    return payload or {}


def _labels(body: JsonObject) -> dict[str, str]:
    """Labels from ``labels`` and ``tags``: objects, or lists of words, which become labels without a value."""
    found: dict[str, str] = {}
    for given in (body.get("labels"), body.get("tags")):
        if is_object(given):
            found.update({name: value if isinstance(value, str) else str(value) for name, value in given.items()})
        elif is_list(given):
            found.update({str(word): "" for word in given})
        elif given is not None:
            raise bad_request("tags and labels must be objects, or lists of words")
    return found


async def plan(request: Request) -> Response:
    """The plan of a run, without starting one."""
    snapshot, task = _defined(request)
    flow = _graph(snapshot, task)
    return respond(
        {
            "workflow_id": views.workflow_id(snapshot.workspace, task),
            "workflow_version": (await versions_of(request, snapshot.workspace, task))[0].number,
            "step_count": len(flow.order),
            "roots": [name for name in flow.order if not flow.needs[name]],
            "topological_order": list(flow.order),
        }
    )


def named(request: Request) -> tuple[str, str]:
    """(workspace, task) from the path, whose slash may be escaped or not. Raises NotFound."""
    if "workflow" in request.path:
        workspace, slash, task = request.path["workflow"].partition("/")
        if not slash:
            raise NotFound("workflow", request.path["workflow"])
        return workspace, task
    return request.path["ws"], request.path["task"]


def _defined(request: Request) -> tuple[Snapshot, str]:
    workspace, task = named(request)
    snapshot, _ = request.context.workspaces.get(workspace).active
    if task not in snapshot.tasks:
        raise NotFound("workflow", views.workflow_id(workspace, task))
    return snapshot, task
