"""How many messages each agent has emitted: exact, unless there are so many that counting them takes its time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.http.context import Context
    from gitflow.stores.registry import Stores

    Counts = Mapping[tuple[str, ...], int]

#: Counting that takes longer, in seconds, is not done again before so many times that long have passed.
SLOW_S, SHARE = 0.1, 20.0


class MessageCounts:
    """The last counts that took long."""

    def __init__(self, context: Context) -> None:
        self._reader = context.reader
        self._kept: Counts = {}
        self._until = 0.0  #: by the monotonic clock

    async def count(self) -> Counts:
        """By (workspace, task, step), and by (workspace, trigger)."""
        if time.monotonic() < self._until:
            return self._kept
        counts, took = await self._reader.remembered("messages counted", _count)
        if took > SLOW_S:
            self._kept, self._until = counts, time.monotonic() + took * SHARE
        return counts


def _count(stores: Stores) -> tuple[Counts, float]:
    """With the seconds of work that it was, however busy the machine is."""
    began = time.thread_time()
    counts = {**stores.outputs.outputs_counted(), **stores.outputs.fires_counted()}
    return counts, time.thread_time() - began
