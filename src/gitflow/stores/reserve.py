"""Reserves disk space for operations that free more: a file in the state directory.

Deleting needs some space itself, because SQLite first writes every change to its write-ahead log. On a full disk,
``gitflow gc`` and ``gitflow delete`` remove this file, and create it again once there is space.
"""

from __future__ import annotations

import os

from gitflow.stores.registry import RESERVE

SIZE = 1024 * 1024
#: So many bytes must be free before the file is created, so that it takes no space that others need.
_PLENTY = 4 * SIZE


def keep(state_dir: str) -> None:
    """Creates the file, unless it exists or the disk has little space. Ignores errors: nothing depends on it."""
    path = os.path.join(state_dir, RESERVE)
    try:
        if os.path.exists(path) or _free(state_dir) < _PLENTY:
            return
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, SIZE)
        finally:
            os.close(fd)
    except OSError:
        return


def give_up(state_dir: str) -> bool:
    """Removes the file; returns whether it existed."""
    try:
        os.unlink(os.path.join(state_dir, RESERVE))
    except OSError:
        return False
    return True


def is_needed(state_dir: str) -> bool:
    """Whether the disk has so little space that the file must be removed."""
    try:
        return _free(state_dir) < SIZE
    except OSError:
        return False


def _free(folder: str) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
