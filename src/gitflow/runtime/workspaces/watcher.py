"""Watches workspaces for changes: folders by file events, git repositories by polling.

Both only start a refresh (``ServedWorkspaces.request_refresh``): an extra event costs little, and the
next refresh makes up for a lost one. The refresh operation and the push webhook start one, too.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from random import random
from threading import Event, Thread
from typing import TYPE_CHECKING

from gitflow.runtime.background import BackgroundLoop, BackOff, jittered
from gitflow.workspaces.file_events import FolderEvents
from gitflow.workspaces.folder import FolderWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.runtime.workspaces.served import ServedWorkspaces

#: Seconds between two polls of a git workspace.
POLL_S = 60.0
#: A remote that cannot be reached is polled less and less often, but at least this often.
BACK_OFF = BackOff(max_s=600.0)


class WorkspaceWatcher:
    """``async with watcher:`` watches all workspaces. ``ServedWorkspaces.start`` does the first refresh of each."""

    def __init__(
        self, served: ServedWorkspaces, poll_s: Mapping[str, float] | None = None, chance: Callable[[], float] = random
    ) -> None:
        """``poll_s``: seconds between two polls of a git workspace, by name."""
        self._served = served
        self._poll_s = poll_s or {}
        self._chance = chance
        self._failures: dict[str, int] = {}
        self._stop = Event()
        self._stack = AsyncExitStack()
        self._threads: list[Thread] = []

    async def refresh(self, name: str) -> bool:
        """Refreshes now, and returns whether another revision became active. Raises NotFound."""
        return await asyncio.wrap_future(self._served.request_refresh(name))

    async def __aenter__(self) -> WorkspaceWatcher:
        for one in self._served.all():
            if isinstance(one.workspace, FolderWorkspace):
                self._start_watching(one.name, one.workspace.path)
            else:
                pause_s = self._poll_s.get(one.name, POLL_S)
                await self._stack.enter_async_context(
                    BackgroundLoop(f"poll.{one.name}", partial(self._poll, one.name, pause_s), pause_s, at_once=False)
                )
        return self

    async def __aexit__(self, *error: object) -> None:
        self._stop.set()
        await self._stack.aclose()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    async def _poll(self, name: str, pause_s: float) -> float:
        """Returns the seconds until the next poll."""
        await self.refresh(name)
        failed = self._served.get(name).error is not None
        failures = self._failures[name] = self._failures.get(name, 0) + 1 if failed else 0
        return BACK_OFF.pause(pause_s, failures, self._chance()) if failed else pause_s * jittered(self._chance())

    def _start_watching(self, name: str, folder: str) -> None:
        thread = Thread(target=self._watch_folder, args=(name, folder), name=f"watch-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch_folder(self, name: str, folder: str) -> None:
        for _ in FolderEvents(folder, self._stop):
            self._served.refresh_soon(name)
