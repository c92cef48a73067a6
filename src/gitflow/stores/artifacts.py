"""Artifacts: files that steps leave for later steps. They are stored by content; rows of the jobs' store give them
names.

A file is first copied to a folder for new files and synced (``stage``). The transaction that writes its row renames it
to ``artifacts/<first two characters of its digest>/<digest>`` (``keep_staged``). ``sweep`` removes the files that no
row names. Both happen inside a transaction of the jobs' store, so neither sees the other half done.

Servers may share the files (shared_files.py). Then a new file is also put into the shared store, which may be slow, and
a file that this machine lacks is copied from there when it is asked for.
"""

from __future__ import annotations

import contextlib
import os
import stat

from gitflow.stores.files import private, sync_folder
from gitflow.stores.protocols.artifacts import Artifact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from gitflow.stores.protocols.artifacts import ArtifactNameStore
    from gitflow.stores.shared_files import SharedFiles

_BLOCK = 1024 * 1024

#: The folder to which files are copied first, and after how many seconds a file in it counts as left behind.
_ASIDE, _LEFT_BEHIND_S = "new", 86_400.0

#: How many files are removed in one transaction.
_BATCH = 100

#: The ``ioctl`` of Linux that makes a copy which shares its blocks with the original, on file systems that can.
_FICLONE = 0x40049409


def _ignore(notice: str) -> None:
    pass


class ArtifactStore:
    def __init__(
        self, state_dir: str, names: ArtifactNameStore, share: Callable[[str], SharedFiles] | None = None
    ) -> None:
        """``share``: opens what the servers share, given the folder of the artifacts; None: they share none."""
        self._folder = os.path.join(state_dir, "artifacts")
        self._names = names
        self.shared = share(self._folder) if share is not None else None

    def keep(
        self, job_id: str, step: str, attempt: int, folder: str, notice: Callable[[str], None] = _ignore
    ) -> list[Artifact]:
        """Stages and keeps the files at once. In an open transaction, others wait while the files are copied."""
        return self.keep_staged(job_id, step, attempt, self.stage(folder, notice))

    def stage(self, folder: str, notice: Callable[[str], None] = _ignore) -> list[tuple[Artifact, str]]:
        """Copies the regular files below a folder, and returns each with the path of its copy. This may take long.

        Symbolic links, other special files and names that are not UTF-8 are left out; ``notice`` is called for each.
        Raises OSError, and StoreError where the files are shared.
        """
        copied = [self._copied(path, name) for path, name in _files(folder, "", notice)]
        if self.shared is None:
            return copied
        return [(artifact, self.shared.put(artifact.digest, aside)) for artifact, aside in copied]

    def keep_staged(
        self, job_id: str, step: str, attempt: int, staged: Iterable[tuple[Artifact, str]]
    ) -> list[Artifact]:
        """Keeps what was staged, in the open transaction if there is one. Raises OSError and StoreError."""
        with self._names.joined():
            kept = [self._named(artifact, aside) for artifact, aside in staged]
            for place in {os.path.dirname(self._path(one.digest)) for one in kept}:
                _sync_folder(place)
            self._names.put_artifacts(job_id, step, attempt, kept)
        return kept

    def lay_out(self, job_id: str, steps: Iterable[str], target: str) -> None:
        """Copies the artifacts of the last attempts of these steps to ``<target>/<step>/…``. Those of a loop's
        instances go to ``<target>/<step>/<number>/…``. A step may change its copies. Raises OSError and StoreError."""
        for step, index, artifact in self._names.artifacts_of_steps(job_id, steps):
            self.bring(artifact)
            place = os.path.join(target, step, *([] if index is None else [str(index)]))
            path = os.path.join(place, *checked(artifact.name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            _copy(self._path(artifact.digest), path, artifact.mode)

    def steps_of(self, job_id: str) -> set[str]:
        """The steps of a job that left artifacts. The instances of a loop count as the loop."""
        return {step.partition("[")[0] for step, _, _ in self._names.artifacts(job_id)}

    def open(self, digest: str) -> int:
        """A file descriptor to read the content from; see ``bring``. Raises OSError."""
        return os.open(self._path(digest), os.O_RDONLY | os.O_CLOEXEC)

    def elsewhere(self, job_id: str, steps: Iterable[str]) -> list[Artifact]:
        """Those of the artifacts for ``lay_out`` that must be brought to this machine first."""
        if self.shared is None:
            return []
        found = self._names.artifacts_of_steps(job_id, steps)
        return [artifact for _, _, artifact in found if not self._is_here(artifact.digest)]

    def bring(self, artifact: Artifact) -> None:
        """Copies shared content to this machine, if it is not there. Callable from any thread.

        Raises OSError and StoreError.
        """
        if self.shared is None or self._is_here(artifact.digest):
            return
        aside, path = os.path.join(self._aside(), os.urandom(8).hex()), self._path(artifact.digest)
        self.shared.fetch(artifact.digest, artifact.size, aside)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.rename(aside, path)

    def upload_path(self, digest: str) -> str:
        """Where a file with this content that an agent has sent waits for the commit that keeps it. Raises OSError."""
        return os.path.join(self._aside(), digest)

    def has(self, digest: str) -> bool:
        """Whether the content is kept, or was uploaded and waits to be kept."""
        return os.path.exists(self._path(digest)) or os.path.exists(os.path.join(self._folder, _ASIDE, digest))

    def begin_upload(self) -> str:
        """A new path, to which an arriving file is written; ``end_upload`` then moves it. Raises OSError."""
        return os.path.join(self._aside(), os.urandom(8).hex())

    def end_upload(self, path: str, digest: str) -> None:
        """Call it once the file is complete and synced. Raises OSError, and StoreError where the files are shared."""
        os.rename(path if self.shared is None else self.shared.put(digest, path), self.upload_path(digest))

    def places(self) -> list[str]:
        """The folders that hold kept files. Each is swept on its own."""
        return [place for place in _paths(self._folder) if len(os.path.basename(place)) == 2]

    def sweep(self, place: str, before: float, *, dry: bool = False) -> tuple[int, int]:
        """Removes the files of a folder that no row names and that are older than the time ``before``. Returns their
        number and their size in bytes. With ``dry`` it only counts them.

        Other processes wait only while unnamed files are removed. Newer files stay: the commit that names one may still
        be tried again.
        """
        unnamed = [path for path in _paths(place) if _older(path, before) and not self._is_named(path)]
        if dry or not unnamed:
            return len(unnamed), sum(map(_size, unnamed))
        removed = [self._remove_batch(unnamed[at : at + _BATCH], before) for at in range(0, len(unnamed), _BATCH)]
        return sum(count for count, _ in removed), sum(size for _, size in removed)

    def remove_left_behind(self, now: float) -> tuple[int, int]:
        """Removes copies that were made more than a day ago and never kept. Returns their number and their size in
        bytes."""
        sizes = [_remove_older(path, now - _LEFT_BEHIND_S) for path in _paths(os.path.join(self._folder, _ASIDE))]
        removed = [size for size in sizes if size is not None]
        return len(removed), sum(removed)

    def discard(self, digests: Collection[str]) -> None:
        """Removes those of these files that no row names any more. Raises OSError and StoreError."""
        if not digests:
            return
        with self._names.joined():
            for digest in digests:
                if not self._names.names_digest(digest):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(self._path(digest))

    def _is_here(self, digest: str) -> bool:
        """Whether this machine has the content; notes that it is used."""
        try:
            os.utime(self._path(digest))
        except FileNotFoundError:
            return False
        return True

    def _is_named(self, path: str) -> bool:
        return self._names.names_digest(os.path.basename(path))

    def _remove_batch(self, paths: list[str], before: float) -> tuple[int, int]:
        """Checks each file again inside the transaction, in which no other process can name it."""
        count = size = 0
        with self._names.joined():
            for path in paths:
                if _older(path, before) and not self._is_named(path):
                    size += _size(path)
                    count += 1
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(path)
        return count, size

    def _copied(self, source: str, name: str) -> tuple[Artifact, str]:
        import hashlib

        digest, size = hashlib.sha256(), 0
        aside = os.path.join(self._aside(), os.urandom(8).hex())
        with (
            open(source, "rb", buffering=0, opener=_no_link) as file,
            open(aside, "xb", buffering=0, opener=private) as copy,
        ):
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o777
            while block := file.read(_BLOCK):
                digest.update(block)
                _write_all(copy.fileno(), block)
                size += len(block)
            os.fsync(copy.fileno())
        return Artifact(name, size, mode, digest.hexdigest()), aside

    def _aside(self) -> str:
        """The folder for copies. When it is new, its parent folder is synced before any copy gets a name."""
        folder = os.path.join(self._folder, _ASIDE)
        if not os.path.isdir(folder):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            _sync_folder(self._folder)
        return folder

    def _named(self, artifact: Artifact, aside: str) -> Artifact:
        path = self._path(artifact.digest)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        if not os.path.exists(path) or os.path.exists(aside):
            os.rename(aside, path)  # the target may have the same content; no copy: a commit is repeated
        return artifact

    def _path(self, digest: str) -> str:
        return os.path.join(self._folder, digest[:2], digest)


def checked(name: str) -> list[str]:
    """The parts of an artifact's name. Raises ValueError for one that leads out of its folder."""
    parts = name.split("/")
    if "\0" in name or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{name!r} cannot be the name of an artifact")
    return parts


def _files(folder: str, above: str, notice: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    """``(path, name)`` of the regular files below a folder, sorted by name."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = above + entry.name
        if not _is_utf8(name):
            notice(f"artifact {name!r} is left out: its name is not UTF-8")
        elif entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, name + "/", notice)
        elif entry.is_file(follow_symlinks=False):
            yield entry.path, name
        else:
            kind = "a symbolic link" if entry.is_symlink() else "not a regular file"
            notice(f"artifact {name!r} is left out: it is {kind}")


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _paths(folder: str) -> list[str]:
    try:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    except FileNotFoundError:
        return []


def _remove_older(path: str, than: float) -> int | None:
    """Removes a file that was last written before a time, and returns its size; None if it is newer or gone."""
    with contextlib.suppress(FileNotFoundError):  # its owner has just kept it
        status = os.stat(path)
        if status.st_mtime < than:
            os.unlink(path)
            return status.st_size
    return None


def _older(path: str, than: float) -> bool:
    """Whether the file was renamed to its place before a time; False if it is gone."""
    with contextlib.suppress(FileNotFoundError):
        return os.stat(path).st_ctime < than
    return False


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def _copy(source: str, target: str, mode: int) -> None:
    """Copies a file to the new path ``target``, and shares blocks where the file system can. The owner may always read
    and write the copy."""
    import fcntl
    import shutil

    with open(source, "rb") as file, open(target, "xb", opener=private) as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, file.fileno())
        except OSError:
            shutil.copyfileobj(file, copy, _BLOCK)
        os.fchmod(copy.fileno(), mode | 0o600)


def _write_all(fd: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(fd, view) :]


def _sync_folder(folder: str) -> None:
    """Syncs a folder, and its entry in the folder above."""
    for place in (folder, os.path.dirname(folder)):
        sync_folder(place)


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)
