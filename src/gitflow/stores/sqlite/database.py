"""SQLite as a driver of the store. Opening a file creates it, migrates it under a lock, or refuses it with a sentence.

Every process that has the file open holds a shared lock on ``<file>.lock``. Creating and migrating the file
(migrations.py) need the exclusive lock, so a migration runs only when no other process has it open. The kernel releases
these locks when a process ends.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from _operator import itemgetter

from gitflow.core.errors import StoreError
from gitflow.core.standard import suppress
from gitflow.stores.sql.driver import Duplicate
from gitflow.stores.sqlite.migrations import (
    MEMORY,
    connect,
    copy_in_memory,
    create,
    is_missing,
    make_folder,
    migrate,
    newest_version,
    version_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from gitflow.stores.protocols.leases import ActiveServer, Lease
    from gitflow.stores.sql.driver import Row, Values
else:
    import _sqlite3 as sqlite3  # see migrations.py

#: How long opening waits for other processes to close the file if it must be migrated, in seconds.
TIMEOUT_S = 5.0

#: At how many pages the write-ahead log is emptied. The first process that opens the file reads all of it.
LOG_PAGES = 500

_RETRY_S = 0.003

_HERE = os.path.dirname(os.path.abspath(__file__))
JOB_MIGRATIONS = os.path.join(_HERE, "migrations")
LOG_MIGRATIONS = os.path.join(_HERE, "log_migrations")
QUERIES = os.path.join(_HERE, "queries")


#: How many prepared statements are kept. There is a limit because each list of jobs may have a new statement.
_KEPT_STATEMENTS = 256

_NO_VALUES: dict[str, object] = {}

_NAME = "abcdefghijklmnopqrstuvwxyz0123456789_"


class _Statement:
    """SQL whose parameters are numbered by position, because sqlite3 takes four times as long to bind named ones."""

    __slots__ = ("bind", "columns", "sql")

    def __init__(self, sql: str) -> None:
        self.sql, names = _by_place(sql)
        self.bind = _binder(names)  #: the values of the parameters, in their order
        self.columns: tuple[str, ...] | None = None  #: the columns of its rows, once it has been run

    def columns_of(self, cursor: sqlite3.Cursor) -> tuple[str, ...]:
        """The names are interned: a record is made in half the time from names that are the same objects as its
        fields."""
        if self.columns is None:
            self.columns = tuple([sys.intern(name) for name, *_ in cursor.description])
        return self.columns


def _by_place(sql: str) -> tuple[str, list[str]]:
    """``status = :status`` becomes ``status = ?``, except in quotes. Also returns the names in their order."""
    names: list[str] = []
    pieces = sql.split("'")
    for at in range(0, len(pieces), 2):
        before, *parts = pieces[at].split(":")
        for part in parts:
            rest = part.lstrip(_NAME)
            names.append(part[: len(part) - len(rest)])
            before += "?" + rest
        pieces[at] = before
    return "'".join(pieces), names


def _binder(names: list[str]) -> Callable[[Values], tuple[object, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple([values[name] for name in names])


class Database:
    """One open connection, and its lock. See Driver."""

    def __init__(self, path: str, connection: sqlite3.Connection, lock: int | None) -> None:
        self.path = path
        self.connection = connection
        self._lock = lock
        self._statements: dict[str, _Statement] = {}

    @property
    def in_transaction(self) -> bool:
        return self.connection.in_transaction

    def execute(self, sql: str, values: Values = _NO_VALUES) -> int:
        statement = self._statements.get(sql) or self._prepare(sql)
        try:
            return self.connection.execute(statement.sql, statement.bind(values)).rowcount
        except sqlite3.Error as error:
            raise _mapped(error, self.path) from error

    def execute_one(self, sql: str, values: Values, refusal: Callable[[], Exception]) -> None:
        try:
            changed = self.execute(sql, values)
        except Duplicate as error:
            raise refusal() from error
        if changed != 1:
            raise refusal()

    def execute_many(self, sql: str, rows: Iterable[Values]) -> None:
        statement = self._statements.get(sql) or self._prepare(sql)
        try:
            self.connection.executemany(statement.sql, map(statement.bind, rows))
        except sqlite3.Error as error:
            raise _mapped(error, self.path) from error

    def query(self, sql: str, values: Values = _NO_VALUES) -> list[Row]:
        statement = self._statements.get(sql) or self._prepare(sql)
        cursor = self.connection.cursor()
        try:
            found = cursor.execute(statement.sql, statement.bind(values)).fetchall()
        except sqlite3.Error as error:
            cursor.close()  # an open statement in the traceback would outlive the connection
            raise _mapped(error, self.path) from error
        columns = statement.columns_of(cursor)
        return [dict(zip(columns, row, strict=True)) for row in found]

    def first(self, sql: str, values: Values = _NO_VALUES) -> Row | None:
        statement = self._statements.get(sql) or self._prepare(sql)
        cursor = self.connection.cursor()
        try:
            row = cursor.execute(statement.sql, statement.bind(values)).fetchone()
        except sqlite3.Error as error:
            cursor.close()
            raise _mapped(error, self.path) from error
        return None if row is None else dict(zip(statement.columns_of(cursor), row, strict=True))

    def _prepare(self, sql: str) -> _Statement:
        if len(self._statements) >= _KEPT_STATEMENTS:
            self._statements.clear()
        statement = self._statements[sql] = _Statement(sql)
        return statement

    def begin(self) -> None:
        self.execute("BEGIN IMMEDIATE")

    def lock(self, names: Sequence[str]) -> None:
        """A transaction that writes already excludes all others."""

    def begin_reading(self) -> None:
        self.execute("BEGIN")

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        self.execute("ROLLBACK")

    def is_committed(self) -> bool:
        return False  # a commit that failed has changed nothing

    def lead(self, owner_id: str, lease: Lease | None = None) -> None:
        """Several servers may use the same file."""

    def renew(self) -> None:
        """Not needed: the owners of a file hold a lock."""

    def active_server(self) -> ActiveServer | None:
        return None

    @property
    def epoch(self) -> int:
        return 1

    def change_counter(self) -> int:
        [counter] = self.query("PRAGMA data_version")[0].values()
        return counter

    def save_room(self) -> None:
        with suppress(sqlite3.OperationalError):  # it must grow, or a connection reads the log
            self.connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        self.execute("PRAGMA wal_autocheckpoint = 1")

    def close(self) -> None:
        """Leaves the write-ahead log as it is: emptying it would cost every command several syncs.

        SQLite empties the log when the last connection closes, unless that connection may only read.
        """
        reader = None if self.path == MEMORY else _reader(self.path)
        try:
            self.connection.close()
        except sqlite3.Error as error:
            raise _mapped(error, self.path) from error
        if reader is not None:
            reader.close()
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)


def _mapped(error: sqlite3.Error, path: str) -> Exception:
    from gitflow.stores.sqlite.errors import translated  # not at the top: its sentences cost every start

    return translated(error, path)


def open_database(
    path: str,
    migrations: str,
    *,
    synchronous: str = "full",
    lock_path: str | None = None,
    keep_lock: bool = True,
    blockers: Callable[[], list[tuple[str, int]]] = list,
    timeout_s: float = TIMEOUT_S,
) -> Database:
    """Opens the database, with its folder (mode 0700); creates or migrates it first if needed.

    ``blockers`` returns the processes to stop, as ``(owner id, process id)``, when a migration must wait for them.
    Raises StoreError with the path and the remedy.
    """
    try:
        if path == MEMORY:
            return Database(path, _settle(copy_in_memory(migrations), synchronous), None)
        make_folder(os.path.dirname(path))
        lock = os.open(lock_path or path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        kept = None
        try:
            connection = _settle(_up_to_date(path, migrations, lock, blockers, timeout_s), synchronous)
            kept = lock if keep_lock else None
        finally:
            if kept is None:
                os.close(lock)
    except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
        raise _refusal(error, path) from error
    return Database(path, connection, kept)


def _refusal(error: sqlite3.Error | UnicodeDecodeError | OSError, path: str) -> Exception:
    """What a user reads of an error at opening. Its sentences are imported here: at the top they cost every start."""
    if isinstance(error, sqlite3.Error):
        return _mapped(error, path)
    if isinstance(error, UnicodeDecodeError):  # SQLite's message quotes what is written in the place of the schema
        from gitflow.stores.sqlite.errors import damaged

        return damaged(path, error)
    from gitflow.stores.refusals import refused

    return refused(error, path)


def _up_to_date(
    path: str, migrations: str, lock: int, blockers: Callable[[], list[tuple[str, int]]], timeout_s: float
) -> sqlite3.Connection:
    """Loops because another process may do the work while this one waits for the exclusive lock."""
    deadline = time.monotonic() + timeout_s
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
    """A connection that can only read, and has read once; None if the file cannot be read any more."""
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
    """The settings of every connection. Deleted rows are not overwritten, because that takes time."""
    if synchronous not in ("full", "normal"):
        raise ValueError(f"synchronous is full or normal, not {synchronous!r}")
    for setting in (f"synchronous = {synchronous}", "foreign_keys = on", "secure_delete = off"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection
