"""The changes that concern some tasks: of the tasks themselves, and of what they use or are called by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.records import Changes

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitflow.core.changes.records import Change


def of_tasks(changes: Changes, names: Collection[str]) -> Changes:
    return Changes(tuple(change for change in changes.changes if _concerns(change, names)))


def _concerns(change: Change, names: Collection[str]) -> bool:
    if (change.kind == "task" and change.name in names) or any(task in names for task in change.tasks):
        return True
    users = (caller for detail in change.details for caller in detail.callers)
    return any(caller.kind == "task" and caller.name in names for caller in users)
