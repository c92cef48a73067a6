"""Owners of jobs in a database that several machines reach: only the active server is alive; all others count as
dead."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.stores.owners import RUN, Owner, Owners

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from gitflow.stores.protocols.jobs import JobStore


class ActiveOwner(Owner):
    """Alive as long as its server is the active one. No lock file is needed."""

    def __init__(self, id: str) -> None:
        self.id = id

    def close(self) -> None:
        pass


class ActiveOwners(Owners):
    def __init__(self, state_dir: str, jobs: JobStore) -> None:
        super().__init__(state_dir)
        self._jobs = jobs
        self._settling: set[str] = set()

    def claim(self, kind: str = RUN) -> Owner:
        return ActiveOwner(f"{kind}-{os.urandom(8).hex()}")

    def take_dead(self, ids: Iterable[str]) -> list[str]:
        """All of these owners that are not settled yet. Raises NotActive if this server was replaced: then the others
        may be alive."""
        wanted = [id for id in ids if id not in self._settling]
        if wanted:
            self._jobs.renew()
        self._settling.update(wanted)
        return wanted

    def settled(self, id: str) -> None:
        self._settling.discard(id)

    def clear(self, with_jobs: Callable[[], Collection[str]]) -> list[str]:
        """Nothing to do: there are no files."""
        return []

    def alive(self) -> list[tuple[str, int]]:
        """Raises StoreError."""
        active = self._jobs.active_server()
        return [(active.owner_id, 0)] if active is not None and active.owner_id is not None else []

    def close(self) -> None:
        self._settling.clear()
