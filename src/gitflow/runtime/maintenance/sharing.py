"""Looks after the files that servers share: what no row names goes, and copies that nobody asked for lately.

Unlike the janitor's chores it takes as long as the network does, so in a server it has a thread and a connection of its
own. ``gitflow gc`` does the same, also beside a server: marks on this machine keep what either is about to name.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.runtime.background import BackgroundLoop
from gitflow.runtime.maintenance.janitor import Removed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Protocol

    from gitflow.stores.protocols.blobs import Blob
    from gitflow.stores.registry import Stores

    Name = tuple[str, str]  #: workspace and revision

    class SweptRevisions(Protocol):
        def sweep(self, live: Collection[Name], now: float, /) -> tuple[int, int]: ...
        def unneeded(self, live: Collection[Name], now: float, /) -> Iterator[Blob]: ...


SWEEP_S = 3600.0


class SharedParts(Record):
    """What a sweep looks after."""

    open_stores: Callable[[], Stores]  #: for the calling thread
    revisions: SweptRevisions
    served: Callable[[], set[Name]]  #: the revisions that stay besides those of jobs


def sweep_shared(parts: SharedParts, now: float) -> list[Removed]:
    """``now``: wall clock. Raises StoreError and OSError."""
    with parts.open_stores() as stores:
        shared = stores.artifacts.shared
        if shared is None:
            return []
        copies = Removed("copies of shared files", *shared.release_copies(now))
        shared.blobs.remove_partial(now)
        if not shared.may_sweep(now):
            return [copies]
        return [
            Removed("shared files", *shared.sweep(stores.artifact_names.names_digest, now)),
            Removed("shared revisions", *parts.revisions.sweep(stores.revisions.of_jobs() | parts.served(), now)),
            copies,
        ]


def count_shared(parts: SharedParts, now: float) -> list[Removed]:
    """What a sweep would remove from what servers share, without removing it. Raises StoreError and OSError."""
    with parts.open_stores() as stores:
        shared = stores.artifacts.shared
        if shared is None or not shared.may_sweep(now):
            return []
        found = {
            "shared files": shared.unnamed(stores.artifact_names.names_digest, now),
            "shared revisions": parts.revisions.unneeded(stores.revisions.of_jobs() | parts.served(), now),
        }
        sizes = {what: [blob.size for blob in blobs] for what, blobs in found.items()}
        return [Removed(what, len(listed), sum(listed)) for what, listed in sizes.items()]


def sharing_loop(parts: SharedParts, now: Callable[[], float], interval_s: float = SWEEP_S) -> BackgroundLoop:
    async def sweep() -> None:
        await asyncio.to_thread(sweep_shared, parts, now())

    return BackgroundLoop("shared files", sweep, interval_s, at_once=False)
