"""Who calls a task or an action, with what values; and who reads what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes import scopes, texts
from gitflow.core.changes.differences import numbered
from gitflow.core.changes.records import OUTSIDE, Caller
from gitflow.core.language.definition import OCCASIONS
from gitflow.core.names import template_name
from gitflow.core.record import Record
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.changes.scopes import Scope
    from gitflow.core.language.definition import Action, Hook, Hooks, Step, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.templates.parse import Path
    from gitflow.core.values import Json

#: What a webhook's request brings, declared or not.
REQUEST_KEYS = frozenset(scopes.REQUEST)


class Call(Record):
    """One place that gives values to the fields of a definition."""

    caller: Caller
    spot: tuple[str, ...]  #: where it stands inside its caller: the same place at both revisions is one call
    target: tuple[str, str]  #: kind and name of what is called
    given: Mapping[str, Json]
    scope: Scope
    arriving: frozenset[str] = frozenset()  #: keys that come from outside without being given here


class Reader(Record):
    """One place that reads the output of a definition."""

    caller: Caller
    spot: tuple[str, ...]
    target: tuple[str, str]
    path: Path  #: the mention, from the key of the output on
    is_guarded: bool  #: ``default`` or ``is defined`` forgives that it is missing
    use: str  #: ``text``: inside of other text; ``whole``: as a value; ``condition``, ``list``, or ``expression``
    call: tuple[tuple[str, str], str] | None = None  #: the field that takes it whole: whose, and its name


class Index:
    """The calls and readers of one snapshot. Built when it is first asked; most comparisons never ask."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._calls: dict[tuple[str, str], list[Call]] | None = None
        self._readers: dict[tuple[str, str], list[Reader]] = {}

    def calls(self, kind: str, name: str) -> list[Call]:
        if self._calls is None:
            self._calls = {}
            for call in _calls(self.snapshot):
                self._calls.setdefault(call.target, []).append(call)
        return self._calls.get((kind, name), [])

    def readers(self, kind: str, name: str) -> list[Reader]:
        """Only a task that calls it can read its output, or a trigger that fires on its end."""
        found = self._readers.get((kind, name))
        if found is None:
            tasks = dict.fromkeys(call.caller.name for call in self.calls(kind, name) if call.caller.kind == "task")
            found = [
                reader for task in tasks for reader in _of_task(self.snapshot, task) if reader.target == (kind, name)
            ]
            if kind == "task":
                found += _of_triggers(self.snapshot, name)
            self._readers[kind, name] = found
        return found

    @property
    def connections(self) -> dict[str, str]:
        """The type of each connection."""
        return {name: connection.type for name, connection in self.snapshot.connections.items()}


def targets_of(snapshot: Snapshot, step: Step) -> Iterator[tuple[str, str]]:
    """What a step calls: its named action, and the task that an action of type ``task`` starts."""
    if step.action is not None:
        yield "action", step.action
    action = step.inline or snapshot.actions.get(step.action or "")
    child = child_of(action)
    if child is not None:
        yield "task", child


def child_of(action: Action | None) -> str | None:
    """The task that an action starts."""
    return str(action.fields.get("task")) if action is not None and action.type == "task" else None


def _calls(snapshot: Snapshot) -> Iterator[Call]:
    for task in snapshot.tasks.values():
        for step in task.flow.values():
            scope = scopes.StepScope(snapshot, task, step)
            caller = Caller("task", task.name, step.where)
            for target in targets_of(snapshot, step):
                yield Call(caller, ("flow", step.name), target, step.input, scope)
        yield from _hook_calls(snapshot, task.hooks, Caller("task", task.name, task.where))
    yield from _hook_calls(snapshot, snapshot.hooks, None)
    for trigger in snapshot.triggers.values():
        arriving = REQUEST_KEYS if trigger.type == "webhook" else frozenset[str]()
        scope = scopes.of_trigger(snapshot, trigger)
        caller = Caller("trigger", trigger.name, trigger.where)
        yield Call(caller, (), ("task", trigger.task), trigger.input, scope, arriving)
    for connection in snapshot.connections.values():
        caller = Caller("connection", connection.name, connection.where)
        yield Call(caller, (), ("connection_type", connection.type), connection.values, lambda path: None)


def _hook_calls(snapshot: Snapshot, hooks: Hooks, owner: Caller | None) -> Iterator[Call]:
    for name, hook in hooks_in(hooks):
        caller = owner or Caller("hook", name, hook.where)
        for target in _hook_targets(snapshot, hook):
            yield Call(caller, ("hook", name), target, hook.input, scopes.of_hook)


def _hook_targets(snapshot: Snapshot, hook: Hook) -> Iterator[tuple[str, str]]:
    yield "action", hook.action
    child = child_of(snapshot.actions.get(hook.action))
    if child is not None:
        yield "task", child


def hooks_in(hooks: Hooks) -> Iterator[tuple[str, Hook]]:
    """Hooks with the names they are reported by: ``on_error.notify``."""
    for occasion in OCCASIONS:
        for name, hook in numbered(getattr(hooks, occasion)).items():
            yield f"{occasion}.{name}", hook


def _of_task(snapshot: Snapshot, name: str) -> Iterator[Reader]:
    task = snapshot.tasks[name]
    targets = {template_name(step.name): (step, list(targets_of(snapshot, step))) for step in task.flow.values()}
    for template in texts.of_task(task):
        yield from _of_template(snapshot, task, template, targets)


def _of_triggers(snapshot: Snapshot, task: str) -> Iterator[Reader]:
    for trigger in snapshot.triggers.values():
        on: Json = trigger.fields.get("on")
        if trigger.type == "event" and is_object(on) and on.get("task") == task:
            yield from _of_event(trigger, task)


def _of_template(
    snapshot: Snapshot, task: Task, template: texts.Template, targets: Mapping[str, tuple[Step, list[tuple[str, str]]]]
) -> Iterator[Reader]:
    place = task.flow[template.path[1]].where if template.path[0] == "flow" else task.where
    caller = Caller("task", task.name, place)
    for use in texts.uses(template):
        found = targets.get(template_name(str(use.path[0])))
        rest = None if found is None else _output_path(use.path, found[0])
        if found is None or rest is None:
            continue
        how, taker = _use_of(template, use.path), _taker(snapshot, task, template)
        for target in found[1]:
            yield Reader(caller, template.path, target, rest, use.guarded, how, taker)


def _output_path(path: Path, step: Step) -> Path | None:
    """The mention behind ``<step>.output``, for a loop behind the index of an instance."""
    if len(path) < 3 or path[1] != "output":
        return None
    rest = path[2:]
    if step.for_each is None:
        return rest
    return rest[1:] if isinstance(rest[0], int) and len(rest) > 1 else None


def _use_of(template: texts.Template, path: Path) -> str:
    found = texts.expressions(template.text, template.kind)
    exact = [each for each in found if each.path == path]
    if not exact:
        return "expression"
    if template.kind == "condition":
        return "list" if template.path[-1] == "for_each" else "condition"
    is_whole = template.kind == "text" and template.text.strip() == template.text and len(found) == 1
    is_whole = is_whole and template.text.startswith("{{") and template.text.endswith("}}")
    return "whole" if is_whole else "text"


def _taker(snapshot: Snapshot, task: Task, template: texts.Template) -> tuple[tuple[str, str], str] | None:
    """The field that the template's value is given to, where it is a step's input."""
    if len(template.path) != 4 or template.path[0] != "flow" or template.path[2] != "input":
        return None
    targets = list(targets_of(snapshot, task.flow[template.path[1]]))
    return (targets[-1], template.path[3]) if targets else None


def _of_event(trigger: Trigger, task: str) -> Iterator[Reader]:
    """Where a trigger reads the output of the task on whose end it fires."""
    caller = Caller("trigger", trigger.name, trigger.where)
    when = trigger.fields.get("when")
    conditions = [texts.Template(("when",), when, "condition")] if isinstance(when, str) else []
    for template in (*texts.of_value(trigger.input, ("input",)), *conditions):
        taker = (("task", trigger.task), template.path[1]) if len(template.path) == 2 else None
        for use in texts.uses(template):
            if len(use.path) > 2 and use.path[:2] == ("event", "output"):
                how = _use_of(template, use.path)
                yield Reader(caller, template.path, ("task", task), use.path[2:], use.guarded, how, taker)


OUTSIDE_CLIENTS = Caller(OUTSIDE, "API and command line")


def sender_of(name: str) -> Caller:
    return Caller(OUTSIDE, f"sender of webhook {name}")
