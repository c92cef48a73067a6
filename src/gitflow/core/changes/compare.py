"""Compares two revisions of a workspace: what changed in meaning, and which callers that breaks.

A definition that moved to another file, was written in another way or in another order has not changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitflow.core.changes import members, summaries
from gitflow.core.changes.calls import Index, hooks_in
from gitflow.core.changes.files import file_changes
from gitflow.core.changes.records import ADDED, CHANGED, KINDS, REMOVED, RENAMED, Change, Changes, Detail
from gitflow.core.changes.sides import Comparison
from gitflow.core.problems import NOWHERE
from gitflow.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gitflow.core.changes.records import Side
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.problems import Place

#: Kind -> the section of a snapshot that holds its definitions.
SECTIONS = {
    "task": "tasks",
    "action": "actions",
    "trigger": "triggers",
    "connection": "connections",
    "connection_type": "connection_types",
    "secret": "secrets",
}


def compare(
    base: Side, head: Side, now: float, *, is_same: Callable[[str, str], bool] = lambda section, name: False
) -> Changes:
    """``is_same`` may say of a member of a section, by name, that both revisions have the same text of it."""
    sides = Comparison(base, head, Index(base.snapshot), Index(head.snapshot), now)
    found: list[Change] = []
    for kind, section in SECTIONS.items():
        found += _of_section(sides, kind, section, is_same)
    found += _of_hooks(sides)
    found += file_changes(base, head)
    order = {kind: at for at, kind in enumerate(KINDS)}
    found.sort(key=lambda change: (order[change.kind], change.name))
    return Changes(tuple(replace(change, summary=summaries.of_change(change)) for change in found))


def _of_section(sides: Comparison, kind: str, section: str, is_same: Callable[[str, str], bool]) -> Iterator[Change]:
    old: Mapping[str, Any] = getattr(sides.base.snapshot, section)
    new: Mapping[str, Any] = getattr(sides.head.snapshot, section)
    removed = [name for name in old if name not in new and not _is_unknown(sides.head, section, name, old[name])]
    added = [name for name in new if name not in old and not _is_unknown(sides.base, section, name, new[name])]
    for before, after in _renames(sides, kind, old, new, removed, added):
        removed.remove(before)
        added.remove(after)
        yield _renamed(sides, kind, (before, after), old[before], new[after])
    for name in removed:
        yield _change(sides, kind, name, REMOVED, members.of_removed(sides, kind, name, old[name]))
    for name in added:
        yield _change(sides, kind, name, ADDED, members.of_added(sides, kind, name, new[name]))
    for name in old:
        if name in new and not is_same(section, name):
            details = members.of_changed(sides, kind, (name, name), old[name], new[name])
            if details:
                yield _change(sides, kind, name, CHANGED, details)


def _is_unknown(side: Side, section: str, name: str, definition: Any) -> bool:
    """Whether the definition may be there, in text that could not be read."""
    if (section, name) in side.unknown:
        return True
    where = getattr(definition, "where", None)
    return bool(side.unreadable) and (where is None or where.file in side.unreadable or not where.file)


def _change(sides: Comparison, kind: str, name: str, change: str, details: Iterable[Detail]) -> Change:
    snapshot = sides.base.snapshot if change == REMOVED else sides.head.snapshot
    tasks = _started(sides, name) if kind == "trigger" else ()
    return Change(kind, name, change, place_of(snapshot, kind, name), details=tuple(details), tasks=tasks)


def _started(sides: Comparison, trigger: str) -> tuple[str, ...]:
    found = (
        side.snapshot.triggers[trigger].task for side in (sides.base, sides.head) if trigger in side.snapshot.triggers
    )
    return tuple(dict.fromkeys(found))


def place_of(snapshot: Snapshot, kind: str, name: str) -> Place:
    if kind == "secret":
        return snapshot.secret_places.get(name, NOWHERE)
    return getattr(snapshot, SECTIONS[kind])[name].where


def _renames(
    sides: Comparison, kind: str, old: Mapping[str, Any], new: Mapping[str, Any], removed: list[str], added: list[str]
) -> list[tuple[str, str]]:
    """Pairs that say the same under another name, each name in one pair only."""
    left = list(added)
    found: list[tuple[str, str]] = []
    for before in removed:
        after = next((name for name in left if members.is_equal(kind, old[before], new[name])), None)
        if after is not None:
            left.remove(after)
            found.append((before, after))
    return found


def _renamed(sides: Comparison, kind: str, names: tuple[str, str], old: Any, new: Any) -> Change:
    called = Detail("name", CHANGED, *names)
    details = (called, *members.of_renamed(sides, kind, names, old, new))
    return _change(sides, kind, names[1], RENAMED, details)


def _of_hooks(sides: Comparison) -> Iterator[Change]:
    """Those of the workspace; a task's belong to the task."""
    old, new = (dict(hooks_in(side.snapshot.hooks)) for side in (sides.base, sides.head))
    if sides.head.unreadable or sides.base.unreadable:
        old = {name: hook for name, hook in old.items() if name in new}
        new = {name: hook for name, hook in new.items() if name in old}
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        if before is not None and after is not None:
            details = members.of_hook(sides, before, after)
            if details:
                yield Change("hook", name, CHANGED, after.where, details=details)
        elif before is not None:
            yield Change("hook", name, REMOVED, before.where, details=members.of_hook(sides, before, None))
        elif after is not None:
            yield Change("hook", name, ADDED, after.where, details=members.of_hook(sides, None, after))
