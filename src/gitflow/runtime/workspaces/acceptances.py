"""Revisions that an administrator accepted although they break the policy: in the store, and a copy in memory.

An acceptance counts until it expires, is withdrawn, or another revision of the workspace becomes active. It decides
whether a revision may become active; its end takes none away that is (decision 101).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict
from gitflow.core.record import Record, replace
from gitflow.stores.protocols.revisions import Acceptance

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.registry import Stores

#: An abbreviated revision has at least so many characters.
MIN_ABBREVIATED = 7

#: Who ends an acceptance when another revision becomes active.
ENGINE = "engine"


class Decision(Record):
    """What an administrator decides about a revision."""

    revision: str  #: whole or abbreviated
    actor: str
    reason: str
    lasts_s: float | None = None  #: how long an acceptance counts at most


class Acceptances:
    """``get`` is called from any thread, the others by the engine's thread, inside a transaction."""

    def __init__(self, stores: Stores, now: Callable[[], float]) -> None:
        """``stores``: those of the engine's thread; construct this before that thread starts. ``now``: wall clock."""
        self._stores = stores
        self._now = now
        self._known = {(each.workspace, each.revision): each for each in stores.revisions.acceptances()}

    def get(self, workspace: str, revision: str) -> Acceptance | None:
        """The acceptance of a revision, if it counts now."""
        found = self._known.get((workspace, revision))
        return found if found is not None and found.counts(self._now()) else None

    def of_active(self, one: ServedWorkspace) -> Acceptance | None:
        """The one because of which the active revision is active, also if it was withdrawn or has expired since."""
        found = self._known.get((one.name, one.revision.id)) if one.revision is not None else None
        return found if found is not None and not found.is_superseded else None

    def accept(self, transaction: Transaction, one: ServedWorkspace, decision: Decision) -> Acceptance:
        """Raises Conflict unless the revision is refused now, and for its policy alone."""
        found, now = _refused(one, decision.revision), self._now()
        for known in self._counting(one.name):
            if known.revision == found:
                raise Conflict(f"revision {found} is accepted already, by {known.actor}: {known.reason}")
        expires_at = None if decision.lasts_s is None else now + decision.lasts_s
        return self._put(transaction, Acceptance(one.name, found, now, decision.actor, decision.reason, expires_at))

    def withdraw(self, transaction: Transaction, workspace: str, decision: Decision) -> Acceptance:
        """Raises Conflict unless there is one that counts."""
        counting = self._counting(workspace)
        found = [each for each in counting if _is_meant(decision.revision, each.revision)]
        if len(found) != 1:
            others = ", ".join(each.revision for each in counting) or "none"
            raise Conflict(
                f"workspace {workspace!r} has no acceptance of revision {decision.revision!r} that counts; "
                f"accepted are: {others}"
            )
        ended = replace(found[0], ended_at=self._now(), ended_by=decision.actor, ended_reason=decision.reason)
        return self._put(transaction, ended)

    def end_others(self, transaction: Transaction, workspace: str, active: str) -> None:
        """Another revision has become active: what was accepted before it would have to be accepted again."""
        for each in self._counting(workspace):
            if each.revision != active:
                self._put(transaction, replace(each, ended_at=self._now(), ended_by=ENGINE))

    def _counting(self, workspace: str) -> list[Acceptance]:
        now = self._now()
        return [each for each in self._stores.revisions.acceptances(workspace) if each.counts(now)]

    def _put(self, transaction: Transaction, acceptance: Acceptance) -> Acceptance:
        self._stores.revisions.put_acceptance(acceptance)
        transaction.awaited.append(partial(self._remember, acceptance))
        return acceptance

    def _remember(self, acceptance: Acceptance) -> None:
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
