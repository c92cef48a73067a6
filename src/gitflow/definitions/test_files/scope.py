"""Which steps the job of a test may come to: those of its task, of child tasks, and the actions that hooks run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import OCCASIONS
from gitflow.core.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.language.definition import Action, Step, Task
    from gitflow.core.language.snapshot import Snapshot


class Scope(Record):
    """What a test may name."""

    task: Task
    #: By each name of a step or action: the actions that it may mean.
    actions: dict[str, list[Action]] = field(default_factory=dict[str, "list[Action]"])

    def of_type(self, *types: str) -> dict[str, list[Action]]:
        """The names whose actions are of one of these types."""
        found = {name: [one for one in actions if one.type in types] for name, actions in self.actions.items()}
        return {name: actions for name, actions in found.items() if actions}


def scope_of(snapshot: Snapshot, task: Task) -> Scope:
    scope = Scope(task)
    seen: dict[str, None] = {task.name: None}
    ahead = [task]
    for one in ahead:  # grows while child tasks are found
        for step in one.flow.values():
            action = step.inline or snapshot.actions.get(step.action or "")
            if action is None:
                continue
            _add(scope, step, action)
            new = [name for name in _children(snapshot, action) if name not in seen]
            seen.update(dict.fromkeys(new))
            ahead.extend(snapshot.tasks[name] for name in new)
        for action in _hooked(snapshot, one):
            scope.actions.setdefault(action.name, []).append(action)
    return scope


def _add(scope: Scope, step: Step, action: Action) -> None:
    for name in {step.name, action.name} - {""}:
        scope.actions.setdefault(name, []).append(action)


def _children(snapshot: Snapshot, action: Action) -> Iterator[str]:
    child = str(action.fields.get("task", ""))
    if action.type == "task" and child in snapshot.tasks:
        yield child


def _hooked(snapshot: Snapshot, task: Task) -> Iterator[Action]:
    for occasion in OCCASIONS:
        for hook in getattr(task.hooks, occasion) or getattr(snapshot.hooks, occasion):
            if hook.action in snapshot.actions:
                yield snapshot.actions[hook.action]
