"""Writes down what was loaded of each workspace, and when; a witness of Served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.runtime.workspaces.signatures import signature_warnings
from gitflow.stores.protocols.revisions import LoadedRevision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.problems import Problem
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.registry import Stores


class Recorder:
    def __init__(self, counter: CommitQueue, stores: Stores, now: Callable[[], float]) -> None:
        """``stores`` are those of the engine's thread, ``now`` is the wall clock."""
        self._counter = counter
        self._stores = stores
        self._now = now

    def __call__(self, before: ServedWorkspace, after: ServedWorkspace) -> None:
        is_restart = not before.is_looked_at
        for loaded in _loaded(before, after, self._now()):
            self._counter.submit(
                lambda transaction, row=loaded: self._stores.revisions.add(row, unless_known=is_restart)
            )


def _loaded(before: ServedWorkspace, after: ServedWorkspace, at: float) -> Iterator[LoadedRevision]:
    if after.snapshot is not None and after.revision is not None and after.snapshot is not before.snapshot:
        yield LoadedRevision(after.name, after.revision, at, True, after.branch, _warnings(after), after.signature)
    refused = after.candidate
    if refused is not None and refused != before.candidate:
        yield LoadedRevision(after.name, refused.revision, at, False, after.branch, refused.problems, refused.signature)


def _warnings(after: ServedWorkspace) -> tuple[Problem, ...]:
    assert after.snapshot
    return (*after.snapshot.warnings, *signature_warnings(after.signature))


def last_good(stores: Stores, names: list[str]) -> dict[str, LoadedRevision]:
    """What was in force when a server last ran, by workspace."""
    found = {name: stores.revisions.last_accepted(name) for name in names}
    return {name: loaded for name, loaded in found.items() if loaded is not None}
