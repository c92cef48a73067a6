"""The definitions that a rule is about, and the actions that they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import OCCASIONS
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.language.definition import Action, Hook, Step, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.policy.records import Rule
    from gitflow.core.problems import Place


class UsedAction(Record):
    """An action in a definition that a rule selects."""

    kind: str  #: of that definition
    name: str  #: with its folder
    what: str  #: for messages: ``step "push" of task "prod/deploy"``
    action: Action
    where: Place
    step: Step | None = None  #: that runs it


def path_of_task(task: Task) -> str:
    return f"{task.folder}/{task.name}" if task.folder else task.name


def path_of_trigger(snapshot: Snapshot, trigger: Trigger) -> str:
    task = snapshot.tasks.get(trigger.task)
    return f"{task.folder}/{trigger.name}" if task is not None and task.folder else trigger.name


def tasks(rule: Rule, snapshot: Snapshot) -> Iterator[tuple[str, Task]]:
    for task in snapshot.tasks.values():
        path = path_of_task(task)
        if rule.selects("task", path):
            yield path, task


def actions(rule: Rule, snapshot: Snapshot) -> Iterator[Action]:
    yield from (action for action in snapshot.actions.values() if rule.selects("action", action.name))


def triggers(rule: Rule, snapshot: Snapshot) -> Iterator[tuple[str, Trigger]]:
    for trigger in snapshot.triggers.values():
        path = path_of_trigger(snapshot, trigger)
        if rule.selects("trigger", path):
            yield path, trigger


def used_actions(rule: Rule, snapshot: Snapshot) -> Iterator[UsedAction]:
    """Selected actions, and every action that a step or a hook of a selected task runs: once each where both are."""
    for action in actions(rule, snapshot):
        yield UsedAction("action", action.name, f'action "{action.name}"', action, action.where)
    for path, task in tasks(rule, snapshot):
        yield from _of_steps(rule, snapshot, path, task)
        yield from _of_hooks(rule, snapshot, path, task)


def _of_steps(rule: Rule, snapshot: Snapshot, path: str, task: Task) -> Iterator[UsedAction]:
    for step in task.flow.values():
        what = f'step "{step.name}" of task "{path}"'
        if step.inline is not None:
            yield UsedAction("task", path, what, step.inline, step.where, step)
        elif (action := snapshot.actions.get(step.action or "")) and not rule.selects("action", action.name):
            yield UsedAction("task", path, f'{what} (action "{step.action}")', action, step.where, step)


def _of_hooks(rule: Rule, snapshot: Snapshot, path: str, task: Task) -> Iterator[UsedAction]:
    """The hooks of the task; for an occasion without any, those of the workspace."""
    for occasion in OCCASIONS:
        hooks: tuple[Hook, ...] = getattr(task.hooks, occasion) or getattr(snapshot.hooks, occasion)
        for hook in hooks:
            if hook.action in snapshot.actions and not rule.selects("action", hook.action):
                what = f'hook `{occasion}` of task "{path}" (action "{hook.action}")'
                yield UsedAction("task", path, what, snapshot.actions[hook.action], hook.where)


def all_of(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Kind and name, with its folder, of everything that ``match`` can select."""
    yield from (("task", path_of_task(task)) for task in snapshot.tasks.values())
    yield from (("action", name) for name in snapshot.actions)
    yield from (("trigger", path_of_trigger(snapshot, trigger)) for trigger in snapshot.triggers.values())
