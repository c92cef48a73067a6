"""Revisions that an administrator accepted although they break the policy: in the store, and a copy in memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict
from gitflow.stores.protocols.revisions import Acceptance

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.registry import Stores

#: An abbreviated revision has at least so many characters.
MIN_ABBREVIATED = 7


class Acceptances:
    """``accept`` is called by the engine's thread, inside a transaction; ``get`` from any thread."""

    def __init__(self, stores: Stores, now: Callable[[], float]) -> None:
        """``stores``: those of the engine's thread; construct this before that thread starts. ``now``: wall clock."""
        self._stores = stores
        self._now = now
        self._known = {(each.workspace, each.revision): each for each in stores.revisions.acceptances()}

    def get(self, workspace: str, revision: str) -> Acceptance | None:
        return self._known.get((workspace, revision))

    def accept(self, transaction: Transaction, one: ServedWorkspace, revision: str, actor: str, reason: str) -> str:
        """The whole name of the revision. Raises Conflict unless it is refused now, and for its policy alone."""
        found = _refused(one, revision)
        for known in self._stores.revisions.acceptances(one.name):
            if known.revision == found:
                raise Conflict(f"revision {found} is accepted already, by {known.actor}: {known.reason}")
        acceptance = Acceptance(one.name, found, self._now(), actor, reason)
        self._stores.revisions.put_acceptance(acceptance)
        transaction.awaited.append(partial(self._add, acceptance))
        return found

    def _add(self, acceptance: Acceptance) -> None:
        key = acceptance.workspace, acceptance.revision
        self._known = {**self._known, key: acceptance}  # replaced whole, for other threads


def _refused(one: ServedWorkspace, revision: str) -> str:
    candidate = one.candidate
    if candidate is None or not _is_meant(revision, candidate.revision.id):
        now = f"; {candidate.revision.id} is" if candidate is not None else ""
        raise Conflict(f"workspace {one.name!r} does not refuse revision {revision!r} now{now}")
    found = candidate.revision.id
    if candidate.signature is not None:
        raise Conflict(f"revision {found} has no valid signature, and nobody can accept that: sign it")
    if not candidate.breaks_policy:
        raise Conflict(f"revision {found} has errors, so that it cannot be served: mend them")
    return found


def _is_meant(wanted: str, revision: str) -> bool:
    return wanted == revision or (len(wanted) >= MIN_ABBREVIATED and revision.startswith(wanted))
