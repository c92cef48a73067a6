"""The files of artifacts where all servers have them: each is put there before the commit that names it.

The state directory keeps a copy of what was put or asked for lately. What no row names is removed by ``sweep``, which
races with servers that put the same content again. So a file that is about to be named has a mark on this machine, a
file ``new/<digest>.<random>``, from before it is put until it is named; ``sweep`` removes only what has no mark and was
put long ago, while it holds the lock under which marks are made. Whatever is put after that is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING

from gitflow.stores.files import private
from gitflow.stores.protocols.blobs import DamagedBlob

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from gitflow.stores.protocols.blobs import Blob, Blobs

#: How long a file stays that no row names, in seconds: long enough for clocks that differ by hours.
YOUNG_S = 6 * 3600.0
#: How long this machine keeps a copy that nobody asks for, in seconds.
UNUSED_S = 86_400.0
#: How many files are removed before others may make marks.
_BATCH = 50

_KEY = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})")
_LOCK = "lock"


class SharedFiles:
    def __init__(self, blobs: Blobs, folder: str, may_sweep: Callable[[float], bool] = lambda now: True) -> None:
        """``folder``: that of the artifacts in the state directory. ``may_sweep``: see MarkedBlobs."""
        self.blobs = blobs
        self.folder = folder
        self.may_sweep = may_sweep

    def put(self, digest: str, path: str) -> str:
        """Puts the content of a new file of ``new/``. Returns the path it has from now on, which is its mark.

        Raises BlobsRefused, BlobsAway and OSError; then the file is gone.
        """
        mark = os.path.join(os.path.dirname(path), f"{digest}.{os.urandom(8).hex()}")
        with self.locked():
            os.rename(path, mark)
        try:
            self.blobs.put(key_of(digest), mark)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(mark)
            raise
        return mark

    def fetch(self, digest: str, size: int, path: str) -> None:
        """Writes the content to a new file. Raises NoBlob, DamagedBlob, BlobsRefused, BlobsAway and OSError."""
        fetch(self.blobs, key_of(digest), digest, path, size=size)

    def sweep(self, is_named: Callable[[str], bool], now: float) -> tuple[int, int]:
        """Removes what no row names and was put long ago; how many files, and their bytes. Raises StoreError."""
        unnamed = self.unnamed(is_named, now)
        sizes: list[int] = []
        while some := list(islice(unnamed, _BATCH)):
            sizes += self._remove(some, now)
        return len(sizes), sum(sizes)

    def unnamed(self, is_named: Callable[[str], bool], now: float) -> Iterator[Blob]:
        """What no row names and was put long ago. Raises StoreError."""
        for blob in self.blobs.list():
            if _KEY.fullmatch(blob.key) and blob.put_at < now - YOUNG_S and not is_named(_digest(blob)):
                yield blob

    def release_copies(self, now: float) -> tuple[int, int]:
        """Removes copies that nobody has asked for lately; how many, and their bytes. A file that the others do not
        have yet is put there instead: it is from before they shared any. Raises StoreError and OSError."""
        count = size = 0
        for path in self._copies():
            with suppress(FileNotFoundError):
                status = os.stat(path)
                if status.st_mtime < now - UNUSED_S and self._release(path, status.st_size):
                    count, size = count + 1, size + status.st_size
        return count, size

    def _copies(self) -> Iterator[str]:
        for place, _, names in os.walk(self.folder):
            yield from (os.path.join(place, name) for name in names if _KEY.fullmatch(f"{place[-2:]}/{name}"))

    def _release(self, path: str, size: int) -> bool:
        key = key_of(os.path.basename(path))
        shared = self.blobs.find(key)
        if shared is None or shared.size != size:
            self.blobs.put(key, path)
            return False
        os.unlink(path)
        return True

    def _remove(self, blobs: list[Blob], now: float) -> list[int]:
        """Removes those that are still old and have no mark. Returns their sizes in bytes."""
        with self.locked():
            marked = {name.partition(".")[0] for name in os.listdir(os.path.join(self.folder, "new"))}
            return [blob.size for blob in blobs if _digest(blob) not in marked and self._remove_old(blob, now)]

    def _remove_old(self, blob: Blob, now: float) -> bool:
        """Looks again: it may have been put anew since it was listed."""
        is_kept = _is_young(os.path.join(self.folder, blob.key), now)
        again = None if is_kept else self.blobs.find(blob.key)
        if again is None or again.put_at >= now - YOUNG_S:
            return False
        self.blobs.remove(blob.key)
        return True

    @contextmanager
    def locked(self) -> Generator[None]:
        """No other process of this machine makes a mark, or removes what has none, before the end of the block."""
        os.makedirs(os.path.join(self.folder, "new"), mode=0o700, exist_ok=True)
        fd = os.open(os.path.join(self.folder, _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)


def fetch(blobs: Blobs, key: str, digest: str, path: str, *, size: int | None = None, at_most: int = 1 << 40) -> None:
    """Writes the content of a blob to a new file, and checks it: its SHA-256, and its size if that is known.

    Raises NoBlob, DamagedBlob, BlobsRefused, BlobsAway and OSError; then there is no file.
    """
    try:
        with blobs.open(key) as (found, blocks), open(path, "xb", opener=private) as file:
            limit = at_most if size is None else size
            if found > limit or size not in (None, found):
                raise DamagedBlob(f"{blobs.place}: {key} has {found} bytes, and should have {limit}")
            actual, written = hashlib.sha256(), 0
            for block in blocks:
                written += len(block)
                if written > found:
                    break
                actual.update(block)
                file.write(block)
            if written != found or actual.hexdigest() != digest:
                raise DamagedBlob(f"{blobs.place}: {key} has been changed: its content has another SHA-256")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(path)
        raise


def key_of(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def _digest(blob: Blob) -> str:
    return blob.key.rpartition("/")[2]


def _is_young(path: str, now: float) -> bool:
    """Whether the file was renamed to its place lately: the commit that names it may be about to be repeated."""
    try:
        return os.stat(path).st_ctime >= now - YOUNG_S
    except FileNotFoundError:
        return False
