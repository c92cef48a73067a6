"""What is asked of agents, messages and workflows. Nothing is changed here but what has a number."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from gitflow.api.auth.resources import About
from gitflow.api.dialects.activeworkflow import views as told
from gitflow.api.dialects.activeworkflow.agents import (
    FIRE,
    OUTPUT,
    STEP,
    TRIGGER,
    WORKFLOW,
    Agent,
    agents_of,
    step_named,
    trigger_named,
    workflow_named,
)
from gitflow.api.dialects.activeworkflow.export import export
from gitflow.api.dialects.activeworkflow.message_counts import counted
from gitflow.api.dialects.numbering import named, numbers_of
from gitflow.api.http.request import Call
from gitflow.api.http.response import Answer, answer
from gitflow.api.routes.jobs import job_of
from gitflow.core.errors import NotFound
from gitflow.runtime.maintenance.janitor import TRIGGERED_S
from gitflow.stores.protocols.numbers import Named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.outputs import FireRow, OutputRow

    Row = TypeVar("Row", OutputRow, FireRow)


# Agents


async def list_agents(call: Call) -> Answer:
    found: list[Agent] = []
    for snapshot, task in _tasks(call):
        found += await _agents(call, snapshot, task)
    return answer(await _shown(call, found))


async def get_agent(call: Call) -> Answer:
    return answer((await _shown(call, [await _agent(call)]))[0])


async def _agent(call: Call) -> Agent:
    """Raises NotFound, also for one that is defined no more."""
    wanted = await named(call, "agent", call.path["agent"], STEP, TRIGGER)
    workspace, task = _task_of(call, wanted)
    snapshot = call.server.service.served.get(workspace).snapshot
    if snapshot is not None and task in snapshot.tasks:
        for found in await _agents(call, snapshot, snapshot.tasks[task]):
            if found.known_as == wanted:
                return found
    raise NotFound("agent", call.path["agent"])


async def _agents(call: Call, snapshot: Snapshot, task: Task) -> list[Agent]:
    workspace = snapshot.workspace
    states = await call.server.reader.remembered(
        ("triggers", workspace), lambda stores: stores.triggers.states(workspace)
    )
    suspended = {(workspace, name): state.suspended_at is not None for name, state in states.items()}
    return list(agents_of(snapshot, task, suspended))


async def _shown(call: Call, agents: Sequence[Agent]) -> list[JsonObject]:
    wanted = [name for agent in agents for name in (*agent.sources, agent.known_as)]
    numbers = await numbers_of(call, list(dict.fromkeys(wanted)))
    counts = await counted(call)
    return [told.agent(agent, numbers, counts) for agent in agents]


# Messages


async def list_messages(call: Call) -> Answer:
    """Newest first."""
    agent, limit, after = await _agent(call), call.query["limit"], call.query["after"]
    if agent.known_as.kind == TRIGGER:
        fires = await call.read(lambda stores: stores.outputs.fires(agent.workspace, agent.name, limit, after))
        return await _listed(call, agent.known_as, fires, _fire_named, told.fire)
    where = agent.workspace, agent.task, agent.name
    outputs = await call.read(lambda stores: stores.outputs.outputs(*where, limit, after))
    return await _listed(call, agent.known_as, outputs, _output_named, told.output)


async def _listed(
    call: Call,
    agent: Named,
    rows: Sequence[Row],
    name_of: Callable[[Row], Named],
    show: Callable[[Row, int, int, float], JsonObject],
) -> Answer:
    """Numbers are given to the oldest first, so that they grow with time. A long list is written by a thread."""
    numbers = await numbers_of(call, [agent, *(name_of(row) for row in reversed(rows))])
    kept_s = _kept_s(call, name_of)

    def write() -> Answer:
        known = ((row, numbers.get(name_of(row))) for row in rows)
        return answer([show(row, number, numbers[agent], kept_s) for row, number in known if number is not None])

    return await asyncio.to_thread(write)


def _output_named(row: OutputRow) -> Named:
    return Named(OUTPUT, (row.job_id, row.step, row.attempt), row.job_id)


def _fire_named(row: FireRow) -> Named:
    return Named(FIRE, (row.id,))


def _kept_s(call: Call, name_of: Callable[..., Named]) -> float:
    """For how long messages are kept: outputs as long as their jobs, times of a trigger as long as events."""
    retention = call.server.config.retention
    return max(retention.events, TRIGGERED_S) if name_of is _fire_named else retention.jobs


async def get_message(call: Call) -> Answer:
    found = await _message(call)
    return answer(await (_output(call, found) if found.kind == OUTPUT else _fire(call, found)))


async def _message(call: Call) -> Named:
    return await named(call, "message", call.path["message"], OUTPUT, FIRE)


async def _output(call: Call, found: Named) -> JsonObject:
    """Raises NotFound, also for what another output of the step has taken the place of."""
    job_id, step, attempt = str(found.name[0]), str(found.name[1]), int(found.name[2])
    row = await call.read(lambda stores: stores.outputs.output(job_id, step, attempt))
    job, _ = await job_of(call, job_id)
    if row is None or step not in job.steps or job.steps[step].attempt != attempt:
        raise NotFound("message", call.path["message"])
    agent = step_named(job.workspace, job.task_name, step)
    numbers = await numbers_of(call, [agent])
    message = told.output(row, int(call.path["message"]), numbers[agent], _kept_s(call, _output_named))
    return {**message, "payload": told.output_payload(job, step)}


async def _fire(call: Call, found: Named) -> JsonObject:
    row = await _fire_row(call, found)
    agent = trigger_named(row.workspace, row.name)
    numbers = await numbers_of(call, [agent])
    message = told.fire(row, int(call.path["message"]), numbers[agent], _kept_s(call, _fire_named))
    return {**message, "payload": told.fire_payload(row)}


async def _fire_row(call: Call, found: Named) -> FireRow:
    id = int(found.name[0])
    row = await call.read(lambda stores: stores.outputs.fire(id))
    if row is None:
        raise NotFound("message", call.path["message"])
    return row


# Workflows


async def list_workflows(call: Call) -> Answer:
    tasks = [(workflow_named(snapshot.workspace, task.name), task) for snapshot, task in _tasks(call)]
    numbers = await numbers_of(call, [name for name, _ in tasks])
    return answer([told.workflow(task, numbers[name]) for name, task in tasks])


async def get_workflow(call: Call) -> Answer:
    snapshot, task = await _workflow(call)
    agents = await _shown(call, await _agents(call, snapshot, task))
    return answer({**told.workflow(task, int(call.path["workflow"])), "agents": agents})


async def export_workflow(call: Call) -> Answer:
    snapshot, task = await _workflow(call)
    body = export(snapshot, task, call.now(), call.server.config.retention.jobs)
    file = f'attachment; filename="{told.slug(task.title or task.name)}.json"'
    return answer(body, headers={"Content-Disposition": file})


async def _workflow(call: Call) -> tuple[Snapshot, Task]:
    """Raises NotFound, also for one that is defined no more."""
    found = await named(call, "workflow", call.path["workflow"], WORKFLOW)
    workspace, task = str(found.name[0]), str(found.name[1])
    snapshot = call.server.service.served.get(workspace).snapshot
    if snapshot is None or task not in snapshot.tasks:
        raise NotFound("workflow", call.path["workflow"])
    return snapshot, snapshot.tasks[task]


def _tasks(call: Call) -> list[tuple[Snapshot, Task]]:
    """All that the caller may see."""
    served = call.server.service.served
    found = [snapshot for name in served.names() if (snapshot := served.get(name).snapshot) is not None]
    return [
        (snapshot, task)
        for snapshot in found
        for task in snapshot.tasks.values()
        if call.sees(snapshot.workspace, task.name)
    ]


# What requests are about


async def about_agent(call: Call) -> About:
    found = await named(call, "agent", call.path["agent"], STEP, TRIGGER)
    return About("agent", call.path["agent"], *_task_of(call, found))


async def about_workflow(call: Call) -> About:
    found = await named(call, "workflow", call.path["workflow"], WORKFLOW)
    return About("workflow", call.path["workflow"], str(found.name[0]), str(found.name[1]))


async def about_message(call: Call) -> About:
    """The task whose step gave it, or whose job the trigger started. Raises NotFound."""
    found = await _message(call)
    row = await _fire_row(call, found) if found.kind == FIRE else None
    job_id = str(found.name[0]) if row is None else row.job_id
    if job_id is not None:
        with suppress(NotFound):
            return About("message", call.path["message"], *await call.read(lambda stores: stores.jobs.task_of(job_id)))
    if row is None:
        raise NotFound("message", call.path["message"])
    return About("message", call.path["message"], *_task_of(call, trigger_named(row.workspace, row.name)))


def _task_of(call: Call, agent: Named) -> tuple[str, str]:
    """Raises NotFound for a trigger that is defined no more."""
    workspace, name = str(agent.name[0]), str(agent.name[1])
    if agent.kind == STEP:
        return workspace, name
    snapshot = call.server.service.served.get(workspace).snapshot
    trigger = snapshot.triggers.get(name) if snapshot else None
    if trigger is None:
        raise NotFound("agent", name)
    return workspace, trigger.task
