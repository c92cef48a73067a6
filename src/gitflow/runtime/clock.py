"""The only source of the current time, and of chance.

``now`` never jumps: it starts at the wall clock and then counts with the monotonic one, so no timer fires twice or
early because somebody set the machine's clock. ``wall`` is for schedules.

Due times are stored in seconds since the epoch, so the next process follows the wall clock as it is then. While a
machine is suspended, the monotonic clock stands still on Linux: a timer of a running process fires later by the time of
the suspension, never early. After a restart of the process it follows the wall clock again.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Seconds since the epoch, UTC."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``wall`` and ``monotonic``: the machine's clocks."""
        self._wall = wall
        self._monotonic = monotonic
        self._start = wall() - monotonic()

    def now(self) -> float:
        return self._start + self._monotonic()

    def wall(self) -> float:
        return self._wall()

    def ahead(self) -> float:
        """How far the wall clock is ahead of ``now``: changes when the wall clock is set or the machine suspended."""
        return self.wall() - self.now()


def random_fraction() -> float:
    """From 0 up to 1."""
    return int.from_bytes(os.urandom(6), "big") / (1 << 48)
