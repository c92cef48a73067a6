"""Keeps the definitions that a follower serves close to those of the active server.

A follower finds new revisions by itself, when it polls. Where the active server was faster, because of a push webhook
or a person, the store says so, and the follower looks at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.runtime.background import BackgroundLoop

if TYPE_CHECKING:
    from gitflow.runtime.workspaces.pauses import SyncPauses
    from gitflow.runtime.workspaces.served import ServedWorkspaces
    from gitflow.stores.protocols.revisions import SyncPause
    from gitflow.stores.registry import Stores

#: How often the store is asked, in seconds.
LOOK_S = 2.0


class ActiveRevisions:
    def __init__(self, served: ServedWorkspaces, pauses: SyncPauses, stores: Stores) -> None:
        """``stores``: may be used by any thread."""
        self.loop = BackgroundLoop("following", self._look, LOOK_S, at_once=False)
        self._served = served
        self._pauses = pauses
        self._stores = stores
        self._looked_for: dict[str, str] = {}  #: by workspace: the last revision for which it was refreshed

    async def _look(self) -> None:
        active, pauses = await asyncio.to_thread(self._of_active)
        self._pauses.set_all(pauses)
        for name, revision in active.items():
            now = self._served.get(name).revision
            if (now is None or now.id != revision) and self._looked_for.get(name) != revision:
                self._looked_for[name] = revision
                self._served.refresh_soon(name)

    def _of_active(self) -> tuple[dict[str, str], list[SyncPause]]:
        revisions = self._stores.revisions
        found = {name: revisions.last_accepted(name) for name in self._served.names()}
        return {name: one.revision.id for name, one in found.items() if one is not None}, revisions.pauses()
