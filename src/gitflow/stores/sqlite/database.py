"""Opening a SQLite file: made whole, brought up to date under a lock, or refused with a sentence.

A new file is built aside, synced and renamed into place, so no process ever sees half a schema. Whoever has the file
open holds a shared lock on ``<file>.lock``; migrations need the exclusive one, so they run only when nobody else is
there, and after a backup. The kernel drops these locks when a process dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time

from gitflow.core.errors import StoreError
from gitflow.stores.sqlite.errors import refused, translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY = ":memory:"

#: Marks a file as gitflow's (``PRAGMA application_id``).
APPLICATION_ID = 0x67666C77

#: How long a statement waits for another process's transaction.
BUSY_S = 30.0

#: How long opening waits for others to let go, when a migration is due.
PATIENCE_S = 5.0

_RETRY_S = 0.003

#: Where a database file's header says that it is used with a write-ahead log (two bytes, each 2).
_WAL_OFFSET, _WAL = 18, b"\x02\x02"

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
        self.connection.close()
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
            return Database(path, _settle(_in_memory(migrations), synchronous), None)
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
        raise refused(error, path) from error
    if keep_lock:
        return Database(path, connection, lock)
    os.close(lock)
    return Database(path, connection, None)


def newest_version(migrations: str) -> int:
    """The schema that the code at hand knows: the number of the last migration."""
    return int(_files(migrations)[-1][:4])


def _up_to_date(
    path: str, migrations: str, lock: int, blockers: Callable[[], list[tuple[str, int]]], patience_s: float
) -> sqlite3.Connection:
    """Loops because, while waiting for the exclusive lock, another process may do the work."""
    deadline = time.monotonic() + patience_s
    while True:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not _is_missing(path) and (connection := _open_if_current(path, migrations)) is not None:
            return connection
        if _lock_alone(lock):
            _create(path, migrations) if _is_missing(path) else _migrate(path, migrations)
        elif time.monotonic() > deadline:
            raise StoreError(f"{path} must be brought up to date, and is in use; {_whom_to_stop(blockers())}")
        else:
            time.sleep(_RETRY_S)


def _open_if_current(path: str, migrations: str) -> sqlite3.Connection | None:
    connection = _connect(path)
    try:
        if _version(connection, path, migrations) == newest_version(migrations):
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


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


def _is_missing(path: str) -> bool:
    """Also true for an empty file: nothing was ever kept in it."""
    try:
        return os.stat(path).st_size == 0
    except FileNotFoundError:
        return True


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


def _settle(connection: sqlite3.Connection, synchronous: str) -> sqlite3.Connection:
    """What every connection is told. Deleted rows are not overwritten: it would only cost time."""
    if synchronous not in ("full", "normal"):
        raise ValueError(f"synchronous is full or normal, not {synchronous!r}")
    for setting in (f"synchronous = {synchronous}", "foreign_keys = on", "secure_delete = off"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection


def _version(connection: sqlite3.Connection, path: str, migrations: str) -> int:
    """The file's schema. Raises StoreError if the file is not gitflow's, or newer than this gitflow."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreError(f"{path} is not a store of gitflow; move it away, or choose another place with GITFLOW_STATE")
    if version > (known := newest_version(migrations)):
        raise StoreError(
            f"{path} has schema {version}, and this gitflow knows schemas up to {known}; "
            "use the newer gitflow that wrote it, or choose another state directory with GITFLOW_STATE"
        )
    return version


def _files(migrations: str) -> list[str]:
    return sorted(file for file in os.listdir(migrations) if file.endswith(".sql"))


def _apply(connection: sqlite3.Connection, migrations: str, after: int) -> None:
    """Each migration is one transaction, with its number."""
    for file in _files(migrations):
        if (number := int(file[:4])) > after:
            with open(os.path.join(migrations, file), encoding="utf-8") as text:
                script = text.read()
            try:
                connection.executescript(f"BEGIN EXCLUSIVE;{script};PRAGMA user_version = {number};COMMIT;")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


def _in_memory(migrations: str) -> sqlite3.Connection:
    connection = _connect(MEMORY)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _apply(connection, migrations, 0)
    return connection


def _create(path: str, migrations: str) -> None:
    """Built in memory and renamed into place: quick, and whole or not there at all."""
    if os.path.exists(path + "-wal"):
        raise StoreError(f"{path} is gone, and {path}-wal still holds its last changes; put it back, or remove both")
    connection = _in_memory(migrations)
    image = bytearray(connection.serialize())
    connection.close()
    image[_WAL_OFFSET : _WAL_OFFSET + 2] = _WAL
    with open(path + ".new", "wb", opener=_private) as file:
        file.write(image)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".new", path)
    sync_folder(os.path.dirname(path))


def _migrate(path: str, migrations: str) -> None:
    connection = _connect(path)
    try:
        version = _version(connection, path, migrations)
        if version < newest_version(migrations):
            _back_up(connection, path, version)
            _apply(connection, migrations, version)
    finally:
        connection.close()


def _back_up(connection: sqlite3.Connection, path: str, version: int) -> None:
    """``gitflow.db.v1.backup``: the database as it was, whole and synced."""
    backup = f"{path}.v{version}.backup"
    for leftover in (backup, backup + ".new"):
        if os.path.exists(leftover):
            os.unlink(leftover)
    connection.execute("VACUUM INTO ?", (backup + ".new",))
    with open(backup + ".new", "rb+") as file:
        os.fsync(file.fileno())
    os.rename(backup + ".new", backup)


def make_folder(folder: str) -> None:
    """With those above it, mode 0700, and so that they are there after a power cut."""
    if not os.path.isdir(folder):
        above = os.path.dirname(folder)
        make_folder(above)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        sync_folder(above)


def sync_folder(folder: str) -> None:
    """Makes names durable: what was made or renamed in the folder is there after a power cut."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
