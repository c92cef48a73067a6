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


class Turn:
    """The work on one number; outdated once the number is requested again."""

    def __init__(self) -> None:
        self._newer = asyncio.Event()
        self._newer.set()  # nothing was done yet

    @property
    def is_outdated(self) -> bool:
        return self._newer.is_set()

    def begin(self) -> None:
        self._newer.clear()

    def ask_again(self) -> None:
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
        self, act: Callable[[int, Turn], Awaitable[None]], at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING
    ) -> None:
        self._act = act
        self._free = asyncio.Semaphore(at_once)
        self._max_waiting = max_waiting
        self._turns: dict[int, Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def ask(self, number: int) -> bool:
        """Whether the number was accepted; False if too many are waiting."""
        turn = self._turns.get(number)
        if turn is not None:
            turn.ask_again()
            return True
        if self._is_closed or len(self._turns) >= self._max_waiting:
            return False
        self._turns[number] = Turn()
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
        turn = self._turns[number]
        try:
            while turn.is_outdated:
                async with self._free:
                    turn.begin()
                    await self._once(number, turn)
        finally:
            del self._turns[number]

    async def _once(self, number: int, turn: Turn) -> None:
        try:
            await self._act(number, turn)
        except Exception:
            _log.exception("pull request %d cannot be judged", number)
