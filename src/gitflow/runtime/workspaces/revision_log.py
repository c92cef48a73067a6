"""Stores which revisions of each workspace were loaded or refused, and when (a state observer).

In the same commit, the acceptances of other revisions end where another one became active.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import replace
from gitflow.runtime.workspaces.signatures import signature_warnings
from gitflow.stores.protocols.revisions import LoadedRevision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.language.sources import Revision
    from gitflow.core.problems import Problem
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.workspaces.acceptances import Acceptances
    from gitflow.runtime.workspaces.served import Candidate, ServedWorkspace
    from gitflow.stores.registry import Stores


class RevisionLog:
    def __init__(
        self, commit_queue: CommitQueue, stores: Stores, acceptances: Acceptances, now: Callable[[], float]
    ) -> None:
        """``stores``: those of the engine's thread. ``now``: the wall clock."""
        self._commit_queue = commit_queue
        self._stores = stores
        self._acceptances = acceptances
        self._now = now

    def __call__(self, before: ServedWorkspace, after: ServedWorkspace) -> None:
        is_restart = not before.is_initialized
        for loaded in _loaded(before, after, self._now()):
            self._commit_queue.submit(lambda transaction, row=loaded: self._add(transaction, row, is_restart))
        for revision in _committed(before, after):
            self._commit_queue.submit(lambda _, row=revision: self._name(after, row))

    def _name(self, after: ServedWorkspace, revision: Revision) -> None:
        self._stores.revisions.name_commit(after.name, revision, after.branch)

    def _add(self, transaction: Transaction, loaded: LoadedRevision, is_restart: bool) -> None:
        last = self._stores.revisions.last_accepted(loaded.workspace)
        self._stores.revisions.add(loaded, unless_known=is_restart)
        is_another = last is None or last.revision.id != loaded.revision.id  # and not the same one after a restart
        if loaded.is_accepted and is_another:
            self._acceptances.end_others(transaction, loaded.workspace, loaded.revision.id)


def _loaded(before: ServedWorkspace, after: ServedWorkspace, at: float) -> Iterator[LoadedRevision]:
    is_new = after.snapshot is not before.snapshot and not _is_committed(before, after)
    if after.snapshot is not None and after.revision is not None and is_new:
        yield LoadedRevision(after.name, after.revision, at, True, after.branch, _warnings(after), after.signature)
    refused = after.candidate
    if refused is not None and not _is_same(refused, before.candidate):
        loaded = LoadedRevision(after.name, refused.revision, at, False, after.branch, refused.problems)
        yield replace(loaded, signature=refused.signature, breaks_policy=refused.breaks_policy)


def _committed(before: ServedWorkspace, after: ServedWorkspace) -> Iterator[Revision]:
    """The revisions of a folder whose files were loaded, or refused, before they were committed."""
    if after.revision is not None and _is_committed(before, after):
        yield after.revision
    refused = after.candidate
    if refused is not None and refused != before.candidate and _is_same(refused, before.candidate):
        yield refused.revision


def _is_committed(before: ServedWorkspace, after: ServedWorkspace) -> bool:
    """Whether nothing but the commit of the active revision differs."""
    if before.snapshot is None or before.revision is None or after.revision is None:
        return False
    return after.revision.id == before.revision.id and after.revision != before.revision


def _is_same(refused: Candidate, before: Candidate | None) -> bool:
    """Whether nothing but the commit of the refused revision differs."""
    if before is None or refused.revision.id != before.revision.id:
        return False
    return replace(refused, revision=before.revision) == before


def _warnings(after: ServedWorkspace) -> tuple[Problem, ...]:
    assert after.snapshot
    return (*after.snapshot.warnings, *signature_warnings(after.signature))


def last_good(stores: Stores, names: list[str]) -> dict[str, LoadedRevision]:
    """The revisions that were active when a server last ran, by workspace."""
    found = {name: stores.revisions.last_accepted(name) for name in names}
    return {name: loaded for name, loaded in found.items() if loaded is not None}
