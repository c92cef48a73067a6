"""All that a server does to keep its workspaces up to date: looks, watches, writes down what it loaded, and tidies."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gitflow.runtime.background import Loop
from gitflow.runtime.workspaces.cleanup import TIDY_S, Tidy
from gitflow.runtime.workspaces.pauses import SyncPauses
from gitflow.runtime.workspaces.refresh import Looks
from gitflow.runtime.workspaces.revision_log import Recorder, last_good
from gitflow.runtime.workspaces.served import Served
from gitflow.runtime.workspaces.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.workspaces.signatures import Signatures
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.checkouts import Checkouts


class Watching:
    """``stores`` are those of the engine's thread; make this before that thread starts. ``now``: wall clock."""

    def __init__(
        self,
        workspaces: Mapping[str, Workspace],
        stores: Stores,
        snapshots: Snapshots,
        checkouts: Checkouts,
        now: Callable[[], float],
        signatures: Signatures,
    ) -> None:
        known = last_good(stores, list(workspaces))
        self.pauses = SyncPauses(stores, now)
        self.served = Served(workspaces, Looks(snapshots, checkouts, now, known.get, signatures.check, self.pauses.get))
        self._stores = stores
        self._now = now
        self._tidy = Tidy(self.served, snapshots, checkouts)

    @asynccontextmanager
    async def running(self, counter: CommitQueue, poll_s: Mapping[str, float]) -> AsyncGenerator[Watcher]:
        """Begins with the first look at each workspace, and waits for none. ``poll_s``: see Watcher."""
        recorder = Recorder(counter, self._stores, self._now)
        self.served.witnesses.append(recorder)

        async def tidy() -> None:
            of_jobs = await asyncio.wrap_future(counter.submit(lambda transaction: self._stores.revisions.of_jobs()))
            await asyncio.to_thread(self._tidy, of_jobs, self._now())

        self.served.start()
        async with Watcher(self.served, poll_s) as watcher, Loop("tidy", tidy, TIDY_S, at_once=False):
            yield watcher
        self.served.witnesses.remove(recorder)
