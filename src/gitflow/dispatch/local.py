"""Offers for the worker in this process: one queue for each job, and a heap of the jobs.

The heap orders jobs by their priority and their oldest offer. A job that has reached its own limit is set aside with
all its offers, so a wide flow with a small limit costs no more for each step than another flow. An offer that the
worker may not take is refused at once, so it never blocks another one.
"""

from __future__ import annotations

from gitflow.core.standard import deque
from gitflow.dispatch.base import Offer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gitflow.dispatch.base import Taker


class LocalDispatch:
    takers: Collection[Taker] = ()
    is_exclusive = False

    def __init__(self, tags: Collection[str] | None = None, *, is_off: bool = False) -> None:
        """``tags``: those of the worker; None: it takes every offer. ``is_off``: there is no worker."""
        self.tags = tags
        self.is_off = is_off
        self._queues: dict[str, deque[tuple[int, Offer]]] = {}
        self._known: set[tuple[str, str, int]] = set()
        self._heap: list[tuple[int, int, str]] = []
        self._aside: set[str] = set()
        self._count = 0
        self.last: Offer | None = None

    def offer(self, offer: Offer) -> bool:
        if not self.is_takeable(offer):
            return False
        key = (offer.job_id, offer.step, offer.attempt)
        if key in self._known:
            return True
        self._known.add(key)
        self._count += 1
        queue = self._queues.setdefault(offer.job_id, deque())
        queue.append((self._count, offer))
        if len(queue) == 1 and offer.job_id not in self._aside:
            self._enter(offer.job_id)
        return True

    def is_takeable(self, offer: Offer) -> bool:
        return not self.is_off and (not offer.tags or self.tags is None or set(offer.tags).issubset(self.tags))

    def holder_of(self, offer: Offer) -> str | None:
        return None

    def take(self, has_room: Callable[[str], bool]) -> Offer | None:
        while self._heap:
            _, count, job_id = self._first()
            queue = self._queues.get(job_id)
            if not queue or queue[0][0] != count:
                continue  # the job was forgotten in the meantime
            if not has_room(job_id):
                self._aside.add(job_id)
                continue
            return self._pop(job_id, queue)
        return None

    def freed(self, job_id: str) -> None:
        if job_id in self._aside:
            self._aside.discard(job_id)
            self._enter(job_id)

    def forget(self, job_id: str) -> None:
        for _, offer in self._queues.pop(job_id, ()):
            self._known.discard((offer.job_id, offer.step, offer.attempt))
        self._aside.discard(job_id)

    def _enter(self, job_id: str) -> None:
        queue = self._queues.get(job_id)
        if queue:
            count, offer = queue[0]
            entry = (-offer.priority, count, job_id)
            if not self._heap:
                self._heap.append(entry)
                return
            from heapq import heappush  # not at the top: a single job needs none

            heappush(self._heap, entry)

    def _first(self) -> tuple[int, int, str]:
        if len(self._heap) == 1:
            return self._heap.pop()
        from heapq import heappop

        return heappop(self._heap)

    def _pop(self, job_id: str, queue: deque[tuple[int, Offer]]) -> Offer:
        _, offer = queue.popleft()
        self.last = offer
        self._known.discard((offer.job_id, offer.step, offer.attempt))
        if queue:
            self._enter(job_id)
        else:
            del self._queues[job_id]
        return offer
