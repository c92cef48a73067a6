"""A folder as a workspace: its files as they are now, including uncommitted changes.

Its revision is a digest of its files, so the same id always means the same bytes. A folder can change at any
moment: everything that is read for a revision is compared with the digest, and refused if it has changed.
"""

from __future__ import annotations

import os
import stat

from gitflow.core.errors import NoRevision, WorkspaceError
from gitflow.core.language.sources import DEFINITIONS_FOLDER, Revision, SourceFile
from gitflow.workspaces import stat_cache
from gitflow.workspaces.base import DEFINITION_ENDINGS, MAX_DEFINITION_BYTES, FolderChanged, SourceFileCache
from gitflow.workspaces.tree import EXECUTABLE, FOLDER, LINK, REGULAR, FileContent, FileTree, TreeEntry, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from gitflow.core.language.snapshot import Commit
    from gitflow.workspaces.scanning import Scan

MAX_BYTES = 1 << 30  #: a larger folder should be a git workspace, whose files need not be read each time
_CHUNK = 1 << 18
_MAX_STATES = 4  #: how many states stay in memory, to compare them
_MAX_NAME_LENGTH = 48  #: characters of a folder's name in its identity, which is used as a file name


def identity_of(path: str) -> str:
    """``<folder>@<hash of its real path>``: two checkouts of one repository never mix."""
    import zlib  # starts ten times as fast as hashlib; a collision with one's own folder gains nobody anything

    real = os.path.realpath(path)
    name = "".join(
        letter if letter.isalnum() or letter in "._-" else "-" for letter in os.path.basename(real)[:_MAX_NAME_LENGTH]
    )
    return f"{name or 'root'}@{zlib.crc32(os.fsencode(real)):08x}"


class FolderWorkspace:
    """``cache_dir``: where stats and digests are cached; without it every ``resolve`` reads all files."""

    def __init__(
        self, path: str, identity: str | None = None, cache_dir: str | None = None, max_bytes: int = MAX_BYTES
    ) -> None:
        self.path = os.path.realpath(path)
        self._identity = identity or identity_of(self.path)
        self._cache = os.path.join(cache_dir, "folders", f"{identity_of(self.path)}.json") if cache_dir else None
        self._most_bytes = max_bytes
        self._sources = SourceFileCache()
        self._states: tuple[
            _FolderState, ...
        ] = ()  #: newest first; replaced as a whole, since several threads may read

    @property
    def identity(self) -> str:
        return self._identity

    def resolve(self, rev: str | None = None) -> Revision:
        """The folder as it is now. Raises WorkspaceError if it is unreadable, too large, has a link that leaves it, or
        ``rev`` is another revision."""
        revision = self._read_state()
        if rev is not None and rev != revision.id:
            raise NoRevision(f"there is no revision {rev!r}: the folder {self.path!r} only has what is in it now")
        return revision

    def definition_files(self, revision: Revision) -> Sequence[SourceFile]:
        """Raises WorkspaceError when the folder has changed since the revision."""
        tree = self._tree(revision)
        found = sorted(tree.files_below(DEFINITIONS_FOLDER, DEFINITION_ENDINGS))
        return self._sources.files(
            [(path, entry.id) for path, entry in found],
            lambda missing: [SourceFile(shown(found[at][0]), self._head(found[at][1])) for at in missing],
        )

    def definition_ids(self, revision: Revision) -> Mapping[str, str]:
        return {file.path: blob_id(file.data) for file in self.definition_files(revision)}

    def offer(self, files: Sequence[SourceFile], ids: Mapping[str, str]) -> None:
        """Does nothing: a folder is read in place."""

    def has_file(self, revision: Revision, path: str) -> bool:
        return self._tree(revision).file(path) is not None

    def digests(self, revision: Revision, paths: Sequence[str]) -> Mapping[str, str]:
        tree = self._tree(revision)
        return {path: f"{entry.mode:o} {entry.id}" for path in paths if (entry := tree.file(path))}

    def export(self, revision: Revision, target: str) -> None:
        """Raises WorkspaceError when the folder has changed since the revision, or the target cannot be written."""
        tree = self._tree(revision)
        files = [entry for entry in tree.entries.values() if entry.is_file]
        try:
            tree.write(target, ((entry, self._chunks(entry)) for entry in files))
        except OSError as error:
            raise WorkspaceError(f"the files of {self.path!r} cannot be written: {error.strerror}") from error

    def files(self, revision: Revision) -> Sequence[TreeEntry]:
        return tuple(self._tree(revision).entries.values())

    def read_file(self, revision: Revision, path: str, max_bytes: int) -> FileContent | None:
        entry = self._tree(revision).file(path)
        if entry is None:
            return None
        data = bytearray()
        size = 0
        for chunk in self._chunks(entry):
            size += len(chunk)
            if size <= max_bytes:
                data += chunk
        return FileContent(size, bytes(data) if size <= max_bytes else None)

    def keep(self, revision: Revision) -> None:
        """Does nothing: the files of a job are exported before it is created."""

    def release(self, revision: Revision) -> None:
        """Nothing."""

    def follow(self, known: str | None) -> Revision:
        return self._read_state()

    def local_revision(self) -> Revision | None:
        return None

    def branch(self) -> str | None:
        from gitflow.workspaces.history import branch_of

        return branch_of(self.path)

    def is_on_branch(self, revision: Revision) -> bool:
        """Always False: uncommitted files are on no branch."""
        return False

    def changed_paths(self, before: Revision, after: Revision) -> tuple[str, ...]:
        """Raises FolderChanged for a revision that was not among the last few."""
        old, new = self._find(before).files, self._find(after).files
        return tuple(sorted(path for path in {*old, *new} if old.get(path) != new.get(path)))

    def log(self, revision: Revision, paths: Sequence[str], limit: int = 50) -> list[Commit]:
        from gitflow.workspaces.history import commits_in_folder

        return commits_in_folder(self.path, revision.commit.sha, paths, limit) if revision.commit else []

    def repair(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing."""

    def _tree(self, revision: Revision) -> FileTree:
        if not any(seen.revision.id == revision.id for seen in self._states[:1]):
            self._read_state()
        newest = self._states[0]
        if newest.revision.id != revision.id:
            raise self._changed()
        return newest.tree

    def _find(self, revision: Revision) -> _FolderState:
        found = next((seen for seen in self._states if seen.revision.id == revision.id), None)
        if found is None:
            raise self._changed()
        return found

    def _changed(self) -> FolderChanged:
        return FolderChanged(f"the folder {self.path!r} changed while it was read")

    def _head(self, entry: TreeEntry) -> bytes:
        kept = bytearray()
        for chunk in self._chunks(entry):
            if len(kept) < MAX_DEFINITION_BYTES:
                kept += chunk
        return bytes(kept[:MAX_DEFINITION_BYTES])

    def _chunks(self, entry: TreeEntry) -> Iterator[bytes]:
        """The content. Raises WorkspaceError, at the end at the latest, if it does not match the digest."""
        hasher = _hasher()
        try:
            handle = os.open(os.path.join(self.path, entry.path), _READ)
        except OSError:
            raise self._changed() from None
        try:
            if _mode(os.fstat(handle)) != entry.mode:
                raise self._changed()
            while chunk := os.read(handle, _CHUNK):
                hasher.update(chunk)
                yield chunk
        finally:
            os.close(handle)
        if hasher.hexdigest() != entry.id:
            raise self._changed()

    def _read_state(self) -> Revision:
        key = [self.path, *stat_cache.surroundings()]
        saved = stat_cache.load(self._cache, key) if self._cache else None
        if saved and stat_cache.is_unchanged(self.path, saved["inside"], saved["around"]):
            return self._remember_state(_revision(saved), saved["files"], None)
        return self._scan(key, saved)

    def _remember_state(self, revision: Revision, files: dict[str, Any], tree: FileTree | None) -> Revision:
        newest = next(iter(self._states), None)
        if newest is not None and newest.revision.id == revision.id:
            seen = _FolderState(revision, newest.files, newest.known_tree or tree)
        else:
            seen = _FolderState(revision, files, tree)
        older = [one for one in self._states if one.revision.id != revision.id]
        self._states = (seen, *older[: _MAX_STATES - 1])
        return revision

    def _scan(self, key: list[str], saved: dict[str, Any] | None) -> Revision:
        from time import time_ns

        from gitflow.workspaces.scanning import scan

        if not os.path.isdir(self.path):
            raise WorkspaceError(f"there is no folder {self.path!r}")
        started = time_ns()
        found = scan(self.path)
        self._refuse_too_large(found)
        entries = list(_entries(found, saved or {"inside": {}, "files": {}}))
        tree = FileTree(entries)
        revision = Revision(digest_of(entries), found.commit, found.dirty)
        record = _record(found, revision, entries, started)
        if self._cache:
            stat_cache.save(self._cache, key, record)
        return self._remember_state(revision, record["files"], tree)

    def _refuse_too_large(self, found: Scan) -> None:
        sizes: dict[str, int] = {}
        for path, info in found.files.items():
            top = path.partition("/")[0]
            sizes[top] = sizes.get(top, 0) + info.st_size
        if sum(sizes.values()) <= self._most_bytes:
            return
        largest = sorted(sizes.items(), key=lambda item: -item[1])[:3]
        named = ", ".join(f"{name!r} ({size >> 20} MiB)" for name, size in largest)
        raise WorkspaceError(
            f"the folder {self.path!r} holds more than {self._most_bytes >> 20} MiB of files that git does not "
            f"ignore; the largest are {named}"
        )


class _FolderState:
    """The files of the folder at one moment."""

    __slots__ = ("files", "known_tree", "revision")

    def __init__(self, revision: Revision, files: dict[str, Any], tree: FileTree | None) -> None:
        self.revision = revision
        self.files = files
        self.known_tree = tree

    @property
    def tree(self) -> FileTree:
        if self.known_tree is None:
            self.known_tree = FileTree(TreeEntry(path, *rest) for path, rest in self.files.items())
        return self.known_tree


_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # so that a pipe in its place cannot block


def _hasher() -> Any:
    import hashlib

    return hashlib.blake2b(digest_size=20)


def _mode(info: os.stat_result) -> int:
    if stat.S_ISLNK(info.st_mode):
        return LINK
    if not stat.S_ISREG(info.st_mode):
        return FOLDER
    return EXECUTABLE if info.st_mode & stat.S_IXUSR else REGULAR


def _entries(found: Scan, saved: dict[str, Any]) -> Iterator[TreeEntry]:
    """Every file with its digest; a file whose stat has not changed is not read again."""
    for path in sorted({*found.files, *found.folders}):
        info = found.files.get(path)
        if info is None:
            yield TreeEntry(path, FOLDER)
        elif stat.S_ISLNK(info.st_mode):
            yield TreeEntry(path, LINK, link=_read_link(os.path.join(found.folder, path)))
        elif path in saved["files"] and saved["inside"].get(path) == stat_cache.fingerprint_of(info):
            yield TreeEntry(path, _mode(info), saved["files"][path][1])
        else:
            yield _read(found, path)


def _read(found: Scan, path: str) -> TreeEntry:
    """Hashes a file, and records the stat from before the first byte was read."""
    full = os.path.join(found.folder, path)
    hasher = _hasher()
    try:
        handle = os.open(full, _READ)
        try:
            info = os.fstat(handle)
            while chunk := os.read(handle, _CHUNK):
                hasher.update(chunk)
        finally:
            os.close(handle)
    except OSError as error:
        raise WorkspaceError(f"file {full!r} cannot be read: {error.strerror}") from error
    found.inside[path] = info
    return TreeEntry(path, _mode(info), hasher.hexdigest())


def _read_link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError as error:
        raise WorkspaceError(f"{path!r} cannot be read: {error.strerror}") from error


def blob_id(data: bytes) -> str:
    """What git calls a file of this content, in a repository of SHA-1."""
    import hashlib

    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def digest_of_chunks(chunks: Iterable[bytes]) -> str:
    """Of a file's content, as its Entry has it."""
    hasher = _hasher()
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.hexdigest()


def digest_of(entries: list[TreeEntry]) -> str:
    """Of paths, modes and contents. Every field ends with a NUL, which none can contain."""
    hasher = _hasher()
    for entry in entries:
        content = entry.id if entry.link is None else entry.link
        hasher.update(b"%o\0%s\0%s\0" % (entry.mode, os.fsencode(entry.path), os.fsencode(content)))
    return hasher.hexdigest()


def _record(found: Scan, revision: Revision, entries: list[TreeEntry], read_at_ns: int) -> dict[str, Any]:
    commit = revision.commit
    return {
        "revision": revision.id,
        "dirty": revision.dirty,
        "commit": [commit.sha, commit.author, commit.message, commit.at] if commit else None,
        "inside": {path: stat_cache.note(info, read_at_ns) for path, info in found.inside.items()},
        "around": {path: stat_cache.note(info, read_at_ns) for path, info in found.around.items()},
        "files": {entry.path: [entry.mode, entry.id, entry.link] for entry in entries},
    }


def _revision(saved: dict[str, Any]) -> Revision:
    from gitflow.core.language.snapshot import Commit

    return Revision(saved["revision"], Commit(*saved["commit"]) if saved["commit"] else None, saved["dirty"])
