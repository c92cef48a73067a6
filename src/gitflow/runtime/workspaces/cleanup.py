"""Removes what revisions have left behind that nobody serves and no job refers to any more.

Called now and then in a thread. Whatever was used lately stays: it may belong to a job that is just being made.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.language.sources import Revision
from gitflow.core.record import record
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from gitflow.runtime.workspaces.served import Served
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.workspaces.checkouts import Checkouts

#: How often to tidy, how long a checkout stays that nobody needs, and a compiled snapshot on the disk, in seconds.
TIDY_S = 120.0
UNUSED_S = 300.0
UNREAD_S = 7 * 86400.0


@record
class Tidied:
    """How much has gone."""

    checkouts: int = 0
    kept: int = 0  #: refs that kept a revision
    snapshots: int = 0  #: compiled, from the disk


class Tidy:
    def __init__(self, served: Served, snapshots: Snapshots, checkouts: Checkouts) -> None:
        self._served = served
        self._snapshots = snapshots
        self._checkouts = checkouts

    def __call__(self, of_jobs: AbstractSet[tuple[str, str]], now: float, unused_s: float = UNUSED_S) -> Tidied:
        """``of_jobs``: (workspace, revision) of every stored job; ``now``: wall clock. Blocks."""
        in_force = {(one.workspace.identity, one.revision.id) for one in self._served.all() if one.revision is not None}
        live = in_force | of_jobs
        removed = self._checkouts.reap(live, unused_s)
        released = sum(self._release(one.workspace, live) for one in self._served.all() if _is_git(one.workspace))
        return Tidied(len(removed), released, self._snapshots.prune(UNREAD_S, now))

    def _release(self, workspace: object, live: AbstractSet[tuple[str, str]]) -> int:
        """A revision whose checkout is still there may be needed in a moment."""
        assert isinstance(workspace, GitWorkspace)
        released = 0
        try:
            for sha in workspace.kept() if workspace.is_here else ():
                name = workspace.identity
                if (name, sha) not in live and not self._is_checked_out(name, sha):
                    workspace.release(Revision(sha))
                    released += 1
        except WorkspaceError:
            return released  # damaged, perhaps; the next look says so
        return released

    def _is_checked_out(self, name: str, sha: str) -> bool:
        return os.path.isdir(self._checkouts.at(name, sha).path)


def _is_git(workspace: object) -> bool:
    return isinstance(workspace, GitWorkspace)
