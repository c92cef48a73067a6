"""How many messages each agent has emitted: exact, unless there are so many that counting them is slow."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.http.context import Context
    from gitflow.stores.registry import Stores

    Counts = Mapping[tuple[str, ...], int]

#: A count that took longer than SLOW_S seconds is reused for PAUSE_FACTOR times as long as it took.
SLOW_S, PAUSE_FACTOR = 0.1, 20.0


class MessageCounts:
    """Keeps the last counts if they took long."""

    def __init__(self, context: Context) -> None:
        self._reader = context.reader
        self._last_counts: Counts = {}
        self._valid_until = 0.0  #: by the monotonic clock

    async def count(self) -> Counts:
        """By (workspace, task, step), and by (workspace, trigger)."""
        if time.monotonic() < self._valid_until:
            return self._last_counts
        counts, took = await self._reader.cached("messages counted", _count)
        if took > SLOW_S:
            self._last_counts, self._valid_until = counts, time.monotonic() + took * PAUSE_FACTOR
        return counts


def _count(stores: Stores) -> tuple[Counts, float]:
    """The counts, and the processor time that they took, in seconds."""
    began = time.thread_time()
    counts = {**stores.outputs.outputs_counted(), **stores.outputs.fires_counted()}
    return counts, time.thread_time() - began
