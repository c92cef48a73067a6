"""The only place that says what time it is.

``now`` never jumps: it starts at the wall clock and then counts with the monotonic one, so no
timer fires twice or early because somebody set the machine's clock. ``wall`` is for schedules.
"""

from __future__ import annotations

import time


class Clock:
    """Seconds since the epoch, UTC."""

    def __init__(self) -> None:
        self._start = time.time() - time.monotonic()

    def now(self) -> float:
        return self._start + time.monotonic()

    def wall(self) -> float:
        return time.time()
