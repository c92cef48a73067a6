"""How a ready step reaches a worker, and how a worker is told to stop: the dispatch engines by name."""

from __future__ import annotations

from gitflow.dispatch.local import LocalDispatch

DISPATCHES = {
    "local": LocalDispatch,
}
