"""What a task uses: the definitions and files that a run of it depends on.

A run executes the task's own flow, the actions of its steps and hooks, and its child tasks; these read connections,
secrets and files of the workspace. A change of anything else cannot change what the run does, except in files that a
script opens without naming them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes import calls, reads
from gitflow.core.changes.compare import SECTIONS, place_of
from gitflow.core.changes.files import users_of_files
from gitflow.core.changes.words import paths_in, scripts_in
from gitflow.core.language.definition import NO_HOOKS
from gitflow.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitflow.core.language.definition import Action, Field, Task
    from gitflow.core.language.snapshot import Snapshot

    Key = tuple[str, str]


class Uses(Record):
    members: frozenset[Key]  #: (kind, name) of definitions, in the words of a plan
    files: frozenset[str]  #: named by ``script`` and ``file()``; relative to the workspace
    words: frozenset[str]  #: words of scripts that may be files
    places: frozenset[str]  #: the files that the definitions stand in


def uses_of(snapshot: Snapshot, task: str) -> Uses:
    """Of a task of the snapshot."""
    found: dict[Key, None] = {}
    todo: list[Key] = [("task", task)]
    while todo:
        key = todo.pop()
        if key in found or key[1] not in getattr(snapshot, SECTIONS[key[0]]):
            continue
        found[key] = None
        todo += _next(snapshot, *key)
    part = restricted(snapshot, found)
    files = frozenset(users_of_files(part))
    words = frozenset(paths_in(script for action in _actions(part) for script in scripts_in(action.fields)))
    places = frozenset(place_of(snapshot, *key).file for key in found) - {""}
    return Uses(frozenset(found), files, words - files, places)


def restricted(snapshot: Snapshot, members: Iterable[Key]) -> Snapshot:
    """The snapshot with these definitions alone, and without the workspace's own hooks."""
    parts: dict[str, dict[str, object]] = {section: {} for section in SECTIONS.values()}
    for kind, name in sorted(members):
        parts[SECTIONS[kind]][name] = getattr(snapshot, SECTIONS[kind])[name]
    return replace(snapshot, **parts, hooks=NO_HOOKS, warnings=())


def users_of(snapshot: Snapshot, task: Task, step: str) -> Uses:
    """What one step of the task uses."""
    alone = replace(task, flow={step: task.flow[step]}, output=None, has_output=False, hooks=NO_HOOKS, input={})
    return uses_of(replace(snapshot, tasks={**snapshot.tasks, task.name: alone}), task.name)


def _next(snapshot: Snapshot, kind: str, name: str) -> Iterator[Key]:
    definition = getattr(snapshot, SECTIONS[kind])[name]
    if kind == "task":
        yield from _of_task(snapshot, definition)
    elif kind == "action":
        yield from _expanded(snapshot, reads.of_action(snapshot, definition))
        yield from _typed(snapshot, definition.input)
        child = calls.child_of(definition)
        if child is not None:
            yield "task", child
    elif kind == "connection":
        yield "connection_type", definition.type
        yield from _expanded(snapshot, reads.of_values(definition.values))


def _of_task(snapshot: Snapshot, task: Task) -> Iterator[Key]:
    yield from _expanded(snapshot, reads.of_task(snapshot, task))
    yield from _typed(snapshot, task.input)
    for step in task.flow.values():
        yield from calls.targets_of(snapshot, step)
        if step.inline is not None:
            yield from _typed(snapshot, step.inline.input)
    for _, hook in calls.hooks_in(task.hooks):
        yield "action", hook.action


def _expanded(snapshot: Snapshot, found: Iterable[Key]) -> Iterator[Key]:
    """``secret['…']`` whose name is only known at a run may be any of them."""
    for kind, name in found:
        if name == "*":
            yield from ((kind, each) for each in getattr(snapshot, SECTIONS[kind]))
        else:
            yield kind, name


def _typed(snapshot: Snapshot, fields: Mapping[str, Field]) -> Iterator[Key]:
    """An input whose type is a type of connections takes any connection of that type."""
    kinds = {field.type for field in fields.values()} & set(snapshot.connection_types)
    for kind in kinds:
        yield "connection_type", kind
    if kinds:
        yield from (("connection", name) for name, each in snapshot.connections.items() if each.type in kinds)


def _actions(snapshot: Snapshot) -> Iterator[Action]:
    yield from snapshot.actions.values()
    for task in snapshot.tasks.values():
        yield from (step.inline for step in task.flow.values() if step.inline is not None)
