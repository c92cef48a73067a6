"""Repeats a request to a code host that does not answer: after growing pauses, and never earlier than it allows."""

from __future__ import annotations

import logging
from random import random
from typing import TYPE_CHECKING, TypeVar

from gitflow.code_hosts.base import Unavailable
from gitflow.core.record import Record
from gitflow.runtime.background import BackOff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gitflow.runtime.pulls.queue import WorkItem

T = TypeVar("T")

_log = logging.getLogger("gitflow.pulls")


class Outdated(Exception):
    """A newer request has replaced this one."""


class RetryPolicy(Record):
    """With the default values, the last try comes after about an hour and a half."""

    first_s: float = 1.0
    back_off: BackOff = BackOff(max_s=300.0)
    tries: int = 24
    jitter: Callable[[], float] = random

    def pause_s(self, failures: int) -> float:
        """Seconds to wait after a failure that followed this number of other failures."""
        return self.back_off.pause(self.first_s, failures, self.jitter())

    async def run(self, item: WorkItem, act: Callable[[], Awaitable[T]]) -> T:
        """Raises Outdated instead of waiting once a newer request exists, and Unavailable after the last try."""
        for failures in range(self.tries):
            try:
                return await act()
            except Unavailable as error:
                pause_s = max(error.retry_after_s or 0.0, self.pause_s(failures))
                _log.warning("%s; asking again in %.0f s", error, pause_s)
            await item.wait(pause_s)
            if item.is_outdated:
                raise Outdated
        return await act()
