"""Keeps the workspaces of a server up to date: loads and watches them, logs their revisions, and cleans up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gitflow.runtime.background import BackgroundLoop
from gitflow.runtime.workspaces.acceptances import Acceptances
from gitflow.runtime.workspaces.cleanup import CLEANUP_S, Cleanup
from gitflow.runtime.workspaces.following import ActiveRevisions
from gitflow.runtime.workspaces.pauses import SyncPauses
from gitflow.runtime.workspaces.refresh import WorkspaceRefresher
from gitflow.runtime.workspaces.revision_log import RevisionLog, last_good
from gitflow.runtime.workspaces.served import ServedWorkspaces
from gitflow.runtime.workspaces.watcher import WorkspaceWatcher

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.workspaces.signatures import Signatures
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.checkouts import Checkouts


class WorkspaceService:
    """``stores``: those of the engine's thread; construct this before that thread starts. ``now``: wall clock."""

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
        self.acceptances = Acceptances(stores, now)
        refresher = WorkspaceRefresher(
            snapshots, checkouts, now, known.get, signatures.check, self.pauses.get, self.acceptances.get
        )
        self.served = ServedWorkspaces(workspaces, refresher)
        self._stores = stores
        self._now = now
        self._cleanup = Cleanup(self.served, snapshots, checkouts)

    @asynccontextmanager
    async def following(self, poll_s: Mapping[str, float]) -> AsyncGenerator[WorkspaceWatcher]:
        """Loads and watches them to serve their definitions, and records nothing: another server is active."""
        self.served.start()
        following = ActiveRevisions(self.served, self.pauses, self._stores)
        async with WorkspaceWatcher(self.served, poll_s) as watcher, following.loop:
            yield watcher

    @asynccontextmanager
    async def running(self, commit_queue: CommitQueue, poll_s: Mapping[str, float]) -> AsyncGenerator[WorkspaceWatcher]:
        """Starts the first refresh of each workspace, and waits for none. ``poll_s``: see WorkspaceWatcher."""
        revision_log = RevisionLog(commit_queue, self._stores, self.acceptances, self._now)
        self.served.state_observers.append(revision_log)

        async def cleanup() -> None:
            of_jobs = await asyncio.wrap_future(
                commit_queue.submit(lambda transaction: self._stores.revisions.of_jobs())
            )
            await asyncio.to_thread(self._cleanup, of_jobs, self._now())

        self.served.start()
        async with (
            WorkspaceWatcher(self.served, poll_s) as watcher,
            BackgroundLoop("cleanup", cleanup, CLEANUP_S, at_once=False),
        ):
            yield watcher
        self.served.state_observers.remove(revision_log)
