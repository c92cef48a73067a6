"""On a server that follows: passes on to subscribers that the active server has changed their jobs.

As long as nothing is heard, subscribers ask the store themselves, several times a second.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import StoreError
from gitflow.runtime.background import BackgroundLoop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from gitflow.runtime.engine.notifications import Notifications

    #: Calls its first argument once it listens, and its second with the ids of jobs that were changed; None: perhaps
    #: any. Raises StoreError when it hears nothing more.
    Listen = Callable[[Callable[[], None], Callable[[Collection[str] | None], None]], Awaitable[None]]

#: The pause before it is tried again to listen, in seconds.
PAUSE_S = 0.5


class JobNews:
    """``async with news.loop:`` listens."""

    def __init__(self, notifications: Notifications, listen: Listen) -> None:
        self.loop = BackgroundLoop("news", self._hear, PAUSE_S)
        self._notifications = notifications
        self._listen = listen

    async def _hear(self) -> None:
        try:
            start = partial(self._notifications.set_hearing, hears_others=True)
            await self._listen(start, self._notifications.on_others)
        except StoreError:
            pass  # the server itself says that the database is away
        finally:
            self._notifications.set_hearing(hears_others=False)
