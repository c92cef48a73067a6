"""A bare mirror of a remote repository, in the state directory.

A mirror is created under another name and renamed, so a mirror that exists is complete. Writers hold a file lock that
the git process inherits: it is free only when no git process writes any more.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import Record
from gitflow.workspaces.base import KEPT
from gitflow.workspaces.copying import remove_tree, sync_tree
from gitflow.workspaces.fetch import Remote
from gitflow.workspaces.locks import locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_ASK_S = 60.0  #: how long a remote may take to list its refs
_FETCH_ONE = ("--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
_FETCH = (*_FETCH_ONE, "--prune")


class Tip(Record):
    """The commit of a ref at the remote."""

    sha: str  #: of the commit, also for a tag with a message
    head: str | None = None  #: the default branch, if the ref is ``HEAD``


class Mirror:
    """``auth``: see credentials.py."""

    def __init__(self, url: str, state_dir: str | None, auth: Mapping[str, str] | None = None) -> None:
        self.folder = os.path.join(os.path.realpath(state_dir or "."), "git")
        self._given = url, auth or {}
        self._remote = self.remote()
        self._git = self._remote.run
        if state_dir is None:
            raise WorkspaceError(f"{self.url!r} needs a state directory for its mirror")
        name = hashlib.blake2b(self.url.encode(), digest_size=16).hexdigest()
        self.path = os.path.join(self.folder, name)

    def remote(self) -> Remote:
        """Another way to the same repository, with the same keys: a host key that was accepted once is the one that
        counts, whatever the host is asked for."""
        url, auth = self._given
        return Remote(url, self.folder, auth)

    @property
    def url(self) -> str:
        """Without credentials."""
        return self._remote.url

    @property
    def identity(self) -> str:
        last = re.sub(r"[^A-Za-z0-9._-]", "-", self.url.rstrip("/").rpartition("/")[2].removesuffix(".git"))
        return f"{last or 'git'}@{os.path.basename(self.path)[:8]}"

    @property
    def exists(self) -> bool:
        return os.path.isdir(self.path)

    def locked(self) -> AbstractContextManager[int]:
        """Holds the lock of the mirror's writers, and yields its handle, for git to inherit."""
        return locked(f"{self.path}.lock")

    def tip(self, ref: str) -> Tip:
        """The current commit of a branch, a tag or ``HEAD``; fetches nothing. Raises WorkspaceError."""
        wanted = ["HEAD"] if ref == "HEAD" else [f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}"]
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        output = self._git(
            self.folder, None, "ls-remote", "--quiet", "--symref", "--", self.url, "HEAD", *wanted, max_s=_ASK_S
        )
        lines = [line.split("\t") for line in output.splitlines() if "\t" in line]
        shas = {name: sha for sha, name in lines if not sha.startswith("ref: ")}
        default = next((sha[16:] for sha, name in lines if name == "HEAD" and sha.startswith("ref: refs/heads/")), None)
        found = next((shas[name] for name in wanted if name in shas), None)
        if found is None:
            hint = f"; its default branch is {default!r}" if default else ""
            raise WorkspaceError(f"there is no branch or tag {ref!r} in {self.url!r}{hint}")
        return Tip(found, default if ref == "HEAD" else None)

    def fetch(self, head: str | None = None) -> None:
        """Updates branches and tags, and removes deleted ones. ``head``: the branch to set as ``HEAD``.
        Raises WorkspaceError."""
        with self.locked() as lock:
            if self.exists:
                _remove_leftovers(self.path)
                self._git(self.path, lock, "fetch", *_FETCH, "--", self.url, *_REFSPECS)
            else:
                self._clone(lock)
            if head is not None:
                self._git(self.path, lock, "symbolic-ref", "HEAD", f"refs/heads/{head}")

    def is_whole(self) -> bool:
        """Whether every object that its refs need can be read; may take long."""
        with self.locked() as lock:
            try:
                self._git(self.path, lock, "fsck", "--no-dangling", "--no-progress")
            except WorkspaceError:
                return False
        return True

    def rebuild(self) -> None:
        """Clones it again, and copies the kept revisions that can still be read. Raises WorkspaceError."""
        with self.locked() as lock:
            damaged = f"{self.path}.damaged"
            remove_tree(damaged)
            os.rename(self.path, damaged)
            try:
                self._clone(lock)
            except BaseException:
                os.rename(damaged, self.path)  # revisions in it that are not damaged can still be served
                raise
            self._take_over(damaged, lock)
            remove_tree(damaged)

    def _take_over(self, damaged: str, lock: int) -> None:
        for name in _kept(damaged):
            try:
                self._git(self.path, lock, "fetch", *_FETCH_ONE, "--", damaged, f"{name}:{name}")
            except WorkspaceError:
                continue  # the revision is lost, but the checkouts of its jobs still exist

    def _clone(self, lock: int) -> None:
        partial = f"{self.path}.partial"
        remove_tree(partial)  # left by an aborted clone
        try:
            os.mkdir(partial)
            self._git(partial, lock, "init", "--quiet", "--bare", "--template=", ".")
            self._git(partial, lock, "fetch", *_FETCH, "--", self.url, *_REFSPECS)
            sync_tree(partial)
            os.rename(partial, self.path)
        finally:
            remove_tree(partial)

    def close(self) -> None:
        """Aborts running fetches, and starts no more."""
        self._remote.close()


def _kept(path: str) -> list[str]:
    """The kept refs of a repository that git itself may not be able to read."""
    names = {f"{KEPT}{name}" for name in _names_below(os.path.join(path, KEPT))}
    try:
        with open(os.path.join(path, "packed-refs"), encoding="utf-8", errors="replace") as file:
            names |= {name for line in file for name in line.split()[1:2] if name.startswith(KEPT)}
    except OSError:
        pass
    return sorted(names)


def _remove_leftovers(path: str) -> None:
    """Removes what a killed git left: partial packs and lock files. The caller's lock keeps other writers out."""
    for name in _names_below(os.path.join(path, "objects/pack")):
        if name.startswith("tmp_"):
            os.unlink(os.path.join(path, "objects/pack", name))
    for folder in _lockable_folders(path):
        with os.scandir(folder) as members:
            for member in members:
                if member.name.endswith(".lock") and member.is_file(follow_symlinks=False):
                    os.unlink(member.path)


def _names_below(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _lockable_folders(path: str) -> Iterator[str]:
    yield path
    for folder, _, _ in os.walk(os.path.join(path, "refs")):
        yield folder
