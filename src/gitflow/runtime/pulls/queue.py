"""A queue of work by number. One number is worked on once at a time, and once more if it is requested meanwhile."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

#: So much work runs at the same time, and so much may wait.
AT_ONCE = 2
MAX_WAITING = 500

_log = logging.getLogger("gitflow.pulls")


class WorkItem:
    """The work on one number; outdated once the number is requested again."""

    def __init__(self) -> None:
        self._newer = asyncio.Event()
        self._newer.set()  # nothing was done yet

    @property
    def is_outdated(self) -> bool:
        return self._newer.is_set()

    def begin(self) -> None:
        self._newer.clear()

    def mark_outdated(self) -> None:
        self._newer.set()

    async def wait(self, pause_s: float) -> None:
        """For so long, or until the work is outdated."""
        try:
            async with asyncio.timeout(pause_s):
                await self._newer.wait()
        except TimeoutError:
            return


class LatestFirst:
    """Runs on one event loop. If ``act`` fails, the error is logged, and no other number is affected."""

    def __init__(
        self, act: Callable[[int, WorkItem], Awaitable[None]], at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING
    ) -> None:
        self._act = act
        self._free = asyncio.Semaphore(at_once)
        self._max_waiting = max_waiting
        self._items: dict[int, WorkItem] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def submit(self, number: int) -> bool:
        """Whether the number was accepted; False if too many are waiting."""
        item = self._items.get(number)
        if item is not None:
            item.mark_outdated()
            return True
        if self._is_closed or len(self._items) >= self._max_waiting:
            return False
        self._items[number] = WorkItem()
        task = asyncio.get_running_loop().create_task(self._work(number), name=f"pull-{number}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def close(self) -> None:
        """Cancels the running work."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def idle(self) -> None:
        """Returns once nothing is left to do."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self, number: int) -> None:
        item = self._items[number]
        try:
            while item.is_outdated:
                async with self._free:
                    item.begin()
                    await self._once(number, item)
        finally:
            del self._items[number]

    async def _once(self, number: int, item: WorkItem) -> None:
        try:
            await self._act(number, item)
        except Exception:
            _log.exception("pull request %d cannot be judged", number)
