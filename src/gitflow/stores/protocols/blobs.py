"""Files that several servers share, by key: a folder that all of them mount, or a bucket.

A key is a path of one to eight names, with ``/``. Its content never changes: whoever puts a key again puts the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from gitflow.core.errors import StoreError
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

#: A name of a key. None begins with a dot: so no key leads out of its folder, and files that are being written have
#: names that no key has.
_NAME = r"[A-Za-z0-9_@%-][A-Za-z0-9._@%-]{0,199}"
_KEY = re.compile(rf"{_NAME}(/{_NAME}){{0,7}}")
#: How long a key may be, in bytes. S3 allows 1,024 with the prefix.
MAX_KEY = 700


class BlobsRefused(StoreError):
    """The folder or bucket is missing, or refuses this server. It will not go away by itself."""


class BlobsAway(StoreError):
    """The folder or bucket cannot be reached now."""


class NoBlob(StoreError):
    """There is nothing by this key."""


class DamagedBlob(StoreError):
    """The content is not what was put."""


class Blob(Record):
    key: str
    size: int
    put_at: float  #: by the clock of the folder or bucket, in seconds since 1970


class Blobs(Protocol):
    """Every method may take as long as the network does, and raises BlobsRefused and BlobsAway."""

    @property
    def place(self) -> str:
        """Where it is, for a message; without credentials."""
        ...

    def put(self, key: str, path: str) -> None:
        """Puts the content of a file, whole or not at all. It replaces what was there, and is then new."""
        ...

    def open(self, key: str) -> AbstractContextManager[tuple[int, Iterator[bytes]]]:
        """The size, and the content, which is read while it is asked for. Raises NoBlob."""
        ...

    def find(self, key: str) -> Blob | None: ...

    def list(self, prefix: str = "") -> Iterator[Blob]:
        """What is below a prefix: nothing, or whole names of keys. In no order."""
        ...

    def remove(self, key: str) -> None:
        """Succeeds also if there is nothing."""
        ...

    def remove_partial(self, now: float) -> int:
        """Removes what servers that died were putting a day ago; how many files. ``now``: wall clock."""
        ...

    def check(self, *, writes: bool) -> None:
        """Raises within seconds what is wrong with the place. ``writes``: also puts and removes a file."""
        ...


def checked_key(key: str) -> str:
    """Raises ValueError for a text that is no key."""
    if len(key) > MAX_KEY or _KEY.fullmatch(key) is None:
        raise ValueError(f"{key[:80]!r} cannot be the key of a blob")
    return key
