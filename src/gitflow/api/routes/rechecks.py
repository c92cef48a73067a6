"""Checks again, while a stream lasts, who its client is and whether it may still use the route.

One task checks for all streams, and only while there are some: at once after a commit to the store, where accounts and
keys are kept, and otherwise now and then, as credentials also expire. Of several streams with one credential it is
read once.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitflow.api.auth.access import may_stream
from gitflow.api.auth.credentials import Credentials, credential_of
from gitflow.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from gitflow.api.http.context import Context
    from gitflow.api.http.request import Request
    from gitflow.core.identity import Identity

#: How often the store is asked for changes, and how long a check holds without any, in seconds.
RECHECK_S, HOLDS_S = 1.0, 10.0

_log = logging.getLogger("gitflow.http")


class Watched:
    """One stream. Its request's identity is always the latest."""

    def __init__(self, request: Request, on_change: Callable[[], None]) -> None:
        self.request = request
        self.on_change = on_change
        self.is_refused = False

    def update(self, who: Identity | None) -> None:
        if who is None or not may_stream(self.request.context.config, who):
            self.is_refused = True
            self.on_change()
        elif who != self.request.identity:
            self.request.identity = who


class Rechecks:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._credentials = context.part(Credentials)
        self._watched: set[Watched] = set()
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def watch(self, request: Request, on_change: Callable[[], None]) -> Generator[Watched]:
        """``on_change`` is called once the client is refused."""
        watched = Watched(request, on_change)
        if not self._context.access.is_open:
            self._watched.add(watched)
            if self._task is None:
                self._task = asyncio.create_task(self._check_while_watched())
        try:
            yield watched
        finally:
            self._watched.discard(watched)

    async def _check_while_watched(self) -> None:
        reader, loop = self._context.reader, asyncio.get_running_loop()
        version, checked_at = -1, 0.0
        try:
            while self._watched:
                await asyncio.sleep(RECHECK_S)
                try:
                    found = reader.version()
                    if found != version or loop.time() - checked_at >= HOLDS_S:
                        await self._check()
                        version, checked_at = found, loop.time()
                except StoreError as error:
                    _log.warning("clients that follow events are not checked: %s", error)
                except Exception:  # a bug of gitflow: the check is made again, and goes on for all streams
                    _log.exception("clients that follow events are not checked because of an internal error")
        finally:
            self._task = None

    async def _check(self) -> None:
        by_credential: dict[str | None, list[Watched]] = {}
        for watched in self._watched:
            by_credential.setdefault(credential_of(watched.request.http_request), []).append(watched)
        for same in by_credential.values():
            who = await self._credentials.authenticate_again(same[0].request.http_request)
            for watched in same:
                watched.update(who)
