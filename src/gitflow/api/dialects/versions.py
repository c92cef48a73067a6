"""Versions of a task: one for each commit that changed the files that define it.

The id of a version is a UUID made of workspace, task and commit, so it never changes and is the same on every server.
A workspace outside git has one version for each revision.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from gitflow.api.routes.task_stats import files_of
from gitflow.core.errors import GitflowError, NotFound
from gitflow.core.record import Record
from gitflow.workspaces.folder import FolderWorkspace
from gitflow.workspaces.git import at_revision

if TYPE_CHECKING:
    from gitflow.api.http.context import Context
    from gitflow.api.http.request import Request
    from gitflow.core.language.snapshot import Commit, Snapshot

#: The namespace of every UUID of the dialects.
NAMESPACE = uuid.UUID("6f0c9d5a-4a43-5f0e-9b61-0d5f1f6f7a11")
#: How many commits back versions are counted.
MAX_VERSIONS = 10_000
#: How many entries the cache holds; they never become wrong, since a revision never changes.
MAX_CACHED = 2_000


class Version(Record):
    id: str
    number: int  #: counts from 1, oldest first
    sha: str  #: of the commit; of a folder, its revision
    at: float = 0.0
    author: str = ""
    message: str = ""


class VersionCache:
    """Versions by workspace, task and revision."""

    def __init__(self, context: Context) -> None:
        self._versions: dict[tuple[str, str, str], tuple[Version, ...]] = {}

    def get(self, workspace: str, task: str, revision: str) -> tuple[Version, ...] | None:
        return self._versions.get((workspace, task, revision))

    def put(self, workspace: str, task: str, revision: str, found: tuple[Version, ...]) -> None:
        if len(self._versions) >= MAX_CACHED:
            self._versions.clear()
        self._versions[workspace, task, revision] = found


def uid(*names: str) -> str:
    """A stable UUID made of these names."""
    return str(uuid.uuid5(NAMESPACE, "\0".join(names)))


async def versions_of(request: Request, workspace: str, task: str, revision: str | None = None) -> tuple[Version, ...]:
    """Newest first, up to a revision (default: the active one); at least one. Raises NotFound."""
    context = request.context
    wanted = revision or context.workspaces.get(workspace).active[0].revision
    cache = context.part(VersionCache)
    found = cache.get(workspace, task, wanted)
    if found is None:
        found = await asyncio.to_thread(_look_up, context, workspace, task, wanted)
        cache.put(workspace, task, wanted, found)
    return found


async def version_at(request: Request, workspace: str, task: str, revision: str) -> Version:
    """The version at a revision, also of a task or workspace that no longer exists."""
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
    """Empty if unknown: outside git, or for a task or workspace that is no longer served."""
    try:
        served = context.workspaces.get(workspace)
        snapshot = context.snapshots.of(workspace, revision)
        resolved = served.revision if served.revision and served.revision.id == revision else None
        found = snapshot.tasks.get(task)
        if found is None:
            return []
        resolved = resolved or served.workspace.resolve(revision)
        return served.workspace.log(resolved, files_of(snapshot, found), MAX_VERSIONS)
    except GitflowError:
        return []


def snapshot_at(context: Context, workspace: str, task: str, version: Version) -> Snapshot:
    """The definitions of a version. Blocks: reads files. Raises GitflowError.

    For a folder in a work tree these are the committed files, unless the version is the served one.
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
    """The id of the newest version that is served, if it is in the cache."""
    wanted = context.workspaces.get(workspace).active[0].revision
    known = context.part(VersionCache).get(workspace, task, wanted)
    return known[0].id if known else None
