"""Offers for the worker of a server and for agents on other machines.

Offers of one workspace with the same tags may be taken by the same workers, so they wait in one queue. A taker looks at
the first offer of every queue that it may take from, and takes the best: that of the highest priority, then the oldest.
If the steps of a job share a working copy, all belong to the worker that took the first of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record, replace
from gitflow.dispatch.base import Offer, Taker
from gitflow.dispatch.local import LocalDispatch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

#: The id of the server's own worker, for affinity. It stays the same after a restart, because the files stay, too.
OWN = ""


class Needs(Record):
    """What a taker must have for the offers of one queue."""

    workspace: str
    tags: frozenset[str]
    worker: str | None  #: the only one that may take them
    in_container: bool = False  #: only the cluster, or an agent with its tags, may take it


class Queue(LocalDispatch):
    """The offers with the same needs. Their numbers come from one count over all queues."""

    @property
    def is_empty(self) -> bool:
        return not self._queues

    def offer_as(self, count: int, offer: Offer) -> None:
        self._count = count - 1
        self.offer(offer)

    def first(self, has_room: Callable[[str], bool]) -> tuple[int, int, str] | None:
        """The sort key of the offer that ``take`` would return: the smaller, the earlier. None if there is no offer."""
        while self._heap:
            entry = self._first()
            _, count, job_id = entry
            queue = self._queues.get(job_id)
            if not queue or queue[0][0] != count:
                continue
            if not has_room(job_id):
                self._aside.add(job_id)
                continue
            self._enter(job_id)
            return entry
        return None

    def waiting(self, job_id: str) -> list[tuple[int, Offer]]:
        """The offers of a job with their numbers."""
        return list(self._queues.get(job_id, ()))

    def offers(self) -> list[Offer]:
        return [offer for queue in self._queues.values() for _, offer in queue]


class SharedDispatch:
    """See Dispatch. ``take`` is for the server's own worker, ``take_for`` for agents."""

    def __init__(
        self, tags: Collection[str] | None = None, *, is_off: bool = False, is_exclusive: bool = False
    ) -> None:
        """``tags``: those of the server's own worker; None: it takes every offer. ``is_off``: there is no such worker.
        ``is_exclusive``: it takes only steps that need one of its tags."""
        self.tags = tags
        self.is_off = is_off
        self.is_exclusive = is_exclusive
        self.last: Offer | None = None
        self._takers: dict[str, Taker] = {}
        self._agents: set[str] = set()  #: the ids of all known agents, connected or not
        self._queues: dict[Needs, Queue] = {}
        self._needs_of: dict[str, set[Needs]] = {}  #: job -> the needs of the queues that know it
        self._pins: dict[str, str] = {}  #: job -> the worker that has its files
        self._count = 0
        self._has_cluster = False

    @property
    def takers(self) -> Collection[Taker]:
        return self._takers.values()

    @property
    def is_empty(self) -> bool:
        return not self._queues

    def leave_containers_to_cluster(self) -> None:
        """From now on the server's own worker takes no step that runs in a container, and an agent takes one only if
        the step needs its tags: the cluster runs the others."""
        self._has_cluster = True

    def know(self, agent_id: str) -> None:
        """Registers an agent that may not be connected: steps whose files it has wait for it."""
        self._agents.add(agent_id)

    def join(self, taker: Taker) -> None:
        """The agent may take offers from now on."""
        self.know(taker.id)
        self._takers[taker.id] = taker

    def leave(self, agent_id: str) -> list[Offer]:
        """The agent takes no more offers. Returns the offers that no worker may take any more."""
        self._takers.pop(agent_id, None)
        waiting = [needs for needs in self._queues if not self._fits_somebody(needs)]
        return [offer for needs in waiting for offer in self._queues[needs].offers()]

    def offer(self, offer: Offer) -> bool:
        needs = self._needs(offer)
        queue = self._queues.get(needs)
        if queue is None:
            queue = self._queues[needs] = Queue()
        self._count += 1
        queue.offer_as(self._count, offer)
        self._needs_of.setdefault(offer.job_id, set()).add(needs)
        return self._fits_somebody(needs)

    def is_takeable(self, offer: Offer) -> bool:
        return self._fits_somebody(self._needs(offer))

    def take(self, has_room: Callable[[str], bool]) -> Offer | None:
        return self._take(OWN, self._fits_own, has_room)

    def take_for(self, taker: Taker, has_room: Callable[[str], bool]) -> Offer | None:
        return self._take(taker.id, lambda needs: _fits(taker, needs), has_room)

    def freed(self, job_id: str) -> None:
        for needs in self._needs_of.get(job_id, ()):
            if (queue := self._queues.get(needs)) is not None:
                queue.freed(job_id)

    def forget(self, job_id: str) -> None:
        self._pins.pop(job_id, None)
        for needs in self._needs_of.pop(job_id, ()):
            if (queue := self._queues.get(needs)) is not None:
                queue.forget(job_id)
                self._drop_if_empty(needs, queue)

    def holder_of(self, offer: Offer) -> str | None:
        """See Dispatch."""
        return self._needs(offer).worker or None

    def _needs(self, offer: Offer) -> Needs:
        worker = None
        if offer.shares_files:
            worker = self._pins.get(offer.job_id)
            if worker is None and offer.affinity is not None:
                worker = offer.affinity if offer.affinity in self._agents else OWN
        is_for_cluster = self._has_cluster and offer.in_container and not offer.shares_files
        return Needs(offer.workspace, frozenset(offer.tags), worker, is_for_cluster)

    def _take(self, worker: str, fits: Callable[[Needs], bool], has_room: Callable[[str], bool]) -> Offer | None:
        found = self._first(filter(fits, list(self._queues)), has_room)
        if found is None:
            return None
        queue = self._queues[found]
        offer = queue.take(has_room)
        self._drop_if_empty(found, queue)
        if offer is not None:
            self.last = offer
            if offer.shares_files:
                self._pin(offer.job_id, worker)
        return offer

    def _first(self, candidates: Iterable[Needs], has_room: Callable[[str], bool]) -> Needs | None:
        """The needs of the queue whose first offer is the best."""
        best: tuple[tuple[int, int, str], Needs] | None = None
        for needs in candidates:
            entry = self._queues[needs].first(has_room)
            if entry is not None and (best is None or entry < best[0]):
                best = (entry, needs)
        return None if best is None else best[1]

    def _pin(self, job_id: str, worker: str) -> None:
        """Reserves the job's other offers for this worker."""
        if job_id in self._pins:
            return
        self._pins[job_id] = worker
        for needs in list(self._needs_of.get(job_id, ())):
            queue = self._queues.get(needs)
            if queue is None or needs.worker is not None:
                continue
            waiting = queue.waiting(job_id)
            queue.forget(job_id)
            self._drop_if_empty(needs, queue)
            for count, offer in waiting:
                target = replace(needs, worker=worker)
                self._queues.setdefault(target, Queue()).offer_as(count, offer)
                self._needs_of[job_id].add(target)

    def _drop_if_empty(self, needs: Needs, queue: Queue) -> None:
        if queue.is_empty:
            self._queues.pop(needs, None)

    def _fits_own(self, needs: Needs) -> bool:
        if self.is_off or needs.worker not in (None, OWN) or needs.in_container:
            return False
        if _is_kept_out(self.is_exclusive, needs):
            return False
        return not needs.tags or self.tags is None or needs.tags.issubset(self.tags)

    def _fits_somebody(self, needs: Needs) -> bool:
        return self._fits_own(needs) or any(_fits(taker, needs) for taker in self._takers.values())


def _fits(taker: Taker, needs: Needs) -> bool:
    if taker.only_images != needs.in_container and (taker.only_images or not needs.tags):
        return False
    return (
        (needs.worker is None or needs.worker == taker.id)
        and (taker.workspaces is None or needs.workspace in taker.workspaces)
        and needs.tags <= taker.tags
        and not _is_kept_out(taker.is_exclusive, needs)
    )


def _is_kept_out(is_exclusive: bool, needs: Needs) -> bool:
    """Whether an exclusive worker may not take these offers. It may take those that need its tags or its files."""
    return is_exclusive and not needs.tags and needs.worker is None
