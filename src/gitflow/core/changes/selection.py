"""The changes that concern some tasks: of the tasks themselves, and of what they use or are called by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.records import RENAMED, Changes

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitflow.core.changes.records import Change


def of_tasks(changes: Changes, names: Collection[str]) -> Changes:
    return Changes(tuple(change for change in changes.changes if _concerns(change, names)))


def _concerns(change: Change, names: Collection[str]) -> bool:
    if any(task in names for task in (*_tasks_of(change), *change.tasks)):
        return True
    users = (caller for detail in change.details for caller in detail.callers)
    return any(caller.kind == "task" and caller.name in names for caller in users)


def _tasks_of(change: Change) -> tuple[object, ...]:
    """The task that it is about, by its old name, too."""
    renamed = (detail.before for detail in change.details if change.change == RENAMED and detail.path == "name")
    return (change.name, *renamed) if change.kind == "task" else ()
