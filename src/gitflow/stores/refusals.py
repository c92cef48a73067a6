"""What the operating system refuses, as sentences that name the file and what to do."""

from __future__ import annotations

import errno
import os

from gitflow.core.errors import DiskFull, StoreError

ROOM = "make room (gitflow gc removes what has been kept long enough) and try again; what was saved before is kept"
WRITABLE = "make the file and its folder writable for this user, or choose another state directory with GITFLOW_STATE"

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

#: By errno: what to do. Of all others: WRITABLE.
_REMEDIES = {
    errno.EROFS: "mount it so that it can be written, or choose another state directory with GITFLOW_STATE",
    errno.EMFILE: "raise this process's limit of open files (ulimit -n)",
    errno.ENFILE: "the machine has too many files open; end what holds them",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
    errno.EIO: "look for a failing disk",
}


def is_full(error: OSError) -> bool:
    """Whether a disk, or somebody's share of it, has no room left."""
    return error.errno in FULL


def refused(error: OSError, path: str) -> StoreError:
    """``path`` is named where the error names none."""
    named = path if error.filename is None else os.fsdecode(error.filename)
    if is_full(error):
        return DiskFull(f"{named}: the disk is full ({error.strerror}); {ROOM}")
    return StoreError(f"{named}: {error.strerror}; {_REMEDIES.get(error.errno or 0, WRITABLE)}")
