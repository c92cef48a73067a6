"""Blobs as files of a folder that every server mounts.

A file is written under another name, synced and renamed: what has its key is whole.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gitflow.stores.files import private, sync_folder
from gitflow.stores.protocols.blobs import Blob, BlobsAway, BlobsRefused, NoBlob, checked_key

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from gitflow.core.errors import StoreError

_BLOCK = 1 << 20
#: How the names of files begin that are not whole. No key has such a name.
_PARTIAL = ".new-"
#: How long such a file may lie there before it counts as left behind, in seconds.
_LEFT_BEHIND_S = 86_400.0
_PROBE = "probe"

#: By errno: what to do. Of all others: that the place cannot be reached now.
_REMEDIES = {
    errno.ENOENT: "make the folder, or mount it",
    errno.ENOTDIR: "it, or a part of its path, is a file: name a folder",
    errno.EACCES: "make it readable and writable for the user of this server",
    errno.EPERM: "make it readable and writable for the user of this server",
    errno.EROFS: "mount it so that it can be written",
}


class FolderBlobs:
    def __init__(self, folder: str) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        return self._folder

    def put(self, key: str, path: str) -> None:
        target = self._path(key)
        partial = os.path.join(os.path.dirname(target), _PARTIAL + os.urandom(8).hex())
        try:
            self._make_folder_of(target)
            try:
                with open(path, "rb") as source, open(partial, "xb", opener=private) as copy:
                    shutil.copyfileobj(source, copy, _BLOCK)
                    copy.flush()
                    os.fsync(copy.fileno())
                os.rename(partial, target)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(partial)
            sync_folder(os.path.dirname(target))
        except OSError as error:
            raise self._refusal(error) from error

    @contextmanager
    def open(self, key: str) -> Generator[tuple[int, Iterator[bytes]]]:
        try:
            fd = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            self._require_folder()
            raise NoBlob(f"{self.place} has no {key}") from None
        except OSError as error:
            raise self._refusal(error) from error
        try:
            yield os.fstat(fd).st_size, self._blocks(fd)
        finally:
            os.close(fd)

    def find(self, key: str) -> Blob | None:
        try:
            status = os.stat(self._path(key), follow_symlinks=False)
        except FileNotFoundError:
            self._require_folder()
            return None
        except OSError as error:
            raise self._refusal(error) from error
        return Blob(key, status.st_size, status.st_ctime)

    def list(self, prefix: str = "") -> Iterator[Blob]:
        top = os.path.join(self._folder, *checked_key(prefix).split("/")) if prefix else self._folder
        self._require_folder()
        ahead = [top]
        while ahead:
            folder = ahead.pop()
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if entry.is_dir(follow_symlinks=False):
                            ahead.append(entry.path)
                        elif not entry.name.startswith("."):
                            yield from self._listed(entry)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise self._refusal(error) from error

    def remove(self, key: str) -> None:
        try:
            os.unlink(self._path(key))
        except FileNotFoundError:
            self._require_folder()
        except OSError as error:
            raise self._refusal(error) from error

    def check(self, *, writes: bool) -> None:
        self._require_folder()
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            raise self._refusal(PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
        if writes:
            key = f"{_PROBE}/{os.urandom(8).hex()}"
            self.put(key, os.devnull)
            self.remove(key)

    def remove_partial(self, now: float) -> int:
        """Removes what servers that died were writing; how many files."""
        removed = 0
        for folder, _, names in os.walk(self._folder):
            for path in (os.path.join(folder, name) for name in names if name.startswith(_PARTIAL)):
                with suppress(OSError):
                    if os.stat(path).st_mtime < now - _LEFT_BEHIND_S:
                        os.unlink(path)
                        removed += 1
        return removed

    def _path(self, key: str) -> str:
        return os.path.join(self._folder, *checked_key(key).split("/"))

    def _listed(self, entry: os.DirEntry[str]) -> Iterator[Blob]:
        with suppress(FileNotFoundError):
            status = entry.stat(follow_symlinks=False)
            yield Blob(os.path.relpath(entry.path, self._folder), status.st_size, status.st_ctime)

    def _make_folder_of(self, target: str) -> None:
        """Never makes the folder of all: where that is missing, it is not mounted."""
        self._require_folder()
        missing = [folder := os.path.dirname(target)]
        while not os.path.isdir(folder):
            missing.append(folder := os.path.dirname(folder))
        for folder in reversed(missing[:-1]):
            with suppress(FileExistsError):
                os.mkdir(folder, 0o700)
            sync_folder(os.path.dirname(folder))

    def _blocks(self, fd: int) -> Iterator[bytes]:
        try:
            while block := os.read(fd, _BLOCK):
                yield block
        except OSError as error:
            raise self._refusal(error) from error

    def _require_folder(self) -> None:
        try:
            if not os.path.isdir(self._folder):
                os.stat(self._folder)
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> StoreError:
        remedy = _REMEDIES.get(error.errno or 0)
        why = f"artifacts.url: {self._folder}: {error.strerror or error}"
        if remedy is None:
            return BlobsAway(f"{why}; it will be tried again")
        return BlobsRefused(f"{why}; {remedy}")
