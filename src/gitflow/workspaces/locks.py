"""A lock between processes, which the kernel drops when its last holder dies."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def locked(path: str) -> Generator[int]:
    """Waits for the lock and yields its handle. The file stays: removing it would let two processes hold the lock.
    Raises WorkspaceError if it cannot be created."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise WorkspaceError(f"{path!r} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)
