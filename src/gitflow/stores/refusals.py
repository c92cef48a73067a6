"""Errors of the operating system as sentences that name the file and the remedy."""

from __future__ import annotations

import errno
import os

from gitflow.core.errors import DiskFull, StoreError

ROOM = "make room (gitflow gc removes what has been kept long enough) and try again; what was saved before is kept"
WRITABLE = "make the file and its folder writable for this user, or choose another state directory with GITFLOW_STATE"

#: In bytes: the smallest file of a store, which SQLite writes at once.
SMALLEST = 32 * 1024

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

_FOLDER = (
    "something in this path is a file and must be a folder: move it away, or choose another state directory with "
    "GITFLOW_STATE"
)

#: errno -> the remedy. For all others it is WRITABLE.
_REMEDIES = {
    errno.EROFS: "mount it so that it can be written, or choose another state directory with GITFLOW_STATE",
    errno.EMFILE: "raise this process's limit of open files (ulimit -n)",
    errno.ENFILE: "the machine has too many files open; end what holds them",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
    errno.EIO: "look for a failing disk",
    errno.ENOTDIR: _FOLDER,
    errno.EEXIST: _FOLDER,
}


def is_full(error: OSError) -> bool:
    """Whether the disk or the user's quota is full."""
    return error.errno in FULL


def has_no_room(folder: str) -> bool:
    """Whether its disk has less room than the smallest file of a store takes."""
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize < SMALLEST


def refused(error: OSError, path: str) -> StoreError:
    """The StoreError for an OSError. ``path`` is used if the error does not name a file."""
    return (DiskFull if is_full(error) else StoreError)(sentence(error, path))


def sentence(error: OSError, path: str) -> str:
    """The text of that error."""
    named = path if error.filename is None else os.fsdecode(error.filename)
    if is_full(error):
        return f"{named}: the disk is full ({error.strerror}); {ROOM}"
    return f"{named}: {error.strerror}; {_REMEDIES.get(error.errno or 0, WRITABLE)}"
