"""Whether, and when, the engine of this process has to stop."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.runtime.clock import Clock


class Shutdown:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.deadline: float | None = None  #: None: it has not been requested

    def request(self, drain_s: float) -> None:
        """From any thread. Running steps have ``drain_s`` left; called again, the sooner deadline counts."""
        by = self._clock.now() + drain_s
        self.deadline = by if self.deadline is None else min(by, self.deadline)

    @property
    def is_requested(self) -> bool:
        return self.deadline is not None

    def is_due(self) -> bool:
        return self.deadline is not None and self._clock.now() >= self.deadline
