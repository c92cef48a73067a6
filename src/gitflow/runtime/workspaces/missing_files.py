"""Brings the files of revisions that open jobs need to a server that does not have them: one that may take over.

They come from its repository, or from what the servers share (revision_files.py).
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.language.sources import Revision
from gitflow.runtime.background import BackgroundLoop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.checkouts import Checkouts

#: How often a follower looks, and how long a server that becomes active waits for what is missing, in seconds.
LOOK_S, AT_ONCE_S = 5.0, 3.0

_log = logging.getLogger("gitflow.workspaces")


class MissingFiles:
    def __init__(self, stores: Stores, checkouts: Checkouts, workspaces: Iterable[Workspace]) -> None:
        """``stores``: may be used by any thread."""
        self._stores = stores
        self._checkouts = checkouts
        self._workspaces = {workspace.identity: workspace for workspace in workspaces}

    def loop(self) -> BackgroundLoop:
        return BackgroundLoop("files of open jobs", self._tick, LOOK_S)

    async def bring_at_once(self) -> None:
        """Waits a moment, and no longer: a place that is away must not take the time of the lease."""
        names = self._stores.revisions.of_open_jobs()
        await asyncio.wait([asyncio.ensure_future(asyncio.to_thread(self._bring, names))], timeout=AT_ONCE_S)

    async def _tick(self) -> None:
        await asyncio.to_thread(lambda: self._bring(self._stores.revisions.of_open_jobs()))

    def _bring(self, names: Iterable[tuple[str, str]]) -> None:
        for identity, revision in names:
            workspace = self._workspaces.get(identity)
            if workspace is None or os.path.isdir(self._checkouts.at(identity, revision).path):
                continue
            try:
                self._checkouts.ensure(workspace, Revision(revision))
            except WorkspaceError as error:
                _log.warning("the files of %s at %s, which open jobs need, are missing: %s", identity, revision, error)
