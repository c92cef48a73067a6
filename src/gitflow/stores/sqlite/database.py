"""Opening a SQLite file: made whole, brought up to date under a lock, or refused with a sentence.

Whoever has the file open holds a shared lock on ``<file>.lock``; making and migrating it (migrations.py) need the
exclusive one, so a migration runs only when nobody else is there. The kernel drops these locks when a process dies.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time

from gitflow.core.errors import StoreError
from gitflow.stores.sqlite.errors import translated
from gitflow.stores.sqlite.migrations import (
    MEMORY,
    connect,
    create,
    in_memory,
    is_missing,
    make_folder,
    migrate,
    newest_version,
    version_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: How long opening waits for others to let go, when a migration is due.
PATIENCE_S = 5.0

#: How long the write-ahead log grows before it is emptied. Whoever opens the file first reads all of it.
LOG_PAGES = 500

_RETRY_S = 0.003

_HERE = os.path.dirname(os.path.abspath(__file__))
JOB_MIGRATIONS = os.path.join(_HERE, "migrations")
LOG_MIGRATIONS = os.path.join(_HERE, "log_migrations")
QUERIES = os.path.join(_HERE, "queries")


class Database:
    """One open connection, and the lock that says so."""

    def __init__(self, path: str, connection: sqlite3.Connection, lock: int | None) -> None:
        self.path = path
        self.connection = connection
        self._lock = lock

    def close(self) -> None:
        """Leaves the write-ahead log as it is: emptying it would cost every command several syncs.

        SQLite empties the log when the last connection closes, unless that one may only read.
        """
        reader = None if self.path == MEMORY else _reader(self.path)
        self.connection.close()
        if reader is not None:
            reader.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)


def open_database(
    path: str,
    migrations: str,
    *,
    synchronous: str = "full",
    lock_path: str | None = None,
    keep_lock: bool = True,
    blockers: Callable[[], list[tuple[str, int]]] = list,
    patience_s: float = PATIENCE_S,
) -> Database:
    """Opens the database, making or migrating it first where needed; its folder too (mode 0700).

    ``blockers`` names the processes to stop, as ``(owner id, process id)``, when a migration must wait for them.
    Raises StoreError, with the path and what to do.
    """
    try:
        if path == MEMORY:
            return Database(path, _settle(in_memory(migrations), synchronous), None)
        make_folder(os.path.dirname(path))
        lock = os.open(lock_path or path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            connection = _settle(_up_to_date(path, migrations, lock, blockers, patience_s), synchronous)
        except BaseException:
            os.close(lock)
            raise
    except sqlite3.Error as error:
        raise translated(error, path) from error
    except OSError as error:
        from gitflow.stores.refusals import refused

        raise refused(error, path) from error
    if keep_lock:
        return Database(path, connection, lock)
    os.close(lock)
    return Database(path, connection, None)


def _up_to_date(
    path: str, migrations: str, lock: int, blockers: Callable[[], list[tuple[str, int]]], patience_s: float
) -> sqlite3.Connection:
    """Loops because, while waiting for the exclusive lock, another process may do the work."""
    deadline = time.monotonic() + patience_s
    while True:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not is_missing(path) and (connection := _open_if_current(path, migrations)) is not None:
            return connection
        if _lock_alone(lock):
            create(path, migrations) if is_missing(path) else migrate(path, migrations)
        elif time.monotonic() > deadline:
            raise StoreError(f"{path} must be brought up to date, and is in use; {_whom_to_stop(blockers())}")
        else:
            time.sleep(_RETRY_S)


def _open_if_current(path: str, migrations: str) -> sqlite3.Connection | None:
    connection = connect(path)
    try:
        if version_of(connection, path, migrations) == newest_version(migrations):
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


def _reader(path: str) -> sqlite3.Connection | None:
    """A connection that only reads, and has read; None if the file cannot be read any more."""
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        reader = sqlite3.connect(f"file:{quoted}?mode=ro", uri=True, check_same_thread=False)
    except sqlite3.Error:
        return None
    try:
        reader.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error:
        reader.close()
        return None
    return reader


def _lock_alone(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _whom_to_stop(blockers: list[tuple[str, int]]) -> str:
    if not blockers:
        return "end the other gitflow processes that use it, then try again"
    return "stop process " + ", ".join(str(pid) for _, pid in blockers) + " first, then try again"


def _settle(connection: sqlite3.Connection, synchronous: str) -> sqlite3.Connection:
    """What every connection is told. Deleted rows are not overwritten: it would only cost time."""
    if synchronous not in ("full", "normal"):
        raise ValueError(f"synchronous is full or normal, not {synchronous!r}")
    for setting in (f"synchronous = {synchronous}", "foreign_keys = on", "secure_delete = off"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection
