"""What is asked of workflows: lists, graphs, versions, plans, and to start a run."""

from __future__ import annotations

import asyncio

from gitflow.api.dialects.reading import object_body, query_of
from gitflow.api.dialects.versions import versions_of
from gitflow.api.dialects.workflow_runs import views as told
from gitflow.api.dialects.workflow_runs.runs import key_of, run_of
from gitflow.api.http.errors import bad_request
from gitflow.api.http.request import Call
from gitflow.api.http.response import Answer, answer
from gitflow.core.errors import NotFound
from gitflow.core.values import is_list, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.language.graph import Graph
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject


async def list_workflows(call: Call) -> Answer:
    query = query_of(call)
    served, project = call.server.service.served, query.get("project_id") or call.identity.workspace
    found: list[JsonObject] = []
    for name in served.names():
        snapshot = served.get(name).snapshot
        if snapshot is not None and project in (None, name) and call.sees(name):
            found += [await _workflow(call, snapshot, task) for task in snapshot.tasks if call.sees(name, task)]
    return answer({"data": found, "has_more": False} if "cursor" in query else found)


async def get_workflow(call: Call) -> Answer:
    snapshot, task = _defined(call)
    return answer(await _workflow(call, snapshot, task))


async def _workflow(call: Call, snapshot: Snapshot, task: str) -> JsonObject:
    versions = await versions_of(call, snapshot.workspace, task)
    definition, needs = snapshot.tasks[task], _graph(snapshot, task).needs
    return told.present(
        {
            "id": told.workflow_id(snapshot.workspace, task),
            "slug": task,
            "name": definition.title or task,
            "description": definition.description or None,
            "project_id": snapshot.workspace,
            "enabled": True,
            "version": versions[0].number,
            "version_id": versions[0].id,
            "steps": [{"step_ref": name, "depends_on": list(needs[name])} for name in definition.flow],
            "created_at": told.moment(versions[-1].at or None),
            "updated_at": told.moment(versions[0].at or None),
        }
    )


def _graph(snapshot: Snapshot, task: str) -> Graph:
    from gitflow.core.jobs.planning import plan_task

    return plan_task(snapshot, task).graph


async def workflow_graph(call: Call) -> Answer:
    snapshot, task = _defined(call)
    needs, definition = _graph(snapshot, task).needs, snapshot.tasks[task]
    return answer(
        {
            "workflow_id": told.workflow_id(snapshot.workspace, task),
            "version": (await versions_of(call, snapshot.workspace, task))[0].number,
            "nodes": [{"step_ref": name, "depends_on": list(needs[name])} for name in definition.flow],
            "edges": [{"from": need, "to": name} for name in definition.flow for need in needs[name]],
            "roots": [name for name in definition.flow if not needs[name]],
        }
    )


async def workflow_versions(call: Call) -> Answer:
    snapshot, task = _defined(call)
    listed = [
        told.present(
            {
                "id": each.id,
                "workflow_id": told.workflow_id(snapshot.workspace, task),
                "version": each.number,
                "commit": each.sha,
                "author": each.author or None,
                "message": each.message or None,
                "created_at": told.moment(each.at or None),
            }
        )
        for each in await versions_of(call, snapshot.workspace, task)
    ]
    return answer(listed)


async def trigger(call: Call) -> Answer:
    """A new run with ``payload`` as its input; ``tags`` and ``labels`` are its labels."""
    workspace, task = named(call)
    body = await object_body(call)
    key = key_of(call, body)
    served, operations = call.server.service.served.get(workspace), call.server.service.app.operations
    source, revision = call.source, served.in_force[1]
    payload, labels = _payload(body), _labels(body)
    job = await asyncio.to_thread(operations.prepared, served.workspace, revision, task, payload, source, labels=labels)
    made = await call.do(lambda turn: operations.create(turn, job, key))
    return answer(await run_of(call, made), 201)


def _payload(body: JsonObject) -> JsonObject:
    payload = body.get("payload")
    if payload is not None and not is_object(payload):
        raise bad_request("payload must be an object")
    return payload or {}


def _labels(body: JsonObject) -> dict[str, str]:
    """Tags are pairs; a list of words is taken as tags without a value."""
    found: dict[str, str] = {}
    for given in (body.get("labels"), body.get("tags")):
        if is_object(given):
            found.update({name: value if isinstance(value, str) else str(value) for name, value in given.items()})
        elif is_list(given):
            found.update({str(word): "" for word in given})
        elif given is not None:
            raise bad_request("tags and labels must be objects")
    return found


async def plan(call: Call) -> Answer:
    """What a run would do, without making one."""
    snapshot, task = _defined(call)
    flow = _graph(snapshot, task)
    return answer(
        {
            "workflow_id": told.workflow_id(snapshot.workspace, task),
            "workflow_version": (await versions_of(call, snapshot.workspace, task))[0].number,
            "step_count": len(flow.order),
            "roots": [name for name in flow.order if not flow.needs[name]],
            "topological_order": list(flow.order),
        }
    )


def named(call: Call) -> tuple[str, str]:
    """``workspace/task``, in one segment or in two. Raises NotFound."""
    if "workflow" in call.path:
        workspace, slash, task = call.path["workflow"].partition("/")
        if not slash:
            raise NotFound("workflow", call.path["workflow"])
        return workspace, task
    return call.path["ws"], call.path["task"]


def _defined(call: Call) -> tuple[Snapshot, str]:
    workspace, task = named(call)
    snapshot, _ = call.server.service.served.get(workspace).in_force
    if task not in snapshot.tasks:
        raise NotFound("workflow", told.workflow_id(workspace, task))
    return snapshot, task
