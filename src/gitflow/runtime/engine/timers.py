"""What is due when: a heap of wake-ups, which is a projection of the jobs and never the truth.

Those of a job are forgotten when it is let go. One that has become pointless before is not taken out: the core calls it
stale when it fires.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


#: So many wake-ups that were forgotten may stay in the heap, and as many as are still due.
LEAST_FORGOTTEN = 64


class Timers:
    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []  #: when, and which
        self._rings: dict[int, tuple[str, Callable[[float], None]]] = {}  #: of each that is still to ring, and whose
        self._of: dict[str, set[int]] = {}
        self._count = 0

    def at(self, due: float, whose: str, ring: Callable[[float], None]) -> None:
        """Calls ``ring(now)`` once, at ``due`` (seconds since the epoch) or as soon after as may be.

        ``whose``: a name by which it may be forgotten.
        """
        self._count += 1
        self._rings[self._count] = (whose, ring)
        self._of.setdefault(whose, set()).add(self._count)
        heappush(self._heap, (due, self._count))

    def forget(self, whose: str) -> None:
        """All of this name. What is left of them in the heap is a pair of numbers, and goes with the others of its kind
        when these are more than those still due: it costs each its share, and no more."""
        for number in self._of.pop(whose, ()):
            del self._rings[number]
        if len(self._heap) > 2 * len(self._rings) + LEAST_FORGOTTEN:
            self._heap = [each for each in self._heap if each[1] in self._rings]
            heapify(self._heap)

    def next_due(self) -> float | None:
        while self._heap and self._heap[0][1] not in self._rings:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def ring(self, now: float) -> None:
        for ring in self._due(now):
            ring(now)

    def _due(self, now: float) -> Iterator[Callable[[float], None]]:
        while self._heap and self._heap[0][0] <= now:
            _, number = heappop(self._heap)
            if number not in self._rings:
                continue
            whose, ring = self._rings.pop(number)
            self._of[whose].discard(number)
            if not self._of[whose]:
                del self._of[whose]
            yield ring
