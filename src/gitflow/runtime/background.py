"""The loop of every background task of a server.

A BackgroundLoop runs on the asyncio thread. Its tick returns how long to wait; ``wake`` starts the next tick at once. A
failure is logged once, with its traceback, and the pause grows with each failure in a row.
"""

from __future__ import annotations

import asyncio
import logging
from random import random
from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    #: Seconds until the next tick; None: the loop's own interval.
    Tick = Callable[[], Awaitable[float | None]]

#: How much jitter lengthens or shortens a pause, as a fraction: loops that started together drift apart.
JITTER = 0.1


class BackOff(Record):
    """How the pause grows with each failure in a row."""

    factor: float = 2.0
    max_s: float = 600.0

    def pause(self, interval_s: float, failures: int, chance: float) -> float:
        """Seconds to wait after ``failures`` in a row; at least the interval. ``chance``: random, 0 to 1."""
        if not failures:
            return interval_s
        longest = max(interval_s, self.max_s)
        grown = interval_s * self.factor ** min(failures, 64)
        return max(interval_s, min(longest, grown) * jittered(chance))


def jittered(chance: float) -> float:
    """A factor around 1; ``chance``: random, from 0 to 1."""
    return 1 - JITTER + 2 * JITTER * chance


class BackgroundLoop:
    """``async with loop:`` runs it; leaving the block cancels it, even in the middle of a tick."""

    def __init__(
        self,
        name: str,
        tick: Tick,
        interval_s: float,
        *,
        back_off: BackOff = BackOff(),  # noqa: B008, it never changes
        at_once: bool = True,
        chance: Callable[[], float] = random,
    ) -> None:
        """``at_once``: the first tick does not wait for the interval."""
        self.name = name
        self._tick = tick
        self._interval_s = interval_s
        self._back_off = back_off
        self._at_once = at_once
        self._chance = chance
        self._log = logging.getLogger(f"gitflow.{name}")
        self._failures = 0
        self._logged: str | None = None
        self._woken = asyncio.Event()
        self._home: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def failures(self) -> int:
        """How many ticks in a row have failed."""
        return self._failures

    async def start(self) -> None:
        self._home = asyncio.get_running_loop()
        self._task = self._home.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Cancels the loop and waits for its end. Repeating it changes nothing."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def wake(self) -> None:
        """Starts the next tick at once, or right after a tick that runs. Callable from any thread."""
        if self._home is not None and not self._home.is_closed():
            self._home.call_soon_threadsafe(self._woken.set)

    async def __aenter__(self) -> BackgroundLoop:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def _run(self) -> None:
        pause_s = 0.0 if self._at_once else self._interval_s
        while True:
            await self._rest(pause_s)
            pause_s = await self._once()

    async def _rest(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()

    async def _once(self) -> float:
        """Runs a tick; returns the seconds until the next."""
        try:
            wanted = await self._tick()
        except Exception as error:
            self._failures += 1
            self._log_failure(error)
            return self._back_off.pause(self._interval_s, self._failures, self._chance())
        self._failures, self._logged = 0, None
        return self._interval_s if wanted is None else wanted

    def _log_failure(self, error: Exception) -> None:
        """Logs an error once in a row of equal ones."""
        message = f"{type(error).__name__}: {error}"
        if message != self._logged:
            self._logged = message
            self._log.error("background task %s failed; it will be tried again", self.name, exc_info=error)
