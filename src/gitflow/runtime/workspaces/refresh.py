"""Refreshes a workspace: finds its newest revision, and loads it if its definitions are valid.

The active revision stays whatever goes wrong: an unreachable remote, a deleted branch, a damaged mirror, definitions
with errors. After a restart the revision that was active before is served again if the newest is refused.
"""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from gitflow.core.errors import RevisionRefused, WorkspaceError
from gitflow.core.problems import NOWHERE, Problem
from gitflow.core.record import replace
from gitflow.core.signatures import Verdict
from gitflow.runtime.workspaces.distance import measure_distance
from gitflow.runtime.workspaces.enforcement import Loaded, PolicyRefused, policy_of, refuse_violations
from gitflow.runtime.workspaces.served import Candidate, RevisionChange
from gitflow.runtime.workspaces.signatures import SignatureRefused, signature_warnings
from gitflow.workspaces.base import FolderChanged
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.language.sources import Revision
    from gitflow.core.signatures import Signature
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.stores.protocols.revisions import Acceptance, LoadedRevision, SyncPause
    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.checkouts import Checkouts

    LastGood = Callable[[str], LoadedRevision | None]
    Paused = Callable[[str], SyncPause | None]
    #: See Acceptances.get.
    Accepted = Callable[[str, str], Acceptance | None]
    #: See Signatures.check.
    Check = Callable[[Workspace, Revision, str | None], Signature | None]

#: How often a folder that changes while it is read is read again, before the next file event does it.
TRIES = 5

_log = logging.getLogger("gitflow.workspaces")


def _no_revision(name: str) -> None:
    return None


def _no_acceptance(name: str, revision: str) -> None:
    return None


def _unchecked(workspace: Workspace, revision: Revision, named: str | None) -> None:
    return None


class WorkspaceRefresher:
    """``last_good``: the revision of a workspace that was active when a server last ran."""

    def __init__(
        self,
        snapshots: Snapshots,
        checkouts: Checkouts,
        now: Callable[[], float],
        last_good: LastGood = _no_revision,
        check: Check = _unchecked,
        paused: Paused = _no_revision,
        accepted: Accepted = _no_acceptance,
    ) -> None:
        """``now`` is the wall clock."""
        self._check = check
        self._paused = paused
        self._accepted = accepted
        self._snapshots = snapshots
        self._checkouts = checkouts
        self._now = now
        self._last_good = last_good
        self._loading: dict[str, Lock] = {}  #: by workspace: each load builds on the one before

    def check(self, workspace: Workspace, revision: Revision, named: str | None) -> Signature | None:
        """See Signatures.check."""
        return self._check(workspace, revision, named)

    def refresh(self, before: ServedWorkspace) -> ServedWorkspace:
        try:
            before = self._recheck_active(before)
            after = replace(self._follow(before), error=None)
        except WorkspaceError as error:
            return self.without_remote(before, str(error))
        return self._complete(before, after)

    def without_remote(self, before: ServedWorkspace, why: str) -> ServedWorkspace:
        return self._complete(before, replace(self._load_local(before), error=why))

    def _complete(self, before: ServedWorkspace, after: ServedWorkspace) -> ServedWorkspace:
        after = after if after.snapshot is not None else self._with_last_good(after)
        since = None if after.error is None else before.unreachable_since or self._now()
        pause, branch = self._paused(before.name), before.workspace.branch()
        after = replace(after, is_initialized=True, branch=branch, unreachable_since=since, pause=pause)
        if after.revision is None or after.remote is None:
            return replace(after, distance=None)
        return replace(after, distance=measure_distance(after.workspace, after.revision, after.remote, before.distance))

    def describe_change(self, before: ServedWorkspace, after: ServedWorkspace) -> RevisionChange:
        """Describes the change, and copies the files of the revision, so that jobs of it can start at any time."""
        assert after.revision
        known = self._last_good(after.name)
        last = before.revision or (known and known.revision)
        self._copy(after.workspace, after.revision)
        return RevisionChange(after.name, last and last.id, after, changed_paths(after.workspace, last, after.revision))

    def _copy(self, workspace: Workspace, revision: Revision) -> None:
        """Repairs the mirror if copying shows that it is damaged. A failed copy is tried again for each job."""
        try:
            try:
                self._checkouts.ensure(workspace, revision)
            except WorkspaceError:
                if not workspace.repair():
                    raise
                self._checkouts.ensure(workspace, revision)
        except WorkspaceError as error:
            _log.warning("the files of workspace %s are not copied yet: %s", workspace.identity, error)

    def _follow(self, before: ServedWorkspace) -> ServedWorkspace:
        """Raises WorkspaceError if the workspace cannot be reached or read."""
        for _ in range(TRIES - 1):
            try:
                return self._load_if_new(before, before.workspace.follow(_newest_known(before)))
            except FolderChanged:
                continue
        return self._load_if_new(before, before.workspace.follow(_newest_known(before)))

    def _load_if_new(self, before: ServedWorkspace, found: Revision, *, is_repaired: bool = False) -> ServedWorkspace:
        before = replace(before, remote=found)
        if before.revision is not None and found.id == before.revision.id:
            return self._with_commit(replace(before, candidate=None), found)
        if self._paused(before.name) is not None:
            return before
        if before.candidate is not None and self._is_refused_for_good(before, found):
            return replace(before, candidate=replace(before.candidate, revision=found))
        signature: Signature | None = None
        breaks_policy = False
        try:
            return self._activate(before, found, _ref_of(before.workspace))
        except RevisionRefused as refused:
            problems = refused.problems
            signature, breaks_policy = _signature_of(refused), isinstance(refused, PolicyRefused)
        except FolderChanged:
            raise
        except WorkspaceError as error:
            if not is_repaired and before.workspace.repair():
                return self._load_if_new(before, found, is_repaired=True)
            problems = (Problem.at(NOWHERE, "unreadable", str(error)),)
        return _refuse(before, Candidate(found, problems, signature, breaks_policy))

    def _with_commit(self, before: ServedWorkspace, found: Revision) -> ServedWorkspace:
        """The active revision again: the files of a folder are the same, but they may have been committed since."""
        after = replace(before, revision=found)
        is_same = before.revision == found or before.snapshot is None
        return after if is_same else replace(after, snapshot=self._snapshots.load(after.workspace, found))

    def _is_refused_for_good(self, before: ServedWorkspace, found: Revision) -> bool:
        """The errors of a revision stay; a signature may become valid once its signer is allowed, and what breaks the
        policy may be accepted."""
        known = before.candidate
        if known is None or known.signature is not None or known.revision.id != found.id:
            return False
        return not known.breaks_policy or self._accepted(before.name, found.id) is None

    def _recheck_active(self, before: ServedWorkspace) -> ServedWorkspace:
        """Deactivates the active revision if its signature is no longer valid: the files of signers may have changed.
        Raises WorkspaceError if the signature cannot be checked."""
        if before.revision is None:
            return before
        try:
            return replace(before, signature=self.check(before.workspace, before.revision, _name_to_check(before)))
        except SignatureRefused as refused:
            if refused.signature.verdict is Verdict.UNKNOWN:
                raise WorkspaceError(str(refused)) from refused
            withdrawn = replace(before, snapshot=None, revision=None, loaded_at=None, signature=None)
            return _refuse(withdrawn, Candidate(before.revision, refused.problems, refused.signature))

    def _activate(self, before: ServedWorkspace, found: Revision, named: str | None) -> ServedWorkspace:
        signature = self.check(before.workspace, found, named)
        for warning in signature_warnings(signature):
            _log.warning("workspace %s: %s has %s", before.name, found.id, warning.message)
        with self._loading.setdefault(before.name, Lock()):  # a slow first refresh may load at the same time
            self._snapshots.reuse_parts(before.workspace.identity)
            new = self._judged(before, found)
            self._snapshots.serve(before.workspace, found)
        before.workspace.keep(found)
        at = self._now()
        after = replace(before, revision=found, candidate=None, loaded_at=at, signature=signature)
        return replace(after, snapshot=new.snapshot, policy=new.policy)

    def _judged(self, before: ServedWorkspace, found: Revision) -> Loaded:
        """The new revision with its definitions and policy. Raises RevisionRefused.

        A revision that was active before is not judged again: an exception of the policy that has ended must not
        stop it. A revision that an administrator accepted may break the policy.
        """
        workspace = before.workspace
        new = Loaded(found, self._snapshots.load(workspace, found), policy_of(workspace, found))
        known = self._last_good(before.name) if before.revision is None else None
        last = before.revision or (known and known.revision)
        if last is None or last.id != found.id:
            self._enforce(before, self._judging(before, last), new)
        return new

    def _enforce(self, before: ServedWorkspace, active: Loaded | None, new: Loaded) -> None:
        """Raises PolicyRefused, unless an administrator has accepted the revision."""
        try:
            refuse_violations(before.workspace, active, new, self._now())
        except PolicyRefused:
            known = self._accepted(before.name, new.revision.id)
            if known is None:
                raise
            _log.warning("workspace %s: %s breaks the policy; %s accepted it", before.name, known.revision, known.actor)

    def _judging(self, before: ServedWorkspace, last: Revision | None) -> Loaded | None:
        """The active revision, or that of the last run of the server; None if there was none, or its files are gone."""
        if before.snapshot is not None and before.revision is not None:
            return Loaded(before.revision, before.snapshot, before.policy)
        if last is None:
            return None
        try:
            snapshot = self._snapshots.load(before.workspace, last)
            return Loaded(last, snapshot, policy_of(before.workspace, last))
        except (WorkspaceError, RevisionRefused):
            return None

    def _load_local(self, before: ServedWorkspace) -> ServedWorkspace:
        """At a start, loads the revision that was fetched before."""
        found = before.workspace.local_revision() if before.snapshot is None else None
        try:
            return before if found is None else self._load_if_new(before, found)
        except WorkspaceError:
            return before

    def _with_last_good(self, after: ServedWorkspace) -> ServedWorkspace:
        last = self._last_good(after.name)
        if last is None:
            return after
        named = _tag_of(last.signature) or _ref_of(after.workspace)
        try:
            active = self._activate(after, last.revision, named)
            self._checkouts.ensure(after.workspace, last.revision)
            return replace(active, candidate=after.candidate)
        except (WorkspaceError, RevisionRefused):
            return after


def _refuse(before: ServedWorkspace, candidate: Candidate) -> ServedWorkspace:
    if candidate == before.candidate:
        return before
    if candidate.signature is not None:
        why = f"no valid signature: {candidate.signature.reason}"
    else:
        errors = sum(problem.is_error for problem in candidate.problems)
        why = f"{errors} error{'s' if errors != 1 else ''}"
    _log.warning("workspace %s: %s is refused, with %s", before.name, candidate.revision.id, why)
    return replace(before, candidate=candidate)


def _signature_of(refused: RevisionRefused) -> Signature | None:
    return refused.signature if isinstance(refused, SignatureRefused) else None


def _ref_of(workspace: Workspace) -> str | None:
    """The branch, tag or commit that the workspace follows."""
    return workspace.ref if isinstance(workspace, GitWorkspace) else None


def _name_to_check(before: ServedWorkspace) -> str | None:
    """The tag with which the active revision was accepted, as it may have been moved since; otherwise the ref."""
    return _tag_of(before.signature) or _ref_of(before.workspace)


def _tag_of(signature: Signature | None) -> str | None:
    """The SHA of the tag, if the tag was signed and not the commit."""
    return signature.object if signature is not None and signature.signed == "tag" else None


def _newest_known(before: ServedWorkspace) -> str | None:
    """The newest revision that was loaded or refused, which need not be fetched again."""
    newest = before.candidate.revision if before.candidate else before.revision
    return newest and newest.id


def changed_paths(workspace: Workspace, before: Revision | None, after: Revision) -> tuple[str, ...] | None:
    """Files that were added, changed, renamed or removed, sorted; None if the older revision is not available."""
    if before is None or before.id == after.id:
        return None if before is None else ()
    try:
        return workspace.changed_paths(before, after)
    except WorkspaceError:
        return None
