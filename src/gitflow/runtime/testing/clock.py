"""A virtual clock: it stands still until it is moved to the next due time, so that no test waits for a timer.

While a real process runs, the virtual clock follows the real one.
"""

from __future__ import annotations

from gitflow.runtime.clock import Clock


class VirtualClock(Clock):
    def __init__(self, start: float) -> None:
        """``start``: seconds since the epoch."""
        super().__init__()
        self._at = start
        self._followed_since: float | None = None

    def now(self) -> float:
        return self._at + (0.0 if self._followed_since is None else super().now() - self._followed_since)

    def wall(self) -> float:
        return self.now()

    def follow(self) -> None:
        """From now on the clock follows real time."""
        if self._followed_since is None:
            self._followed_since = super().now()

    def halt(self) -> None:
        """From now on the clock stands still."""
        self._at, self._followed_since = self.now(), None

    def move_to(self, due: float) -> None:
        """Moves the clock forward, and never back."""
        self._at += max(0.0, due - self.now())
