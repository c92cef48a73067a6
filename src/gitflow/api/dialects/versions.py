"""Versions of a task, as other APIs count them: one for each commit that changed the files that define it.

A version is known by a UUID made of workspace, task and commit, so it is the same for ever and on every server. A
workspace outside git has one version a revision.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from gitflow.api.routes.task_stats import files_of
from gitflow.core.errors import GitflowError, NotFound
from gitflow.core.record import record
from gitflow.workspaces.folder import FolderWorkspace
from gitflow.workspaces.git import at_revision

if TYPE_CHECKING:
    from gitflow.api.http.context import Context
    from gitflow.api.http.request import Request
    from gitflow.core.language.snapshot import Commit, Snapshot

#: Every UUID of the dialects is made of this and a name.
NAMESPACE = uuid.UUID("6f0c9d5a-4a43-5f0e-9b61-0d5f1f6f7a11")
#: How far back versions are counted.
MOST_VERSIONS = 10_000
#: How many answers are remembered: what was true of a revision stays true.
MAX_REMEMBERED = 2_000


@record
class Version:
    id: str
    number: int  #: counts from 1, oldest first
    sha: str  #: of the commit; of a folder, its revision
    at: float = 0.0
    author: str = ""
    message: str = ""


class VersionCache:
    """By workspace, task and revision."""

    def __init__(self, context: Context) -> None:
        self._found: dict[tuple[str, str, str], tuple[Version, ...]] = {}

    def get(self, workspace: str, task: str, revision: str) -> tuple[Version, ...] | None:
        return self._found.get((workspace, task, revision))

    def keep(self, workspace: str, task: str, revision: str, found: tuple[Version, ...]) -> None:
        if len(self._found) >= MAX_REMEMBERED:
            self._found.clear()
        self._found[workspace, task, revision] = found


def uid(*names: str) -> str:
    """A stable UUID of what has these names."""
    return str(uuid.uuid5(NAMESPACE, "\0".join(names)))


async def versions_of(request: Request, workspace: str, task: str, revision: str | None = None) -> tuple[Version, ...]:
    """Newest first, up to a revision (without one: up to the one that is served). At least one. Raises NotFound."""
    context = request.context
    wanted = revision or context.workspaces.get(workspace).active[0].revision
    cache = context.part(VersionCache)
    found = cache.get(workspace, task, wanted)
    if found is None:
        found = await asyncio.to_thread(_look_up, context, workspace, task, wanted)
        cache.keep(workspace, task, wanted, found)
    return found


async def version_at(request: Request, workspace: str, task: str, revision: str) -> Version:
    """The version that a revision has, also of a task or a workspace that is gone meanwhile."""
    return (await versions_of(request, workspace, task, revision))[0]


def _look_up(context: Context, workspace: str, task: str, revision: str) -> tuple[Version, ...]:
    commits = _commits(context, workspace, task, revision)
    if not commits:
        return (Version(uid(workspace, task, revision), 1, revision),)
    count = len(commits)
    return tuple(
        Version(uid(workspace, task, each.sha), count - index, each.sha, each.at, each.author, each.message)
        for index, each in enumerate(commits)
    )


def _commits(context: Context, workspace: str, task: str, revision: str) -> list[Commit]:
    """Empty where that cannot be told: outside git, or of what is not served any more."""
    try:
        served = context.workspaces.get(workspace)
        snapshot = context.snapshots.of(workspace, revision)
        resolved = served.revision if served.revision and served.revision.id == revision else None
        found = snapshot.tasks.get(task)
        if found is None:
            return []
        resolved = resolved or served.workspace.resolve(revision)
        return served.workspace.log(resolved, files_of(snapshot, found), MOST_VERSIONS)
    except GitflowError:
        return []


def snapshot_at(context: Context, workspace: str, task: str, version: Version) -> Snapshot:
    """The definitions of a version; reads files, and may take long.

    Of a folder in a work tree those that were committed, unless they are what is served. Raises GitflowError.
    """
    served, snapshots = context.workspaces.get(workspace), context.snapshots
    if served.snapshot is not None and served.revision is not None:
        commit = served.revision.commit.sha if served.revision.commit else None
        if version.sha in (commit, served.revision.id) or _newest(context, workspace, task) == version.id:
            return served.snapshot
    try:
        return snapshots.of(workspace, version.sha)
    except NotFound:
        pass
    if isinstance(served.workspace, FolderWorkspace):
        committed, revision = at_revision(served.workspace.path, version.sha, served.workspace.identity)
        try:
            return snapshots.load(committed, revision)
        finally:
            committed.close()
    return snapshots.load(served.workspace, served.workspace.resolve(version.sha))


def _newest(context: Context, workspace: str, task: str) -> str | None:
    """Of what is served, where that has been looked up."""
    wanted = context.workspaces.get(workspace).active[0].revision
    known = context.part(VersionCache).get(workspace, task, wanted)
    return known[0].id if known else None
