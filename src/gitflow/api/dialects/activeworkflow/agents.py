"""The agents of a workflow: the steps of its task, and the triggers that start the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.jobs.planning import plan_task
from gitflow.core.language.graph import Graph
from gitflow.core.record import Record
from gitflow.stores.protocols.numbers import Named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.language.definition import Action, Step, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot

#: The kinds of things that have a number. Their keys: (workspace, task), (workspace, task, step),
#: (workspace, trigger), (job, step, attempt), (id of a trigger's event).
WORKFLOW, STEP, TRIGGER, OUTPUT, FIRE = "workflow", "agent", "trigger", "output", "fire"

_FALSE = frozenset({"false", "False"})


class WorkflowAgent(Record):
    key: Named
    workspace: str
    task: str
    name: str
    type: str
    is_disabled: bool
    sources: tuple[Named, ...] = ()

    @property
    def count_key(self) -> tuple[str, ...]:
        return tuple(str(part) for part in self.key.name)


def workflow_named(workspace: str, task: str) -> Named:
    return Named(WORKFLOW, (workspace, task))


def step_named(workspace: str, task: str, step: str) -> Named:
    return Named(STEP, (workspace, task, step))


def trigger_named(workspace: str, name: str) -> Named:
    return Named(TRIGGER, (workspace, name))


def agents_of(snapshot: Snapshot, task: Task, suspended: Mapping[tuple[str, str], bool]) -> Iterator[WorkflowAgent]:
    """Triggers first. ``suspended``: (workspace, trigger) -> whether an operator has suspended it."""
    triggers = [trigger for trigger in snapshot.triggers.values() if trigger.task == task.name]
    for trigger in triggers:
        yield _trigger_agent(snapshot, trigger, suspended.get((snapshot.workspace, trigger.name), False))
    plan = plan_task(snapshot, task.name)
    started_by = tuple(trigger_named(snapshot.workspace, trigger.name) for trigger in triggers)
    for name, step in task.flow.items():
        sources = _sources(snapshot.workspace, task.name, plan.graph, name) or started_by
        yield _step_agent(snapshot.workspace, task.name, step, plan.actions[name], sources)


def _trigger_agent(snapshot: Snapshot, trigger: Trigger, is_suspended: bool) -> WorkflowAgent:
    return WorkflowAgent(
        trigger_named(snapshot.workspace, trigger.name),
        snapshot.workspace,
        trigger.task,
        trigger.name,
        trigger_type(trigger),
        not trigger.enabled or is_suspended,
    )


def _step_agent(workspace: str, task: str, step: Step, action: Action, sources: tuple[Named, ...]) -> WorkflowAgent:
    key = step_named(workspace, task, step.name)
    return WorkflowAgent(key, workspace, task, step.name, step_type(action), is_disabled(step), sources)


def _sources(workspace: str, task: str, graph: Graph, step: str) -> tuple[Named, ...]:
    return tuple(step_named(workspace, task, need) for need in graph.needs[step])


def trigger_type(trigger: Trigger) -> str:
    return f"Agents::{trigger.type.capitalize()}Trigger"


def step_type(action: Action) -> str:
    return f"Agents::{action.type.capitalize()}Agent"


def is_disabled(step: Step) -> bool:
    """Whether the definition says that the step never runs."""
    return (step.when or "").replace("{{", "").replace("}}", "").strip() in _FALSE
