"""Registers the embedded worker in the store, and sends its heartbeats."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from gitflow import __version__
from gitflow.core.errors import StoreError
from gitflow.core.record import Record
from gitflow.runtime.background import BackgroundLoop
from gitflow.stores.protocols.workers import WorkerRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.stores.registry import Stores

#: The interval of heartbeats, and the time without one after which a worker counts as inactive, in seconds.
HEARTBEAT_S, SILENT_S = 15.0, 60.0
#: How long the row of a worker that has ended is kept, in seconds.
REMEMBERED_S = 7 * 86_400.0


class Abilities(Record):
    tags: tuple[str, ...]
    slots: int  #: how many steps the worker runs at once


class Heartbeat:
    """``running`` returns how many steps are running."""

    def __init__(
        self,
        worker_id: str,
        abilities: Abilities,
        stores: Stores,
        commit_queue: CommitQueue,
        clock: Clock,
        running: Callable[[], int],
    ) -> None:
        self.loop = BackgroundLoop("worker", self._send_heartbeat, HEARTBEAT_S, at_once=False)
        self._id = worker_id
        self._abilities = abilities
        self._stores = stores
        self._commit_queue = commit_queue
        self._clock = clock
        self._running = running

    def register(self) -> None:
        """Call it before the engine's thread starts. Raises StoreError."""
        now = self._clock.wall()
        with self._stores.jobs.joined():
            self._stores.workers.forget(now - REMEMBERED_S)
            row = WorkerRow(self._id, _name(), self._abilities.tags, __version__, now, now, slots=self._abilities.slots)
            self._stores.workers.register(row)

    def end(self) -> None:
        """Call it after the engine's thread has ended. Ignores a store that cannot be written."""
        try:
            self._stores.workers.end(self._id, self._clock.wall())
        except StoreError:
            return

    async def _send_heartbeat(self) -> None:
        at, running = self._clock.wall(), self._running()
        await asyncio.wrap_future(
            self._commit_queue.submit(lambda transaction: self._stores.workers.beat(self._id, at, running))
        )


def _name() -> str:
    return f"embedded@{os.uname().nodename}"
