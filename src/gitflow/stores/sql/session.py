"""One connection to the jobs' file, used by one thread, and its transactions.

A commit is on the disk when it returns (``synchronous=full``), and what was appended to the logs before it, too:
``before_commit`` syncs them.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from gitflow.stores.sqlite.errors import guarded, translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import TypeVar

    from gitflow.stores.sealing import Sealer
    from gitflow.stores.sqlite.database import Database

    Part = TypeVar("Part", bound="Session")


def _nothing() -> None:
    pass


def _in_memory() -> Sealer:
    from gitflow.stores.sealing import Sealer

    return Sealer(None)


class _Transaction:
    """``BEGIN IMMEDIATE`` … ``COMMIT``; an exception undoes it. A class, since a generator costs more."""

    __slots__ = ("_before_commit", "_connection", "_path")

    def __init__(self, connection: sqlite3.Connection, path: str, before_commit: Callable[[], None]) -> None:
        self._connection = connection
        self._path = path
        self._before_commit = before_commit

    def __enter__(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise translated(error, self._path) from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._before_commit()
                self._connection.execute("COMMIT")
        except sqlite3.Error as failed:
            raise translated(failed, self._path) from failed
        finally:
            if self._connection.in_transaction:  # SQLite has already undone it when the disk is full
                self._connection.execute("ROLLBACK")


class _Joined:
    """The transaction that is open already."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass


_JOINED = _Joined()


class Session:
    """What every part of the store needs: the statements, and a transaction to run them in."""

    def __init__(
        self,
        database: Database,
        queries: Mapping[str, str],
        before_commit: Callable[[], None] = _nothing,
        sealer: Callable[[], Sealer] = _in_memory,
    ) -> None:
        """``sealer`` is asked when the first secret has to be sealed or opened."""
        self.path = database.path
        self._database = database
        self._connection = database.connection
        self._execute = database.connection.execute
        self._queries = queries
        self._before_commit = before_commit
        self._sealer = sealer

    def beside(self, part: type[Part]) -> Part:
        """Another part of the same store: on the same connection, in the same transactions."""
        return part(self._database, self._queries, self._before_commit, self._sealer)

    def transaction(self) -> _Transaction:
        return _Transaction(self._connection, self.path, self._before_commit)

    def joined(self) -> _Transaction | _Joined:
        """The open transaction, or else a new one."""
        return _JOINED if self._connection.in_transaction else self.transaction()

    @guarded
    def save_room(self) -> None:
        """The room that the write-ahead log has already is used again, now and after each commit, as far as others let
        it: so it need not grow."""
        with suppress(sqlite3.OperationalError):  # the database itself has to grow, or somebody still reads the log
            self._execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        self._execute("PRAGMA wal_autocheckpoint = 1")

    @guarded
    def changes(self) -> int:
        """Another number once another connection, of this process or not, has committed anything."""
        return self._execute("PRAGMA data_version").fetchone()[0]

    @guarded
    def close(self) -> None:
        self._database.close()
