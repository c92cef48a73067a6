"""The files of one revision by path, with their links, and how they are written to a folder.

A FileTree is checked when it is constructed: every path stays below the root, no path passes through ``.git``,
every link stays inside. After that it can be written anywhere without further checks.
Paths are decoded with ``os.fsdecode`` and use ``/``, so that all bytes that git allows are preserved.
"""

from __future__ import annotations

import os
import stat

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REGULAR = 0o100644
EXECUTABLE = 0o100755
LINK = 0o120000
FOLDER = 0o160000  #: a submodule, or a repository inside the folder: an empty folder for us

_MAX_LINKS = 40  #: the limit of Linux
_FORBIDDEN = frozenset({"", ".", ".."})
_GIT_NAMES = frozenset({".git", "git~1"})  #: the second is how FAT and NTFS abbreviate the first


class TreeEntry(Record):
    path: str
    mode: int  #: REGULAR, EXECUTABLE, LINK or FOLDER
    id: str = ""  #: names the content: a blob's SHA, or a digest
    link: str | None = None  #: what a LINK says

    @property
    def is_file(self) -> bool:
        return self.mode in (REGULAR, EXECUTABLE)


class FileContent(Record):
    """A file of a revision. ``data`` is None if it is larger than was asked for."""

    size: int
    data: bytes | None


class FileTree:
    """Every entry of a revision, by path. Raises WorkspaceError if an entry is not safe."""

    __slots__ = ("_has_links", "entries")

    def __init__(self, entries: Iterable[TreeEntry]) -> None:
        self.entries: dict[str, TreeEntry] = {}
        for entry in entries:
            if entry.path in self.entries:
                raise WorkspaceError(f"the workspace has two files named {entry.path!r}")
            self.entries[entry.path] = entry
        self._has_links = any(entry.link is not None for entry in self.entries.values())
        for path, entry in self.entries.items():
            _refuse_unsafe_path(path)
            if entry.link is not None:
                self.follow(path)

    def follow(self, path: str) -> str | None:
        """The path after all links are followed, ``""`` for the root; None if links form a cycle.
        Raises WorkspaceError if it leaves the workspace."""
        todo, done, hops = path.split("/")[::-1], list[str](), 0
        while todo:
            part = todo.pop()
            if part == "..":
                if not done:
                    raise WorkspaceError(f"{path!r} is a symbolic link that leaves the workspace")
                done.pop()
            elif part not in _FORBIDDEN:
                done.append(part)
                link = self._link("/".join(done))
                if link is None:
                    continue
                hops += 1
                if hops > _MAX_LINKS:
                    return None
                if link.startswith("/"):
                    raise WorkspaceError(f"{path!r} is a symbolic link that leaves the workspace (to {link!r})")
                done.pop()
                todo.extend(reversed(link.split("/")))
        return "/".join(done)

    def _link(self, path: str) -> str | None:
        entry = self.entries.get(path)
        return entry.link if entry else None

    def file(self, path: str) -> TreeEntry | None:
        """The regular file at ``path``, after links are followed; None if there is none."""
        found = self.entries.get(path)
        if found is not None and not self._has_links:
            return found if found.is_file else None
        if path.startswith("/"):
            return None
        try:
            found = self.entries.get(self.follow(path) or "")
        except WorkspaceError:
            return None
        return found if found and found.is_file else None

    def files_below(self, folder: str, endings: tuple[str, ...]) -> Iterator[tuple[str, TreeEntry]]:
        """(path with links, file) of all files, links to files and folders included; in no order."""
        yield from self._below(folder, folder, endings, set())

    def _below(
        self, folder: str, shown: str, endings: tuple[str, ...], passed: set[str]
    ) -> Iterator[tuple[str, TreeEntry]]:
        real = self.follow(folder)
        if real is None or real in passed:  # each folder once: links between folders could form endless paths
            return
        passed.add(real)
        prefix = f"{real}/" if real else ""
        for path, entry in self.entries.items():
            if not path.startswith(prefix):
                continue
            name = f"{shown}/{path[len(prefix) :]}"
            target = self.file(path)
            if target and path.endswith(endings):
                yield name, target
            elif entry.link is not None and not target:
                yield from self._below(path, name, endings, passed)

    def write(self, target: str, contents: Iterable[tuple[TreeEntry, Iterable[bytes]]]) -> None:
        """Writes everything into the empty folder ``target``; ``contents`` yields every regular file once.
        Links are created last, so that nothing is written through a link."""
        for folder in sorted(self._folders()):
            os.mkdir(os.path.join(target, folder))
        for entry, chunks in contents:
            _write_file(os.path.join(target, entry.path), entry.mode, chunks)
        for entry in self.entries.values():
            if entry.link is not None:
                os.symlink(entry.link, os.path.join(target, entry.path))

    def _folders(self) -> set[str]:
        found: set[str] = set()
        for path, entry in self.entries.items():
            folder = path if entry.mode == FOLDER else os.path.dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = os.path.dirname(folder)
        return found


def _refuse_unsafe_path(path: str) -> None:
    for part in path.split("/"):
        if part in _FORBIDDEN or part.casefold() in _GIT_NAMES or "\0" in part:
            raise WorkspaceError(f"the workspace has a file with the unsafe name {path!r}")


def _write_file(path: str, mode: int, chunks: Iterable[bytes]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        for chunk in chunks:
            _write_all(handle, chunk)
        os.fchmod(handle, stat.S_IMODE(mode))
    finally:
        os.close(handle)


def _write_all(handle: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(handle, rest) :]


def shown(path: str) -> str:
    """A path for display: bytes that are not UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
