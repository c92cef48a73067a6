"""How many messages each agent has emitted: exact, unless there are so many that counting them takes its time."""

from __future__ import annotations

import time

from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.http.request import Request
    from gitflow.stores.registry import Stores

    Counts = Mapping[tuple[str, ...], int]

#: Counting that takes longer, in seconds, is not done again before so many times that long have passed.
SLOW_S, SHARE = 0.1, 20.0


@record
class Counted:
    counts: Counts
    until: float  #: by the monotonic clock


async def counted(request: Request) -> Counts:
    """By (workspace, task, step), and by (workspace, trigger)."""
    dialects = request.server.dialects
    kept = dialects.counted
    if kept is not None and time.monotonic() < kept.until:
        return kept.counts
    counts, took = await request.server.reader.remembered("messages counted", _count)
    if took > SLOW_S:
        dialects.counted = Counted(counts, time.monotonic() + took * SHARE)
    return counts


def _count(stores: Stores) -> tuple[Counts, float]:
    """With the seconds of work that it was, however busy the machine is."""
    began = time.thread_time()
    counts = {**stores.outputs.outputs_counted(), **stores.outputs.fires_counted()}
    return counts, time.thread_time() - began
