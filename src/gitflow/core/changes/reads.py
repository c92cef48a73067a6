"""Which secrets and connections a definition reads, and where it pastes a value with ``| raw``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gitflow.core.changes import texts
from gitflow.core.changes.differences import join
from gitflow.core.changes.records import ADDED, REMOVED, Detail
from gitflow.core.language.definition import OCCASIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.language.definition import Action, Field, Step, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json

    Reads = dict[tuple[str, str], None]
    Raw = list[tuple[tuple[str, ...], str]]

#: Stands for a secret whose name only a run knows.
ANY = "*"


def of_task(snapshot: Snapshot, task: Task) -> Reads:
    """Its own, and those of the actions that its steps use."""
    found = _secrets(texts.of_task(task)) | _of_fields(snapshot, task.input)
    for step in task.flow.values():
        found |= _of_step(snapshot, step)
    return found


def _of_step(snapshot: Snapshot, step: Step) -> Reads:
    action = step.inline or snapshot.actions.get(step.action or "")
    if action is None:
        return {}
    own = {} if step.inline is not None else of_action(snapshot, action)
    child = snapshot.tasks.get(str(action.fields.get("task"))) if action.type == "task" else None
    taken = child.input if child is not None else action.input
    return own | _connection(action.fields) | _given(snapshot, step.input, taken)


def of_action(snapshot: Snapshot, action: Action) -> Reads:
    return _secrets(texts.of_action(action)) | _connection(action.fields) | _of_fields(snapshot, action.input)


def of_values(values: Mapping[str, Json]) -> Reads:
    """Of a connection, or of the input of a hook."""
    return _secrets(texts.of_value(values, ()))


def of_given(snapshot: Snapshot, values: Mapping[str, Json], fields: Mapping[str, Field]) -> Reads:
    """Of values that are given to declared fields: a trigger's input."""
    return of_values(values) | _given(snapshot, values, fields)


def _secrets(templates: Iterator[texts.Template]) -> Reads:
    return {("secret", name): None for name in texts.secrets_in(templates)}


def _connection(fields: Mapping[str, Json]) -> Reads:
    name = fields.get("connection")
    return {("connection", name): None} if isinstance(name, str) else {}


def _of_fields(snapshot: Snapshot, fields: Mapping[str, Field]) -> Reads:
    """Connections that are the default of a field."""
    return _given(snapshot, {name: field.default for name, field in fields.items()}, fields)


def _given(snapshot: Snapshot, values: Mapping[str, Json], fields: Mapping[str, Field]) -> Reads:
    kinds = snapshot.connection_types
    typed = {name: value for name, value in values.items() if name in fields and fields[name].type in kinds}
    return {("connection", name): None for name in texts.connections_in(typed, snapshot.connections)}


def of_hooks(snapshot: Snapshot, task: Task) -> Reads:
    """Of the hooks of a task, or those of the workspace that stand in for them."""
    found: Reads = {}
    for occasion in OCCASIONS:
        for hook in getattr(task.hooks, occasion) or getattr(snapshot.hooks, occasion):
            action = snapshot.actions.get(hook.action)
            if action is not None:
                found |= of_given(snapshot, hook.input, action.input) | of_action(snapshot, action)
    return found


def of_trigger(snapshot: Snapshot, trigger: Trigger) -> Reads:
    task = snapshot.tasks.get(trigger.task)
    return of_given(snapshot, trigger.input, task.input if task else {}) | of_values(trigger.fields)


def secrets_in(snapshot: Snapshot, found: Reads) -> dict[str, str]:
    """Name, or ANY -> by which connection it is read; nothing for a secret that is read itself."""
    named = {name: "" for kind, name in found if kind == "secret"}
    for kind, name in found:
        connection = snapshot.connections.get(name) if kind == "connection" else None
        for _, secret in of_values(connection.values) if connection is not None else ():
            named.setdefault(secret, f' through the connection "{name}"')
    return named


def read_changes(before: Reads, after: Reads) -> Iterator[Detail]:
    for kind, name in before:
        if (kind, name) not in after:
            yield Detail(join("reads", kind, name), REMOVED, before=name)
    for kind, name in after:
        if (kind, name) not in before:
            yield Detail(join("reads", kind, name), ADDED, after=name)


def raw_changes(before: Raw, after: Raw) -> Iterator[Detail]:
    """New uses of ``| raw``, each with its expression; removed ones are not reported."""
    known = Counter(source for _, source in before)
    for path, source in after:
        if known[source]:
            known[source] -= 1
        else:
            yield Detail(join(*path, "raw"), ADDED, after=source)
