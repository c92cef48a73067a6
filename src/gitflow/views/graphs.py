"""The JSON of a job's graph: the steps of its flow with their status, and the edges between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import STEP_STATUS, TEXT, WHOLE, list_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import JsonObject


class NodeOfStep(Record):
    run: StepRun
    action_type: str


class Edge(Record):
    source: str
    target: str


GRAPH_NODE = Noun(
    "GraphNode",
    "A step of the flow; the instances of a loop are counted in it.",
    (
        JsonField("step_name", TEXT, "run.name"),
        JsonField("action_type", TEXT),
        JsonField("status", STEP_STATUS, "run.status"),
        JsonField("loop_total", or_null(WHOLE), "run.loop_total"),
        JsonField("ended_instances", or_null(WHOLE), lambda it: it.run.ended_instances if it.run.is_loop else None),
    ),
)

GRAPH_EDGE = Noun(
    "GraphEdge", "`to` waits for `from`.", (JsonField("from", TEXT, "source"), JsonField("to", TEXT, "target"))
)

GRAPH = Noun(
    "Graph",
    "The steps of a flow and their dependencies.",
    (
        JsonField("nodes", list_of(ref("GraphNode")), lambda job: _nodes(job)),
        JsonField("edges", list_of(ref("GraphEdge")), lambda job: _edges(job)),
    ),
)

NOUNS = (GRAPH, GRAPH_NODE, GRAPH_EDGE)

graph: Callable[[Job], JsonObject] = writer(GRAPH)
_node = writer(GRAPH_NODE)
_edge = writer(GRAPH_EDGE)


def _nodes(job: Job) -> list[JsonObject]:
    plan = job.plan
    return [_node(NodeOfStep(job.steps[name], plan.actions[name].type)) for name in plan.graph.order]


def _edges(job: Job) -> list[JsonObject]:
    graph = job.plan.graph
    return [_edge(Edge(need, name)) for name in graph.order for need in graph.needs[name]]
