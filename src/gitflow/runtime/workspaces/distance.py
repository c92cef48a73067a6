"""How many commits are between the active revision of a workspace and its remote branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import Record
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.history import distance

if TYPE_CHECKING:
    from gitflow.core.language.sources import Revision
    from gitflow.workspaces.base import Workspace


class Distance(Record):
    """Commits between the active revision and the remote branch as it was last seen."""

    served: str
    remote: str
    behind: int | None = None  #: None if they cannot be counted: a folder, or a commit that is gone
    ahead: int | None = None


def measure_distance(workspace: Workspace, served: Revision, remote: Revision, known: Distance | None) -> Distance:
    """``known``: the last result, which is returned if neither side has changed."""
    if known is not None and (known.served, known.remote) == (served.id, remote.id):
        return known
    if served.id == remote.id:
        return Distance(served.id, remote.id, 0, 0)
    if not isinstance(workspace, GitWorkspace):
        return Distance(served.id, remote.id)
    try:
        ahead, behind = distance(workspace.git_dir, served.id, remote.id)
    except WorkspaceError:
        return Distance(served.id, remote.id)
    return Distance(served.id, remote.id, behind, ahead)
