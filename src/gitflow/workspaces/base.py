"""What every kind of workspace offers."""

from __future__ import annotations

from gitflow.core.errors import WorkspaceError

#: Files below ``.workflows`` that hold definitions.
DEFINITION_ENDINGS = (".yaml", ".yml")
#: How much of each definition file is read at most: one byte more than the reader accepts.
MAX_DEFINITION_BYTES = (1 << 20) + 1
#: The prefix of refs that keep a commit even if no branch holds it any more; the SHA follows.
KEPT = "refs/gitflow/keep/"


class SourceFileCache:
    """Caches the definition files of the last revision by path and content: most do not change."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], SourceFile] = {}

    def files(
        self, wanted: Sequence[tuple[str, str]], read: Callable[[list[int]], Iterable[SourceFile]]
    ) -> list[SourceFile]:
        """``wanted``: (path, id of its content), in order. ``read`` reads the files at the given indexes of it."""
        known = self._known
        missing = [at for at, key in enumerate(wanted) if key not in known]
        fresh = {wanted[at]: file for at, file in zip(missing, read(missing), strict=True)}
        found = {key: known.get(key) or fresh[key] for key in wanted}
        self._known = found  # replaced as a whole, since several threads may call this
        return [found[key] for key in wanted]

    def offer(self, files: Sequence[SourceFile], ids: Mapping[str, str]) -> None:
        """Takes files that another workspace has read, with the ids of their contents."""
        self._known = {**{(file.path, ids[file.path]): file for file in files}, **self._known}


class FolderChanged(WorkspaceError):
    """The folder has changed since the revision; resolve it again."""


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Protocol

    from gitflow.core.language.snapshot import Commit
    from gitflow.core.language.sources import Revision, SourceFile
    from gitflow.workspaces.tree import FileContent, TreeEntry

    class Source(Protocol):
        """What definitions are loaded and compared from. Every call that takes a revision answers for that revision
        alone, whatever has moved since."""

        @property
        def identity(self) -> str:
            """The configured name, or ``<folder>@<hash of its real path>`` for one given by path."""
            ...

        def definition_files(self, revision: Revision) -> Sequence[SourceFile]:
            """Every ``*.yaml``/``*.yml`` under ``.workflows``, sorted by path."""
            ...

        def definition_ids(self, revision: Revision) -> Mapping[str, str]:
            """The git object id of each definition file, also outside of a repository."""
            ...

        def offer(self, files: Sequence[SourceFile], ids: Mapping[str, str]) -> None:
            """Takes definition files that were read elsewhere: those with the same ids are not read again."""
            ...

        def has_file(self, revision: Revision, path: str) -> bool:
            """Whether a regular file of that path exists in the workspace at the revision."""
            ...

        def digests(self, revision: Revision, paths: Sequence[str]) -> Mapping[str, str]:
            """Of those that are files: something equal where content and mode are, also between kinds of sources."""
            ...

    class Workspace(Source, Protocol):
        def resolve(self, rev: str | None = None) -> Revision:
            """The current revision, or the one a branch, tag or SHA names. Raises WorkspaceError."""
            ...

        def files(self, revision: Revision) -> Sequence[TreeEntry]:
            """Every file, link and empty folder of the revision, in no order; nothing of git's own."""
            ...

        def read_file(self, revision: Revision, path: str, max_bytes: int) -> FileContent | None:
            """The content of a file, after links are followed; None if there is no such file."""
            ...

        def export(self, revision: Revision, target: str) -> None:
            """Writes all files of the revision but ``.git`` into the empty folder ``target``."""
            ...

        def keep(self, revision: Revision) -> None:
            """Makes sure the revision outlives force-pushes and gc (a ref, for git; nothing, for a folder)."""
            ...

        def release(self, revision: Revision) -> None:
            """Undoes ``keep``: no job refers to the revision any more."""
            ...

        def follow(self, known: str | None) -> Revision:
            """The current revision, for polling: nothing is fetched while it is ``known``. Raises WorkspaceError."""
            ...

        def local_revision(self) -> Revision | None:
            """The newest revision on this machine, without a fetch; None if there is none."""
            ...

        def branch(self) -> str | None:
            """The branch that is followed; None for a tag, a SHA, or a folder outside git."""
            ...

        def is_on_branch(self, revision: Revision) -> bool:
            """Whether a branch of the repository holds the commit; never, outside git. Raises WorkspaceError."""
            ...

        def changed_paths(self, before: Revision, after: Revision) -> tuple[str, ...]:
            """Files that differ, sorted. Raises WorkspaceError if one of the revisions is not available any more."""
            ...

        def log(self, revision: Revision, paths: Sequence[str], limit: int = 50) -> list[Commit]:
            """Commits up to the revision that changed one of the files, newest first; none outside git."""
            ...

        def repair(self) -> bool:
            """Rebuilds a damaged copy; returns whether it was damaged. Raises WorkspaceError."""
            ...

        def close(self) -> None:
            """Aborts running fetches, which raise WorkspaceError, and starts no more."""
            ...
