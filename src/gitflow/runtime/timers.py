"""What is due when: a heap of wake-ups, which is a projection of the jobs and never the truth.

A wake-up that has become pointless is not taken out; the core calls it stale when it fires.
"""

from __future__ import annotations

from heapq import heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Timers:
    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = 0

    def at(self, due: float, ring: Callable[[float], None]) -> None:
        """Calls ``ring(now)`` once, at ``due`` (seconds since the epoch) or as soon after as may be."""
        self._count += 1
        heappush(self._heap, (due, self._count, ring))

    def next_due(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def ring(self, now: float) -> None:
        for ring in self._due(now):
            ring(now)

    def _due(self, now: float) -> Iterator[Callable[[float], None]]:
        while self._heap and self._heap[0][0] <= now:
            yield heappop(self._heap)[2]
