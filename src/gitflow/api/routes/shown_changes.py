"""What of a change a caller may know who sees a task, but not the whole workspace.

Connections and secrets are the whole workspace's; another task is known to who sees that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.records import OUTSIDE, Changes
from gitflow.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitflow.api.http.request import Request
    from gitflow.core.changes.records import Change

_SHOWN = ("action", "file", OUTSIDE)


def shown_changes(request: Request, workspaces: Collection[str], changes: Changes) -> Changes:
    """Those that the caller may know, with the callers that it may know. ``workspaces``: both sides'."""
    if all(map(request.sees_whole, workspaces)):
        return changes
    seen = (each for each in changes.changes if _is_seen(request, workspaces, each.kind, each.name))
    return Changes(tuple(_without_hidden_callers(request, workspaces, each) for each in seen))


def _is_seen(request: Request, workspaces: Collection[str], kind: str, name: str) -> bool:
    if kind in _SHOWN:
        return True
    return kind == "task" and all(request.sees(workspace, name) for workspace in workspaces)


def _without_hidden_callers(request: Request, workspaces: Collection[str], change: Change) -> Change:
    details = [
        replace(
            detail,
            callers=tuple(each for each in detail.callers if _is_seen(request, workspaces, each.kind, each.name)),
        )
        for detail in change.details
    ]
    return replace(change, details=tuple(details))
