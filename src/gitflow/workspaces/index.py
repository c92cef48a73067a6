"""What would be committed now: the index of a work tree as a revision, read from git's objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.language.sources import Revision
from gitflow.workspaces import git_commands
from gitflow.workspaces.folder import digest_of
from gitflow.workspaces.git import entries_of, ids_in
from gitflow.workspaces.tree import FileTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.core.language.sources import SourceFile
    from gitflow.workspaces.git import GitWorkspace


class IndexWorkspace:
    """``committed`` reads the same workspace at commits."""

    def __init__(self, committed: GitWorkspace) -> None:
        self._committed = committed
        self._tree: FileTree | None = None

    @property
    def identity(self) -> str:
        return self._committed.identity

    def resolve(self) -> Revision:
        """The index as it is now. Raises WorkspaceError, also while a merge is not resolved."""
        listed = self._listed()
        entries = list(entries_of(self._committed.git_dir, listed))
        self._tree = FileTree(entries)
        return Revision(digest_of(entries))

    def definition_files(self, revision: Revision) -> Sequence[SourceFile]:
        return self._committed.definitions_in(self._found)

    def definition_ids(self, revision: Revision) -> Mapping[str, str]:
        return ids_in(self._found)

    def offer(self, files: Sequence[SourceFile], ids: Mapping[str, str]) -> None:
        self._committed.offer(files, ids)

    def has_file(self, revision: Revision, path: str) -> bool:
        return self._found.file(path) is not None

    def digests(self, revision: Revision, paths: Sequence[str]) -> Mapping[str, str]:
        return self._committed.digests_in(self._found, paths)

    @property
    def _found(self) -> FileTree:
        if self._tree is None:
            self.resolve()
        assert self._tree
        return self._tree

    def _listed(self) -> list[bytes]:
        """Lines as those of ``ls-tree``, with paths below the workspace."""
        below = self._committed.subpath
        command = ("--literal-pathspecs", "ls-files", "--stage", "--full-name", "-z", "--", *([below] if below else ()))
        said = git_commands.run(*command, repository=self._committed.git_dir)
        prefix = f"{below}/".encode() if below else b""
        return [_as_in_a_tree(line, prefix) for line in said.split(b"\0") if line]


def _as_in_a_tree(line: bytes, prefix: bytes) -> bytes:
    """``100644 8ab6… 0<TAB>path`` as ``100644 blob 8ab6…<TAB>path``."""
    about, _, path = line.partition(b"\t")
    mode, sha, stage = about.split(b" ")
    if stage != b"0":
        raise WorkspaceError("the index has files that are not merged: resolve the conflict, then try again")
    return b"%s blob %s\t%s" % (mode, sha, path.removeprefix(prefix))
