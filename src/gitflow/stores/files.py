"""Files that only this user may read, and folders whose entries survive a power cut."""

from __future__ import annotations

import os


def private(path: str, flags: int) -> int:
    """An ``opener`` for ``open``: a file that it makes has mode 0600."""
    return os.open(path, flags, 0o600)


def sync_folder(folder: str) -> None:
    """Syncs a folder, so that new and renamed files in it survive a power cut."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
