"""The only place that says what time it is.

``now`` never jumps: it starts at the wall clock and then counts with the monotonic one, so no timer fires twice or
early because somebody set the machine's clock. ``wall`` is for schedules.

What is due is stored in seconds since the epoch, so the next process keeps it by the wall clock as it is then. While
the machine is suspended the monotonic clock stands still on Linux: a timer that is running then rings later by as
long as the machine slept, never early; a restart brings it back to the wall clock.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Seconds since the epoch, UTC."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``wall`` and ``monotonic`` are the machine's clocks."""
        self._wall = wall
        self._monotonic = monotonic
        self._start = wall() - monotonic()

    def now(self) -> float:
        return self._start + self._monotonic()

    def wall(self) -> float:
        return self._wall()

    def ahead(self) -> float:
        """How far the wall is ahead of the clock that nobody sets: it changes when the wall clock is set, and when the
        machine was suspended."""
        return self.wall() - self.now()
