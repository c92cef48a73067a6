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
from gitflow.runtime.workspaces.served import Candidate, RevisionChange
from gitflow.workspaces.base import FolderChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.language.sources import Revision
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.checkouts import Checkouts

    LastGood = Callable[[str], Revision | None]

#: How often a folder that changes while it is read is read again, before the next file event does it.
TRIES = 5

_log = logging.getLogger("gitflow.workspaces")


def _no_revision(name: str) -> None:
    return None


class WorkspaceRefresher:
    """``last_good``: the revision of a workspace that was active when a server last ran."""

    def __init__(
        self, snapshots: Snapshots, checkouts: Checkouts, now: Callable[[], float], last_good: LastGood = _no_revision
    ) -> None:
        """``now`` is the wall clock."""
        self._snapshots = snapshots
        self._checkouts = checkouts
        self._now = now
        self._last_good = last_good
        self._loading: dict[str, Lock] = {}  #: by workspace: each load builds on the one before

    def refresh(self, before: ServedWorkspace) -> ServedWorkspace:
        try:
            after = replace(self._follow(before), error=None)
        except WorkspaceError as error:
            return self.without_remote(before, str(error))
        return self._complete(before, after)

    def without_remote(self, before: ServedWorkspace, why: str) -> ServedWorkspace:
        return self._complete(before, replace(self._load_local(before), error=why))

    def _complete(self, before: ServedWorkspace, after: ServedWorkspace) -> ServedWorkspace:
        after = after if after.snapshot is not None else self._with_last_good(after)
        return replace(after, is_initialized=True, branch=before.workspace.branch())

    def describe_change(self, before: ServedWorkspace, after: ServedWorkspace) -> RevisionChange:
        """Describes the change, and copies the files of the revision, so that jobs of it can start at any time."""
        assert after.revision
        last = before.revision or self._last_good(after.name)
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
        if before.revision is not None and found.id == before.revision.id:
            return replace(before, revision=found, candidate=None)
        if before.candidate is not None and found.id == before.candidate.revision.id:
            return before
        try:
            return self._activate(before, found)
        except RevisionRefused as refused:
            problems = refused.problems
        except FolderChanged:
            raise
        except WorkspaceError as error:
            if not is_repaired and before.workspace.repair():
                return self._load_if_new(before, found, is_repaired=True)
            problems = (Problem.at(NOWHERE, "unreadable", str(error)),)
        errors = sum(problem.is_error for problem in problems)
        count = f"{errors} error{'s' if errors != 1 else ''}"
        _log.warning("workspace %s: %s is refused, with %s", before.name, found.id, count)
        return replace(before, candidate=Candidate(found, problems))

    def _activate(self, before: ServedWorkspace, found: Revision) -> ServedWorkspace:
        with self._loading.setdefault(before.name, Lock()):  # a slow first refresh may load at the same time
            self._snapshots.reuse_parts(before.workspace.identity)
            snapshot = self._snapshots.serve(before.workspace, found)
        before.workspace.keep(found)
        return replace(before, snapshot=snapshot, revision=found, candidate=None, loaded_at=self._now())

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
        try:
            self._checkouts.ensure(after.workspace, last)
            return replace(self._activate(after, last), candidate=after.candidate)
        except (WorkspaceError, RevisionRefused):
            return after


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
