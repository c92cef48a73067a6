"""A heap of timers, which is derived from the jobs and can be rebuilt.

The timers of a job are removed when the job is released. A timer that is obsolete before that still fires, and the core
refuses its event as stale.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


#: How many removed timers may stay in the heap, in addition to as many as are still due.
MIN_FORGOTTEN = 64


class Timers:
    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []  #: when, and which
        self._callbacks: dict[
            int, tuple[str, Callable[[float], None]]
        ] = {}  #: of each timer: its owner, and what it calls
        self._of: dict[str, set[int]] = {}
        self._count = 0

    def at(self, due: float, owner: str, callback: Callable[[float], None]) -> None:
        """Calls ``callback(now)`` once, at ``due`` (seconds since the epoch) or as soon after as may be.

        ``owner``: the name for ``forget``.
        """
        self._count += 1
        self._callbacks[self._count] = (owner, callback)
        self._of.setdefault(owner, set()).add(self._count)
        from heapq import heappush  # not at the top: few runs have a timer

        heappush(self._heap, (due, self._count))

    def forget(self, owner: str) -> None:
        """Removes all timers of an owner. Their entries stay in the heap until they outnumber the timers that are
        still due, and are removed together then: so the cost of each is constant."""
        for number in self._of.pop(owner, ()):
            del self._callbacks[number]
        if len(self._heap) > 2 * len(self._callbacks) + MIN_FORGOTTEN:
            from heapq import heapify

            self._heap = [each for each in self._heap if each[1] in self._callbacks]
            heapify(self._heap)

    def next_due(self) -> float | None:
        while self._heap and self._heap[0][1] not in self._callbacks:
            self._pop()
        return self._heap[0][0] if self._heap else None

    def _pop(self) -> int:
        """Removes the first timer from the heap. Returns its number."""
        from heapq import heappop

        return heappop(self._heap)[1]

    def fire(self, now: float) -> None:
        for callback in self._due(now):
            callback(now)

    def _due(self, now: float) -> Iterator[Callable[[float], None]]:
        while self._heap and self._heap[0][0] <= now:
            number = self._pop()
            if number not in self._callbacks:
                continue
            owner, callback = self._callbacks.pop(number)
            self._of[owner].discard(number)
            if not self._of[owner]:
                del self._of[owner]
            yield callback
