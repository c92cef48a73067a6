"""What followers of logs see next: read once for all who stand at the same line of the same job.

A hundred clients of one job move together, so one look into the store serves them all. Somebody who lags finds the
pages of before here, or has them read again; either way at its own pace, and nobody else waits. When the last of them
has left, nothing of the job stays.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitflow.api.routes.log_pages import LogQuery, Page, read_page
from gitflow.core.errors import NotFound
from gitflow.core.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from gitflow.stores.registry import Stores

    Place = tuple[str, int]  #: a job, and the number of the line after which to go on
    Read = Callable[[Callable[[Stores], "NextPage"]], Awaitable["NextPage"]]

#: How much of what was sent lately is kept for those who come a little later, in bytes.
KEPT_BYTES = 8 * 1024 * 1024


@record
class NextPage:
    page: Page
    has_ended: bool  #: the job had, before the page was read: after the last page there will be no other


class Followed:
    """A job that clients follow."""

    def __init__(self) -> None:
        self.clients = 0
        self.places: set[Place] = set()  #: whose next pages are kept


class SharedPages:
    def __init__(self, read: Read, room: int = KEPT_BYTES) -> None:
        self._read = read
        self._room = room
        self._kept: OrderedDict[Place, tuple[int, NextPage]] = OrderedDict()
        self._coming: dict[Place, tuple[int, asyncio.Task[NextPage]]] = {}
        self._followed: dict[str, Followed] = {}  #: by job; pages of others are not kept

    @contextmanager
    def followed(self, job_id: str) -> Generator[None]:
        """For as long as somebody asks for the pages of a job, they are kept for others who do."""
        followed = self._followed.setdefault(job_id, Followed())
        followed.clients += 1
        try:
            yield
        finally:
            followed.clients -= 1
            if not followed.clients:
                for place in list(followed.places):
                    self._drop(place)
                del self._followed[job_id]

    async def after(self, job_id: str, since_seq: int, news: int) -> NextPage:
        """The next page; ``news`` is how often the caller has been told of the job.

        A page that was read before the last of these may lack what they told of, so it is never called the last.
        Raises StoreError.
        """
        place = (job_id, since_seq)
        kept = self._kept.get(place)
        if kept is not None:
            self._kept.move_to_end(place)
            at, found = kept
            return found if at >= news else replace(found, page=replace(found.page, is_last=False))
        coming = self._coming.get(place)
        if coming is None or coming[0] < news:
            task = asyncio.create_task(self._read_next(place, news))
            task.add_done_callback(_retrieve)  # also when all who asked have gone
            coming = self._coming[place] = (news, task)
        return await asyncio.shield(coming[1])  # one who goes takes nothing from the others

    async def _read_next(self, place: Place, news: int) -> NextPage:
        try:
            found = await self._read(lambda stores: next_page(stores, LogQuery(place[0], since_seq=place[1])))
        finally:
            if self._coming.get(place, (0, None))[1] is asyncio.current_task():
                del self._coming[place]
        if found.page.pieces and place[0] in self._followed:
            self._keep(place, news, found)
        return found

    def _keep(self, place: Place, news: int, found: NextPage) -> None:
        if place in self._kept:
            self._drop(place)
        self._kept[place] = (news, found)
        self._followed[place[0]].places.add(place)
        self._room -= _size(found)
        while self._room < 0:
            self._drop(next(iter(self._kept)))

    def _drop(self, place: Place) -> None:
        self._room += _size(self._kept.pop(place)[1])
        self._followed[place[0]].places.remove(place)


def _retrieve(task: asyncio.Task[NextPage]) -> None:
    if not task.cancelled():
        task.exception()


def next_page(stores: Stores, asked: LogQuery) -> NextPage:
    """Whether the job has ended is asked first, so that nothing is missed; one that is gone has."""
    try:
        has_ended = stores.jobs.state_of(asked.job_id).status.ended
    except NotFound:
        has_ended = True
    return NextPage(read_page(stores, asked), has_ended)


def _size(found: NextPage) -> int:
    return sum(map(len, found.page.pieces))
