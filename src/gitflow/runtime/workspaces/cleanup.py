"""Removes checkouts, kept refs and compiled snapshots of revisions that are neither served nor used by a job.

Called from time to time in a thread. What was used recently stays: it may belong to a job that is being created.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.language.sources import Revision
from gitflow.core.record import Record
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from gitflow.runtime.workspaces.served import ServedWorkspaces
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.workspaces.checkouts import Checkouts

#: How often to clean up, how long an unused checkout stays, and an unread compiled snapshot on the disk, in seconds.
CLEANUP_S = 120.0
UNUSED_S = 300.0
UNREAD_S = 7 * 86400.0


class CleanupResult(Record):
    """How many of each were removed."""

    checkouts: int = 0
    kept: int = 0  #: refs that kept a revision
    snapshots: int = 0  #: compiled, from the disk


class Cleanup:
    def __init__(self, served: ServedWorkspaces, snapshots: Snapshots, checkouts: Checkouts) -> None:
        self._served = served
        self._snapshots = snapshots
        self._checkouts = checkouts

    def __call__(self, of_jobs: AbstractSet[tuple[str, str]], now: float, unused_s: float = UNUSED_S) -> CleanupResult:
        """``of_jobs``: (workspace, revision) of every stored job; ``now``: wall clock. Blocks."""
        active = {(one.workspace.identity, one.revision.id) for one in self._served.all() if one.revision is not None}
        live = active | of_jobs
        removed = self._checkouts.reap(live, unused_s)
        released = sum(self._release(one.workspace, live) for one in self._served.all() if _is_git(one.workspace))
        return CleanupResult(len(removed), released, self._snapshots.prune(UNREAD_S, now))

    def _release(self, workspace: object, live: AbstractSet[tuple[str, str]]) -> int:
        """Skips a revision that still has a checkout: a job may be about to use it."""
        assert isinstance(workspace, GitWorkspace)
        released = 0
        try:
            for sha in workspace.kept() if workspace.is_here else ():
                name = workspace.identity
                if (name, sha) not in live and not self._is_checked_out(name, sha):
                    workspace.release(Revision(sha))
                    released += 1
        except WorkspaceError:
            return released  # perhaps the mirror is damaged; the next refresh reports it
        return released

    def _is_checked_out(self, name: str, sha: str) -> bool:
        return os.path.isdir(self._checkouts.at(name, sha).path)


def _is_git(workspace: object) -> bool:
    return isinstance(workspace, GitWorkspace)
