"""Copies a database while other processes use it, and one that SQLite cannot open in place."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import suppress

from gitflow.stores.sqlite.errors import translated

#: The endings of the files of a database.
_PARTS = ("", "-wal", "-shm")


def copy_database(path: str, copy: str) -> str:
    """Copies the database with its write-ahead log while others write to it. Returns ``copy``.

    Raises FileNotFoundError if there is no database, OSError for the path of the copy, and StoreError.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(path)
    if _is_read_only(path) and _copy_unused(path, copy):
        return copy
    try:
        _vacuum_into(path, copy)
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        cannot_open = code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not cannot_open or os.path.exists(path + "-shm") or not _copy_unused(path, copy):
            raise translated(error, path) from error
    return copy


def _vacuum_into(path: str, copy: str) -> None:
    source = sqlite3.connect(path, timeout=30.0, isolation_level=None)
    try:
        source.execute("VACUUM INTO ?", (copy,))
    finally:
        source.close()


def _copy_unused(path: str, copy: str) -> bool:
    """Copies the files of a database to which nobody writes and that SQLite cannot open in place: it is on a read-only
    disk, or has no ``-shm`` file, which a process that has it open would have created. False if a file changes
    meanwhile."""
    raw = copy + ".raw"
    before = _states(path)
    try:
        for part in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(path + part, raw + part)
        is_same = _states(path) == before
        if is_same:
            _vacuum_into(raw, copy)
    finally:
        for part in _PARTS:
            with suppress(FileNotFoundError):
                os.unlink(raw + part)
    return is_same


def _is_read_only(path: str) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _states(path: str) -> list[tuple[int, int] | None]:
    """The size and the modification time of each file; None if it does not exist."""
    found: list[tuple[int, int] | None] = []
    for part in _PARTS:
        try:
            status = os.stat(path + part)
            found.append((status.st_size, status.st_mtime_ns))
        except FileNotFoundError:
            found.append(None)
    return found
