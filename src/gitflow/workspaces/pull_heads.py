"""Heads of pull requests: fetched into a repository of their own, which is removed once they are judged.

Anybody may be able to open a pull request, so nothing of one comes into the mirror from which revisions, files and jobs
are read. The repository borrows the mirror's objects, and the mirror knows nothing of it. Size, memory and time of a
fetch are bounded.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import Record
from gitflow.workspaces import git_commands
from gitflow.workspaces.copying import remove_tree
from gitflow.workspaces.git_process import Limits
from gitflow.workspaces.isolation import repository_at

if TYPE_CHECKING:
    from gitflow.workspaces.git import GitWorkspace

#: Below the state directory.
FOLDER = "pulls"
#: What a head may bring that the mirror does not have, packed, and how long that may take.
MAX_BYTES = 256 << 20
FETCH_S = 120.0
#: What git may use of memory: a few bytes of a pack can stand for gigabytes.
MAX_MEMORY_BYTES = 2 << 30

_BASE, _HEAD, _KNOWN = "refs/gitflow/base", "refs/gitflow/head", "refs/gitflow/known"
_FETCH = (
    "--quiet",
    "--force",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
)


class CannotMerge(WorkspaceError):
    """The head and the branch changed the same lines, or have nothing in common."""


class TooLarge(WorkspaceError):
    """The head brings more than a pull request may."""


class PullHead(Record):
    """What is to be judged, and the bare repository that has it."""

    path: str
    base: str  #: the SHA of the branch that it is to be merged into
    head: str  #: its SHA


class PullHeads:
    """Those of one workspace."""

    def __init__(self, known: GitWorkspace, state_dir: str, limit: int = MAX_BYTES) -> None:
        """``known`` is the workspace, whose objects need not be fetched again."""
        self._folder = os.path.join(os.path.realpath(state_dir), FOLDER, known.identity)
        self._remote = known.remote()
        self._known = known
        self._limit = limit

    def fetch(self, number: int, ref: str, branch: str) -> PullHead:
        """``ref`` is the head's at the remote, ``branch`` the one that it is to be merged into. Blocks.
        Raises TooLarge, and WorkspaceError where the remote cannot be reached or has no such ref."""
        path = self._prepared(number)
        refspecs = (f"+refs/heads/{branch}:{_BASE}", f"+{ref}:{_HEAD}")
        limits = Limits(self._limit, MAX_MEMORY_BYTES)
        command = ("fetch", *_FETCH, "--", self._remote.url, *refspecs)
        try:
            self._remote.run(path, None, *command, max_s=FETCH_S, limits=limits)
        except WorkspaceError:
            if _largest_file(os.path.join(path, "objects", "pack")) >= self._limit // 512 * 512:
                raise TooLarge(f"it brings more than {_mib(self._limit)} that the base does not have") from None
            raise
        base, head = git_commands.run("rev-parse", _BASE, _HEAD, repository=path).decode().split()
        return PullHead(path, base, head)

    def remove(self, number: int) -> None:
        """What was fetched of a pull request, if anything. Blocks."""
        remove_tree(self._path(number))

    def clear(self) -> None:
        """Removes the leftovers of killed processes. Blocks."""
        remove_tree(self._folder)

    def close(self) -> None:
        """Ends running fetches, and prevents further ones."""
        self._remote.close()

    def _path(self, number: int) -> str:
        return os.path.join(self._folder, f"{number}.git")

    def _prepared(self, number: int) -> str:
        """An empty repository that borrows the objects of the workspace."""
        path = self._path(number)
        remove_tree(path)
        os.makedirs(path, mode=0o700)
        self._remote.run(path, None, "init", "--quiet", "--bare", "--template=", ".")
        known = self._known.local_revision() if self._known.is_here else None
        found = repository_at(self._known.git_dir) if known is not None else None
        if known is not None and found is not None:
            with open(os.path.join(path, "objects", "info", "alternates"), "w", encoding="utf-8") as file:
                file.write(f"{os.path.join(found.common_dir, 'objects')}\n")
            git_commands.run("update-ref", _KNOWN, known.id, repository=path)
        return path


def merged_tree(path: str, base: str, head: str) -> str:
    """What a merge of the head into the base would make: the SHA of a tree, in the repository at ``path``. No program
    that the repository names takes part. Raises CannotMerge."""
    try:
        return git_commands.run("merge-tree", "--write-tree", base, head, repository=path).decode().split()[0]
    except git_commands.GitFailed:
        raise CannotMerge("it cannot be merged as the branch stands now; bring it up to date") from None


def _largest_file(folder: str) -> int:
    with os.scandir(folder) as members:
        return max((member.stat(follow_symlinks=False).st_size for member in members), default=0)


def _mib(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size} bytes"
