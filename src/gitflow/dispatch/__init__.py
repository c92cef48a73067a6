"""Dispatch: passes ready steps to workers. The dispatch engines by name."""

from __future__ import annotations

from gitflow.dispatch.local import LocalDispatch

DISPATCHES = {
    "local": LocalDispatch,
}
