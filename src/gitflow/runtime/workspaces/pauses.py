"""Which workspaces an operator has stopped from following their remote branch: in the store, and a copy in memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict
from gitflow.stores.protocols.revisions import SyncPause
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.registry import Stores


class SyncPauses:
    """``pause`` and ``resume`` are called by the engine's thread, inside a transaction; ``get`` from any thread."""

    def __init__(self, stores: Stores, now: Callable[[], float]) -> None:
        """``stores``: those of the engine's thread; construct this before that thread starts. ``now``: wall clock."""
        self._stores = stores
        self._now = now
        self._known = {pause.workspace: pause for pause in stores.revisions.pauses()}

    def get(self, workspace: str) -> SyncPause | None:
        return self._known.get(workspace)

    def set_all(self, pauses: Iterable[SyncPause]) -> None:
        """What another server has stored."""
        self._known = {pause.workspace: pause for pause in pauses}

    def pause(self, transaction: Transaction, one: ServedWorkspace, actor: str, reason: str) -> None:
        """Raises Conflict for a folder, and if it is paused already."""
        if not isinstance(one.workspace, GitWorkspace):
            raise Conflict(f"workspace {one.name!r} is a folder, which follows no remote branch")
        known = self._stores.revisions.pause(one.name)
        if known is not None:
            raise Conflict(f"workspace {one.name!r} is paused already, by {known.actor}: {known.reason}")
        pause = SyncPause(one.name, self._now(), actor, reason)
        self._stores.revisions.put_pause(pause)
        transaction.awaited.append(partial(self._set, one.name, pause))

    def resume(self, transaction: Transaction, one: ServedWorkspace) -> None:
        """Raises Conflict if it is not paused."""
        if not self._stores.revisions.drop_pause(one.name):
            raise Conflict(f"workspace {one.name!r} is not paused")
        transaction.awaited.append(partial(self._set, one.name, None))

    def _set(self, workspace: str, pause: SyncPause | None) -> None:
        others = {name: known for name, known in self._known.items() if name != workspace}
        self._known = others if pause is None else {**others, workspace: pause}  # replaced whole, for other threads
