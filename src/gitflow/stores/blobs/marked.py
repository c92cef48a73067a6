"""A place for blobs in which each store leaves a mark before its first blob: ``stores/<id>``.

What no row names is removed there, and one store does not know the rows of another. So nothing may be removed where
more than one store keeps its files. The id is that of the key that seals the store's secrets: all servers of one
database have the same, and a copy of the store keeps it.
"""

from __future__ import annotations

import os
import tempfile
from threading import Lock
from typing import TYPE_CHECKING

from gitflow.stores.protocols.blobs import BlobsRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from gitflow.stores.protocols.blobs import Blob, Blobs

_TOP = "stores"
#: How long a mark must have been there before its store removes anything, in seconds: in this time, every store that
#: uses the place leaves its own, also those that used it before there were marks.
SETTLED_S = 6 * 3600.0


class MarkedBlobs:
    """See Blobs; callable from any thread."""

    def __init__(self, blobs: Blobs, ids: Callable[[], Sequence[str]]) -> None:
        """``ids``: of the keys of this store, the newest first; raises StoreError."""
        self._blobs = blobs
        self._ids = ids
        self._lock = Lock()
        self._is_marked = False

    @property
    def place(self) -> str:
        return self._blobs.place

    def put(self, key: str, path: str) -> None:
        self._mark()
        self._blobs.put(key, path)

    def open(self, key: str) -> AbstractContextManager[tuple[int, Iterator[bytes]]]:
        return self._blobs.open(key)

    def find(self, key: str) -> Blob | None:
        return self._blobs.find(key)

    def list(self, prefix: str = "") -> Iterator[Blob]:
        return (blob for blob in self._blobs.list(prefix) if not blob.key.startswith(f"{_TOP}/"))

    def remove(self, key: str) -> None:
        self._blobs.remove(key)

    def remove_partial(self, now: float) -> int:
        return self._blobs.remove_partial(now)

    def check(self, *, writes: bool) -> None:
        self._blobs.check(writes=writes)

    def may_sweep(self, now: float) -> bool:
        """Whether what this store does not name is needed by nobody. False: that is not known yet. ``now``: wall clock.

        Raises BlobsRefused where another store keeps its files, too.
        """
        self._mark()
        own = {f"{_TOP}/{id}" for id in self._ids()}
        marks = list(self._blobs.list(_TOP))
        others = [mark.key for mark in marks if mark.key not in own]
        if others:
            raise BlobsRefused(
                f"nothing is removed from {self.place}: another store keeps files there (its mark is {others[0]}). "
                "Name another place or prefix in artifacts.url; if that store is gone, remove its mark"
            )
        return any(mark.put_at < now - SETTLED_S for mark in marks)

    def _mark(self) -> None:
        with self._lock:
            if self._is_marked:
                return
            key = f"{_TOP}/{self._ids()[0]}"
            if self._blobs.find(key) is None:
                with tempfile.NamedTemporaryFile() as empty:
                    self._blobs.put(key, os.path.abspath(empty.name))
            self._is_marked = True
