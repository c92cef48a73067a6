"""The flow of a task as the graph of a workflow: one node a step, after those it needs.

Where steps stand side by side is told by numbers: a node ``starts`` with its layer and ``resolves`` before the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare.steps import config
from gitflow.core.language.definition import type_of
from gitflow.core.machine.starting import DEFAULT_WAIT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.jobs.job import Plan
    from gitflow.core.language.definition import Action, Step
    from gitflow.core.language.graph import Graph
    from gitflow.core.values import Json, JsonObject

#: Of the form of the document.
VERSION = 1


def graph_of(plan: Plan) -> JsonObject:
    layers = layers_of(plan.graph)
    task = plan.task
    return {
        "version": VERSION,
        "workflow": {
            "class_name": task.name,
            "functions": {},
            "nodes": [_placed(plan, name, layers[name]) for name in plan.graph.order],
            "payload": _payload(plan),
        },
    }


def layers_of(graph: Graph) -> Mapping[str, int]:
    """From 1: one more than the last of those it needs."""
    found: dict[str, int] = {}
    for name in graph.order:
        found[name] = 1 + max((found[need] for need in graph.needs[name]), default=0)
    return found


def _payload(plan: Plan) -> JsonObject:
    fields = plan.task.input
    if not fields:
        return {"type": "unknown"}
    return {"type": "object", "fields": {name: {"type": field.type} for name, field in fields.items()}}


def _placed(plan: Plan, name: str, layer: int) -> JsonObject:
    step, action = plan.task.flow[name], plan.actions[name]
    own = {**NODES[type_of(action).waits_for](name, step, action), "starts": layer, "resolves": layer + 1}
    more: JsonObject = {"needs": list(plan.graph.needs[name])}
    if step.for_each is not None:
        own = {"type": "loop", "nodes": [own]}
    if step.when is not None:
        own = {"type": "if", "branches": [{"condition": step.when, "nodes": [own]}]}
    return {**own, **more}


def _do(name: str, step: Step, action: Action) -> JsonObject:
    return {"type": "step_do", "name": name, "config": config(step, action), "nodes": [], "action_type": action.type}


def _sleep(name: str, step: Step, action: Action) -> JsonObject:
    if "until" in action.fields:
        return {"type": "step_sleep_until", "name": name, "timestamp": str(action.fields["until"])}
    return {"type": "step_sleep", "name": name, "duration": _written(action.fields.get("duration"))}


def _written(duration: Json) -> float | str:
    """A number is seconds where it is written, and milliseconds here."""
    return duration if isinstance(duration, str) else round(float(duration or 0) * 1000)


def _wait(name: str, step: Step, action: Action) -> JsonObject:
    timeout_s = step.timeout_s or action.timeout_s or DEFAULT_WAIT_S
    options = {"event_type": str(action.fields.get("event", "")), "timeout": round(timeout_s * 1000)}
    return {"type": "step_wait_for_event", "name": name, "options": options}


#: What an action waits for -> its node.
NODES: Mapping[str | None, Callable[[str, Step, Action], JsonObject]] = {
    None: _do,
    "child": _do,
    "approval": _do,
    "timer": _sleep,
    "event": _wait,
}
