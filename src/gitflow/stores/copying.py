"""Copies a store in SQLite files to an empty database of PostgreSQL, and compares both afterwards.

The copy is one transaction: the database has all rows or none. Artifacts stay in the state directory.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from gitflow.core.errors import Conflict, StoreError
from gitflow.core.record import Record
from gitflow.stores.postgres.connecting import Address
from gitflow.stores.postgres.errors import translated as of_postgres
from gitflow.stores.postgres.leading import ENGINE_LOCK
from gitflow.stores.postgres.logs import partition_of
from gitflow.stores.postgres.migrations import bring_up_to_date, newest_version
from gitflow.stores.postgres.texts import from_database, to_database
from gitflow.stores.sqlite.errors import translated as of_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import Any, TypeAlias

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
    Row: TypeAlias = tuple[Any, ...]

#: The tables, in an order in which each refers only to tables before it.
TABLES = (
    *("meta", "snapshot", "job", "step", "attempt", "event", "request", "artifact", "label", "idempotency_key"),
    *("job_secret", "trigger_state", "trigger_event", "account", "login", "api_key", "refresh_token", "audit"),
    *("revision", "worker", "instance", "mass_ending", "number", "first_seen", "sync_pause", "schedule_hold"),
    *("revision_acceptance", "job_count", "task_total"),
)
LOG = "chunk"

#: Columns that have another name in SQLite: name in PostgreSQL -> name in SQLite.
_OTHERWISE = {("job", "position"): "rowid"}

_COLUMNS = (
    "SELECT column_name, data_type, is_identity = 'YES' FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"
)


class Copied(Record):
    """The number and the digest of a table's rows, equal on both sides."""

    table: str
    rows: int
    digest: str


class _Table:
    """A table of PostgreSQL, and how its rows are read on both sides."""

    def __init__(self, connection: Connection, name: str) -> None:
        found = connection.execute(_COLUMNS, (name,)).fetchall()
        self.name = name
        self.columns = [column for column, _, _ in found]
        self.identity = next((column for column, _, is_identity in found if is_identity), None)
        self._booleans = {number for number, (_, kind, _) in enumerate(found) if kind == "boolean"}

    def source(self) -> str:
        """The SELECT that reads all rows from SQLite."""
        columns = ", ".join(f'{_OTHERWISE.get((self.name, one), one)} AS "{one}"' for one in self.columns)
        return f"SELECT {columns} FROM {self.name}"

    def target(self, words: str) -> sql.Composed:
        """Fills the name and the columns of the table into a statement of PostgreSQL."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        return sql.SQL(words).format(table=sql.Identifier(self.name), columns=columns)  # type: ignore[arg-type]

    def written(self, row: Row) -> Row:
        """A row of SQLite, as PostgreSQL accepts it."""
        return tuple(
            to_database(one) if isinstance(one, str) else bool(one) if number in self._booleans else one
            for number, one in enumerate(row)
        )


def copy_store(database: str, log_folder: str, url: str) -> list[Copied]:
    """``database``: the file of the jobs, which nobody else has open. Raises StoreError, and Conflict for a database
    that a server uses or that is not empty."""
    address = Address.of(url, "full")
    try:
        with _ready(address) as connection, connection.transaction(), closing(_read_only(database)) as jobs:
            connection.execute("ALTER TABLE job DISABLE TRIGGER USER")  # what follows from jobs is copied as well
            tables = [_Table(connection, name) for name in TABLES]
            copied = [_copy(connection, table, lambda table=table: jobs.execute(table.source())) for table in tables]
            _continue_numbers(connection, tables, jobs)
            log = _Table(connection, LOG)
            days = _days(log_folder)
            for day, _ in days:
                connection.execute(partition_of(day).encode())
            copied.append(_copy(connection, log, lambda: _rows_of_log(log, days)))
            connection.execute("ALTER TABLE job ENABLE TRIGGER USER")
            return copied
    except psycopg.Error as error:
        raise of_postgres(error, address.path) from error
    except sqlite3.Error as error:
        raise of_sqlite(error, database) from error


@contextmanager
def _ready(address: Address) -> Generator[Connection]:
    """Connects to an empty database that no server uses, and locks it so that none can begin to. Raises Conflict."""
    connection = address.connect(newest_version())
    with connection:
        bring_up_to_date(connection, address)
        connection.execute("SELECT set_config('statement_timeout', '0', false)")
        connection.execute("SELECT set_config('idle_in_transaction_session_timeout', '0', false)")
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (ENGINE_LOCK,)).fetchone()
        if row is None or not row[0]:
            raise Conflict(f"a server is active on {address.path}; stop it first, then try again")
        for name in (*TABLES, LOG):
            if connection.execute(f"SELECT 1 FROM {name} LIMIT 1".encode()).fetchone() is not None:
                raise Conflict(f"{address.path} is not empty (table {name}); copy into a new database")
        yield connection


def _read_only(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA query_only = on")
    return connection


def _days(folder: str) -> list[tuple[str, str]]:
    """(day, file) of each day of the log."""
    files = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [(file[:-3], os.path.join(folder, file)) for file in files if len(file) == 13 and file.endswith(".db")]


def _rows_of_log(log: _Table, days: list[tuple[str, str]]) -> Iterator[Row]:
    columns = ", ".join(log.columns[1:])  # all but the day
    for day, path in days:
        with closing(_read_only(path)) as connection:
            for row in connection.execute(f"SELECT {columns} FROM {LOG}"):
                yield (day, *row)


def _copy(connection: Connection, table: _Table, rows: Callable[[], Iterable[Row]]) -> Copied:
    """Raises StoreError if the rows differ afterwards."""
    with connection.cursor() as cursor, cursor.copy(table.target("COPY {table} ({columns}) FROM STDIN")) as copy:
        for row in rows():
            copy.write_row(table.written(row))
    with connection.cursor("copied") as found:
        found.execute(table.target("SELECT {columns} FROM {table}"))
        there = _digest(table.name, map(_read, found))
    here = _digest(table.name, rows())
    if here != there:
        raise StoreError(f"table {table.name} was not copied right ({here.rows}, {there.rows} rows); nothing is kept")
    return here


def _digest(table: str, rows: Iterable[Row]) -> Copied:
    """A digest of all rows that does not depend on their order."""
    count = total = 0
    for row in rows:
        total += int.from_bytes(hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest(), "big")
        count += 1
    return Copied(table, count, f"{total % (1 << 256):064x}")


def _read(row: Row) -> Row:
    """A row of PostgreSQL, as SQLite returns it."""
    return tuple(
        from_database(one) if isinstance(one, str) else int(one) if isinstance(one, bool) else one for one in row
    )


def _continue_numbers(connection: Connection, tables: list[_Table], jobs: sqlite3.Connection) -> None:
    """Sets the counters of ids behind the last number that SQLite gave, so that none is given again, even if its row is
    gone."""
    given = dict(jobs.execute("SELECT name, seq FROM sqlite_sequence"))
    for table in tables:
        if table.identity is not None:
            column = _OTHERWISE.get((table.name, table.identity), table.identity)
            [highest] = jobs.execute(f"SELECT coalesce(max({column}), 0) FROM {table.name}").fetchone()
            following = max(highest, given.get(table.name, 0)) + 1
            connection.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, false)", (table.name, table.identity, following)
            )
