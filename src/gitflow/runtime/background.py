"""What a server does in the background, again and again: one shape for all of it.

A Loop runs beside the requests, on the asyncio thread. Its tick says how long to wait, can be called for earlier
(``wake``), and may fail: the failure is logged once, with its trace, and the next try comes later each time.
"""

from __future__ import annotations

import asyncio
import logging
from random import random
from typing import TYPE_CHECKING

from gitflow.core.record import record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    #: Seconds until the next tick; None: the loop's own interval.
    Tick = Callable[[], Awaitable[float | None]]

#: How far a pause is moved by chance, either way, as a part of it: loops that began together drift apart.
JITTER = 0.1


@record
class BackOff:
    """How much longer each failure in a row makes the pause."""

    factor: float = 2.0
    most_s: float = 600.0

    def pause(self, interval_s: float, failures: int, chance: float) -> float:
        """Seconds to wait after so many failures in a row; ``chance`` is from 0 to 1. Never under the interval."""
        if not failures:
            return interval_s
        longest = max(interval_s, self.most_s)
        grown = interval_s * self.factor ** min(failures, 64)
        return max(interval_s, min(longest, grown) * jittered(chance))


def jittered(chance: float) -> float:
    """A factor around 1."""
    return 1 - JITTER + 2 * JITTER * chance


class Loop:
    """``async with loop:`` runs it; leaving the block ends it, in the middle of a tick if need be."""

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
        self._told: str | None = None
        self._woken = asyncio.Event()
        self._home: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def failures(self) -> int:
        """How many ticks in a row have failed; 0 while all is well."""
        return self._failures

    async def start(self) -> None:
        self._home = asyncio.get_running_loop()
        self._task = self._home.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Returns once it has ended; may be called twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def wake(self) -> None:
        """The next tick comes now; from any thread. While a tick runs, another follows it."""
        if self._home is not None and not self._home.is_closed():
            self._home.call_soon_threadsafe(self._woken.set)

    async def __aenter__(self) -> Loop:
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
        """Seconds until the next tick."""
        try:
            wanted = await self._tick()
        except Exception as error:
            self._failures += 1
            self._tell(error)
            return self._back_off.pause(self._interval_s, self._failures, self._chance())
        self._failures, self._told = 0, None
        return self._interval_s if wanted is None else wanted

    def _tell(self, error: Exception) -> None:
        """Once, and not again until it has gone or become another."""
        said = f"{type(error).__name__}: {error}"
        if said != self._told:
            self._told = said
            self._log.error("%s failed, and goes on", self.name, exc_info=error)
