"""The next log page of each follower, read once for all followers at the same position of the same job.

Clients that follow one job usually move together, so one query serves them all. A client that lags gets earlier pages
from the cache, or they are read again; it never delays another client. When the last client of a job has left, the
job's pages are dropped.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitflow.api.routes.log_pages import LogFilter, LogPage, read_page
from gitflow.core.errors import NotFound
from gitflow.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from gitflow.stores.registry import Stores

    LogPosition = tuple[str, int]  #: a job, and the number of the last line already sent
    Read = Callable[[Callable[[Stores], "NextPage"]], Awaitable["NextPage"]]

#: The size of the cache, in bytes.
MAX_CACHED_BYTES = 8 * 1024 * 1024


class NextPage(Record):
    page: LogPage
    has_ended: bool  #: whether the job had ended before the page was read, so that no further line can come


class FollowedJob:
    """A job that clients follow."""

    def __init__(self) -> None:
        self.clients = 0
        self.positions: set[LogPosition] = set()  #: those whose next pages are cached


class SharedPages:
    def __init__(self, read: Read, room: int = MAX_CACHED_BYTES) -> None:
        self._read = read
        self._room = room
        self._cache: OrderedDict[LogPosition, tuple[int, NextPage]] = OrderedDict()
        self._pending: dict[LogPosition, tuple[int, asyncio.Task[NextPage]]] = {}
        self._followed: dict[str, FollowedJob] = {}  #: by job; only their pages are cached

    @contextmanager
    def followed(self, job_id: str) -> Generator[None]:
        """Registers a client of a job; the pages of a job are cached while it has clients."""
        followed = self._followed.setdefault(job_id, FollowedJob())
        followed.clients += 1
        try:
            yield
        finally:
            followed.clients -= 1
            if not followed.clients:
                for position in list(followed.positions):
                    self._drop(position)
                del self._followed[job_id]

    async def after(self, job_id: str, since_seq: int, news: int) -> NextPage:
        """The next page; ``news`` is how many notifications of the job the caller has received.

        A page that was read before the latest notification may be incomplete, so ``is_last`` is False for it.
        Raises StoreError.
        """
        position = (job_id, since_seq)
        cached = self._cache.get(position)
        if cached is not None:
            self._cache.move_to_end(position)
            at, found = cached
            return found if at >= news else replace(found, page=replace(found.page, is_last=False))
        pending = self._pending.get(position)
        if pending is None or pending[0] < news:
            task = asyncio.create_task(self._read_next(position, news))
            task.add_done_callback(_retrieve)  # also when all callers are gone
            pending = self._pending[position] = (news, task)
        return await asyncio.shield(pending[1])  # a cancelled caller does not cancel the read for others

    async def _read_next(self, position: LogPosition, news: int) -> NextPage:
        try:
            found = await self._read(lambda stores: next_page(stores, LogFilter(position[0], since_seq=position[1])))
        finally:
            if self._pending.get(position, (0, None))[1] is asyncio.current_task():
                del self._pending[position]
        if found.page.pieces and position[0] in self._followed:
            self._put(position, news, found)
        return found

    def _put(self, position: LogPosition, news: int, found: NextPage) -> None:
        if position in self._cache:
            self._drop(position)
        self._cache[position] = (news, found)
        self._followed[position[0]].positions.add(position)
        self._room -= _size(found)
        while self._room < 0:
            self._drop(next(iter(self._cache)))

    def _drop(self, position: LogPosition) -> None:
        self._room += _size(self._cache.pop(position)[1])
        self._followed[position[0]].positions.remove(position)


def _retrieve(task: asyncio.Task[NextPage]) -> None:
    if not task.cancelled():
        task.exception()


def next_page(stores: Stores, query: LogFilter) -> NextPage:
    """Reads the status of the job before the page, so that no line is missed. A deleted job counts as ended."""
    try:
        has_ended = stores.jobs.state_of(query.job_id).status.ended
    except NotFound:
        has_ended = True
    return NextPage(read_page(stores, query), has_ended)


def _size(found: NextPage) -> int:
    return sum(map(len, found.page.pieces))
