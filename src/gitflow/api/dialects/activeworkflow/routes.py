"""Handlers for agents, messages and workflows. They only read, except that new things get a number."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from gitflow.api.dialects.activeworkflow import views
from gitflow.api.dialects.activeworkflow.agents import (
    FIRE,
    OUTPUT,
    STEP,
    TRIGGER,
    WORKFLOW,
    WorkflowAgent,
    agents_of,
    step_named,
    trigger_named,
    workflow_named,
)
from gitflow.api.dialects.activeworkflow.export import export
from gitflow.api.dialects.activeworkflow.message_counts import MessageCounts
from gitflow.api.dialects.numbering import named, numbers_of
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Resource
from gitflow.api.routes.jobs import load_job
from gitflow.core.errors import NotFound
from gitflow.runtime.maintenance.janitor import TRIGGERED_S
from gitflow.stores.protocols.numbers import Named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Commit, Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.outputs import FireRow, OutputRow
    from gitflow.stores.registry import Stores

    Row = TypeVar("Row", OutputRow, FireRow)


# Agents


async def list_agents(request: Request) -> Response:
    found: list[WorkflowAgent] = []
    for snapshot, task in _tasks(request):
        found += await _agents(request, snapshot, task)
    return respond(await _describe_agents(request, found))


async def get_agent(request: Request) -> Response:
    return respond((await _describe_agents(request, [await _agent(request)]))[0])


async def _agent(request: Request) -> WorkflowAgent:
    """Raises NotFound, also if it is no longer defined."""
    wanted = await named(request, "agent", request.path["agent"], STEP, TRIGGER)
    workspace, task = _task_of(request, wanted)
    snapshot = request.context.workspaces.get(workspace).snapshot
    if snapshot is not None and task in snapshot.tasks:
        for found in await _agents(request, snapshot, snapshot.tasks[task]):
            if found.key == wanted:
                return found
    raise NotFound("agent", request.path["agent"])


async def _agents(request: Request, snapshot: Snapshot, task: Task) -> list[WorkflowAgent]:
    workspace = snapshot.workspace
    states = await request.context.reader.cached(
        ("triggers", workspace), lambda stores: stores.triggers.states(workspace)
    )
    suspended = {(workspace, name): state.suspended_at is not None for name, state in states.items()}
    return list(agents_of(snapshot, task, suspended))


async def _describe_agents(request: Request, agents: Sequence[WorkflowAgent]) -> list[JsonObject]:
    wanted = [name for agent in agents for name in (*agent.sources, agent.key)]
    numbers = await numbers_of(request, list(dict.fromkeys(wanted)))
    counts = await request.context.part(MessageCounts).count()
    return [views.agent(agent, numbers, counts) for agent in agents]


# Messages


async def list_messages(request: Request) -> Response:
    """Newest first."""
    agent, limit, after = await _agent(request), request.query["limit"], request.query["after"]
    if agent.key.kind == TRIGGER:
        fires = await request.read(lambda stores: stores.outputs.fires(agent.workspace, agent.name, limit, after))
        return await _respond_with_messages(request, agent.key, fires, _fire_key, views.fire)
    where = agent.workspace, agent.task, agent.name
    outputs = await request.read(lambda stores: stores.outputs.outputs(*where, limit, after))
    return await _respond_with_messages(request, agent.key, outputs, _output_key, views.output)


async def _respond_with_messages(
    request: Request,
    agent: Named,
    rows: Sequence[Row],
    key_of: Callable[[Row], Named],
    show: Callable[[Row, int, int, float], JsonObject],
) -> Response:
    """Numbers the oldest rows first, so that numbers grow with time. Writes the JSON in a thread: lists may be long."""
    numbers = await numbers_of(request, [agent, *(key_of(row) for row in reversed(rows))])
    retention_s = _retention_s(request, key_of)

    def write() -> Response:
        known = ((row, numbers.get(key_of(row))) for row in rows)
        return respond([show(row, number, numbers[agent], retention_s) for row, number in known if number is not None])

    return await asyncio.to_thread(write)


def _output_key(row: OutputRow) -> Named:
    return Named(OUTPUT, (row.job_id, row.step, row.attempt), row.job_id)


def _fire_key(row: FireRow) -> Named:
    return Named(FIRE, (row.id,))


def _retention_s(request: Request, key_of: Callable[..., Named]) -> float:
    """How long messages are kept: outputs as long as their jobs, fires of a trigger as long as events."""
    retention = request.context.config.retention
    return max(retention.events, TRIGGERED_S) if key_of is _fire_key else retention.jobs


async def get_message(request: Request) -> Response:
    found = await _message(request)
    return respond(await (_output(request, found) if found.kind == OUTPUT else _fire(request, found)))


async def _message(request: Request) -> Named:
    return await named(request, "message", request.path["message"], OUTPUT, FIRE)


async def _output(request: Request, found: Named) -> JsonObject:
    """Raises NotFound, also if a later attempt of the step has replaced the output."""
    job_id, step, attempt = str(found.name[0]), str(found.name[1]), int(found.name[2])
    row = await request.read(lambda stores: stores.outputs.output(job_id, step, attempt))
    job = await load_job(request, job_id)
    if row is None or step not in job.steps or job.steps[step].attempt != attempt:
        raise NotFound("message", request.path["message"])
    agent = step_named(job.workspace, job.task_name, step)
    numbers = await numbers_of(request, [agent])
    message = views.output(row, int(request.path["message"]), numbers[agent], _retention_s(request, _output_key))
    return {**message, "payload": views.output_payload(job, step)}


async def _fire(request: Request, found: Named) -> JsonObject:
    row = await _fire_row(request, found)
    agent = trigger_named(row.workspace, row.name)
    numbers = await numbers_of(request, [agent])
    message = views.fire(row, int(request.path["message"]), numbers[agent], _retention_s(request, _fire_key))
    made_from = await request.read(lambda stores: _made_from(stores, row.job_id))
    return {**message, "payload": views.fire_payload(row, made_from)}


def _made_from(stores: Stores, job_id: str | None) -> tuple[str, Commit | None] | None:
    """None if the job has been deleted."""
    try:
        return None if job_id is None else stores.jobs.made_from(job_id)
    except NotFound:
        return None


async def _fire_row(request: Request, found: Named) -> FireRow:
    id = int(found.name[0])
    row = await request.read(lambda stores: stores.outputs.fire(id))
    if row is None:
        raise NotFound("message", request.path["message"])
    return row


# Workflows


async def list_workflows(request: Request) -> Response:
    tasks = [(workflow_named(snapshot.workspace, task.name), task) for snapshot, task in _tasks(request)]
    numbers = await numbers_of(request, [name for name, _ in tasks])
    return respond([views.workflow(task, numbers[name]) for name, task in tasks])


async def get_workflow(request: Request) -> Response:
    snapshot, task = await _workflow(request)
    agents = await _describe_agents(request, await _agents(request, snapshot, task))
    return respond({**views.workflow(task, int(request.path["workflow"])), "agents": agents})


async def export_workflow(request: Request) -> Response:
    snapshot, task = await _workflow(request)
    body = export(snapshot, task, request.now(), request.context.config.retention.jobs)
    file = f'attachment; filename="{views.slug(task.title or task.name)}.json"'
    return respond(body, headers={"Content-Disposition": file})


async def _workflow(request: Request) -> tuple[Snapshot, Task]:
    """Raises NotFound, also if it is no longer defined."""
    found = await named(request, "workflow", request.path["workflow"], WORKFLOW)
    workspace, task = str(found.name[0]), str(found.name[1])
    snapshot = request.context.workspaces.get(workspace).snapshot
    if snapshot is None or task not in snapshot.tasks:
        raise NotFound("workflow", request.path["workflow"])
    return snapshot, snapshot.tasks[task]


def _tasks(request: Request) -> list[tuple[Snapshot, Task]]:
    """All that the caller may see."""
    served = request.context.workspaces
    found = [snapshot for name in served.names() if (snapshot := served.get(name).snapshot) is not None]
    return [
        (snapshot, task)
        for snapshot in found
        for task in snapshot.tasks.values()
        if request.sees(snapshot.workspace, task.name)
    ]


# What requests are about


async def resource_of_agent(request: Request) -> Resource:
    found = await named(request, "agent", request.path["agent"], STEP, TRIGGER)
    return Resource("agent", request.path["agent"], *_task_of(request, found))


async def resource_of_workflow(request: Request) -> Resource:
    found = await named(request, "workflow", request.path["workflow"], WORKFLOW)
    return Resource("workflow", request.path["workflow"], str(found.name[0]), str(found.name[1]))


async def resource_of_message(request: Request) -> Resource:
    """The task whose step gave it, or whose job the trigger started. Raises NotFound."""
    found = await _message(request)
    row = await _fire_row(request, found) if found.kind == FIRE else None
    job_id = str(found.name[0]) if row is None else row.job_id
    if job_id is not None:
        with suppress(NotFound):
            return Resource(
                "message", request.path["message"], *await request.read(lambda stores: stores.jobs.task_of(job_id))
            )
    if row is None:
        raise NotFound("message", request.path["message"])
    return Resource("message", request.path["message"], *_task_of(request, trigger_named(row.workspace, row.name)))


def _task_of(request: Request, agent: Named) -> tuple[str, str]:
    """Raises NotFound for a trigger that is defined no more."""
    workspace, name = str(agent.name[0]), str(agent.name[1])
    if agent.kind == STEP:
        return workspace, name
    snapshot = request.context.workspaces.get(workspace).snapshot
    trigger = snapshot.triggers.get(name) if snapshot else None
    if trigger is None:
        raise NotFound("agent", name)
    return workspace, trigger.task
