"""The commits that changed a task between two revisions of a git workspace, by their subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.language.sources import Revision
from gitflow.runtime.workspaces.versions import Tracer
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.workspaces.base import Workspace


def subjects_since(
    snapshots: Snapshots, workspace: Workspace, task: str, before: str, after: str
) -> tuple[str, ...] | None:
    """Newest first; None where git does not know it: no git workspace, or a revision that is gone. Blocks."""
    if not isinstance(workspace, GitWorkspace):
        return None
    try:
        found = Tracer(snapshots, workspace, task).trace(Revision(after), without=before)
    except GitflowError:
        return None
    return tuple(version.commit.subject for version in found.versions)
