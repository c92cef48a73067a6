"""The embedded worker tells the store that it lives: who it is, when it was last heard of, and what it runs."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from gitflow import __version__
from gitflow.core.errors import StoreError
from gitflow.runtime.background import BackgroundLoop
from gitflow.stores.protocols.workers import WorkerRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.stores.registry import Stores

#: How often a worker is heard of, and after how long a silence it counts as inactive, in seconds.
HEARTBEAT_S, SILENT_S = 15.0, 60.0
#: How long a worker that is gone is remembered, in seconds.
REMEMBERED_S = 7 * 86_400.0


class Heartbeat:
    """``running`` tells how many steps run just now."""

    def __init__(
        self,
        worker_id: str,
        tags: tuple[str, ...],
        stores: Stores,
        commit_queue: CommitQueue,
        clock: Clock,
        running: Callable[[], int],
    ) -> None:
        self.loop = BackgroundLoop("worker", self._beat, HEARTBEAT_S, at_once=False)
        self._id = worker_id
        self._tags = tags
        self._stores = stores
        self._commit_queue = commit_queue
        self._clock = clock
        self._running = running

    def register(self) -> None:
        """Before the engine's thread begins. Raises StoreError."""
        now = self._clock.wall()
        with self._stores.jobs.joined():
            self._stores.workers.forget(now - REMEMBERED_S)
            self._stores.workers.register(WorkerRow(self._id, _name(), self._tags, __version__, now, now))

    def end(self) -> None:
        """After the engine's thread has ended; a store that cannot be written any more is left as it is."""
        try:
            self._stores.workers.end(self._id, self._clock.wall())
        except StoreError:
            return

    async def _beat(self) -> None:
        at, running = self._clock.wall(), self._running()
        await asyncio.wrap_future(
            self._commit_queue.submit(lambda transaction: self._stores.workers.beat(self._id, at, running))
        )


def _name() -> str:
    return f"embedded@{os.uname().nodename}"
