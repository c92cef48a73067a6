"""Creates files that hold a generated secret."""

from __future__ import annotations

import os
from contextlib import suppress

from gitflow.stores.files import sync_folder


def write_once(path: str, data: bytes) -> None:
    """Creates a synced file that only this user can read, in one atomic step. An existing file stays as it is."""
    aside = f"{path}.{os.urandom(6).hex()}.new"
    fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, data)
        os.fsync(fd)
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        os.close(fd)
        os.unlink(aside)
    sync_folder(os.path.dirname(path))
