"""Changes of order in a flow: steps that ran one before the other, and now run the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.differences import join
from gitflow.core.changes.records import CHANGED, Detail
from gitflow.core.changes.scopes import needed_steps
from gitflow.core.language.graph import Graph, GraphError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.language.definition import Task


def order_changes(before: Task, after: Task) -> Iterator[Detail]:
    """One Detail for each step that now waits for steps which waited for it."""
    if _edges(before) == _edges(after):
        return
    was, now = _upstream(before), _upstream(after)
    for name in after.flow:
        turned = sorted(other for other in now.get(name, ()) if name in was.get(other, ()))
        if turned:
            yield Detail(join("flow", name, "order"), CHANGED, {"before": turned}, {"after": turned})


def _edges(task: Task) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(needed_steps(step.needs)) & task.flow.keys() for name, step in task.flow.items()}


def _upstream(task: Task) -> Mapping[str, frozenset[str]]:
    try:
        graph = Graph.build(_edges(task))
    except GraphError:
        return {}
    return {name: graph.upstream(name) for name in graph.order}
