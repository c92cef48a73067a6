"""The flow of a task as the graph of a workflow: one node for each step, after the nodes that it needs.

Concurrency is expressed by numbers: ``starts`` is the layer of a node, and ``resolves`` is the next layer.
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

#: Of the format of the graph.
VERSION = 1


def graph_of(plan: Plan) -> JsonObject:
    layers = layers_of(plan.graph)
    task = plan.task
    return {
        "version": VERSION,
        "workflow": {
            "class_name": task.name,
            "functions": {},
            "nodes": [_node(plan, name, layers[name]) for name in plan.graph.order],
            "payload": _payload(plan),
        },
    }


def layers_of(graph: Graph) -> Mapping[str, int]:
    """The layer of each step, from 1: one more than the highest layer among its needs."""
    found: dict[str, int] = {}
    for name in graph.order:
        found[name] = 1 + max((found[need] for need in graph.needs[name]), default=0)
    return found


def _payload(plan: Plan) -> JsonObject:
    fields = plan.task.input
    if not fields:
        return {"type": "unknown"}
    return {"type": "object", "fields": {name: {"type": field.type} for name, field in fields.items()}}


def _node(plan: Plan, name: str, layer: int) -> JsonObject:
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
    return {"type": "step_sleep", "name": name, "duration": _duration(action.fields.get("duration"))}


def _duration(duration: Json) -> float | str:
    """A text is unchanged; a number is seconds in the definition, and milliseconds here."""
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
