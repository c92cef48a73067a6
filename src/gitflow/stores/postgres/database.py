"""PostgreSQL as a driver of the store: few round trips, and a new connection after one broke.

A transaction costs two round trips, whatever it writes. Its rows are gathered (gathering.py). The first trip carries
BEGIN and all rows, and its answer says whether each row met its condition; the second is COMMIT. A read in between
sends the gathered rows first, in the same trip.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from gitflow.core.errors import StoreError, UncertainCommit
from gitflow.stores.postgres.connecting import check_server
from gitflow.stores.postgres.errors import Translating, translated
from gitflow.stores.postgres.gathering import Gathering
from gitflow.stores.postgres.leading import RENEW, STANDING, Leadership
from gitflow.stores.postgres.literals import array
from gitflow.stores.postgres.statements import GatheredStatement, Statement, is_gathered
from gitflow.stores.postgres.texts import from_database, row_of, value_of
from gitflow.stores.protocols.leases import ActiveServer, Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeAlias

    from gitflow.stores.postgres.connecting import Address
    from gitflow.stores.postgres.gathering import Batch
    from gitflow.stores.sql.driver import Row, Values

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
    Cursor: TypeAlias = psycopg.Cursor[tuple[Any, ...]]

_BEGIN, _BEGIN_READING = b"BEGIN", b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%(names)s::text[]) AS name"

_TYPES = (
    "SELECT relname, attname, format_type(atttypid, NULL) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
    " WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND attnum > 0"
)

_NO_VALUES: dict[str, Any] = {}


class Database:
    """One connection, for one thread. See Driver."""

    def __init__(
        self, address: Address, schema: int, connection: Connection, notice: Callable[[str], None] = print
    ) -> None:
        self.path = address.path
        self.trips = 0  #: how often an answer of the database was waited for
        self.known: set[object] = set()  #: surely stored, unless something is deleted or undone
        self.undone = 0  #: how many transactions with writes were, or may have been, undone
        self._address = address
        self._schema = schema
        self._notice = notice
        self._connection: Connection | None = connection
        self._session = connection.info.backend_pid
        self._leadership = Leadership(address)
        self._statements: dict[str, Statement] = {}
        self._gathered: dict[str, GatheredStatement] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._known_types: dict[tuple[str, str], str] = {}
        self._serial = 0  #: the serial of the transaction that was begun last
        self._made = 0  #: the serial of the one that was committed last
        self._unsure: tuple[int, int] | None = None  #: (its serial, the number of the commit) if its answer was lost
        self._doubted = 0  #: the serial of the last commit whose answer was lost
        self._open: bytes | None = None  #: how the open transaction begins
        self._forget()

    def _forget(self) -> None:
        """The open transaction, if there is one, has ended."""
        self._open = None
        self._has_begun = self._has_written = False
        self._gathering = Gathering()
        self._changed: set[str] = set()  #: jobs of which rows were gathered
        self._locks: list[str] = []
        self._failed: Exception | None = None

    @property
    def in_transaction(self) -> bool:
        return self._open is not None

    def begin(self) -> None:
        """BEGIN is sent with the first statement."""
        assert self._open is None
        self._open = _BEGIN
        self._serial += 1

    def begin_reading(self) -> None:
        assert self._open is None
        self._open = _BEGIN_READING

    def execute(self, sql: str, values: Values = _NO_VALUES) -> int:
        """Returns 1 for a row that was only gathered."""
        if is_gathered(sql):
            self._gather(sql, values)
            return 1
        return self._send(sql, values).rowcount

    def execute_one(self, sql: str, values: Values, refusal: Callable[[], Exception]) -> None:
        if is_gathered(sql):
            self._gather(sql, values, refusal)
        elif self._send(sql, values).rowcount != 1:
            raise refusal()

    def execute_many(self, sql: str, rows: Iterable[Values]) -> None:
        if is_gathered(sql):
            for row in rows:
                self._gather(sql, row)
        elif found := list(rows):
            self._send_each(sql, found)

    def query(self, sql: str, values: Values = _NO_VALUES) -> list[Row]:
        cursor = self._send(sql, values)
        columns = self._columns_of(sql, cursor)
        return [row_of(columns, row) for row in cursor]

    def first(self, sql: str, values: Values = _NO_VALUES) -> Row | None:
        cursor = self._send(sql, values)
        row = cursor.fetchone()
        return None if row is None else row_of(self._columns_of(sql, cursor), row)

    def _columns_of(self, sql: str, cursor: Cursor) -> tuple[str, ...]:
        columns = self._columns.get(sql)
        if columns is None:
            columns = tuple([sys.intern(column.name) for column in cursor.description or ()])
            self._columns[sql] = columns
        return columns

    def lock(self, names: Sequence[str]) -> None:
        """The locks are taken with the next statement."""
        self._locks.extend(sorted(names))

    def _gather(self, sql: str, values: Values, refusal: Callable[[], Exception] | None = None) -> None:
        statement = self._gathered.get(sql)
        if statement is None:
            statement = self._gathered[sql] = GatheredStatement(sql, self._types())
        self._gathering.add(statement, values, refusal)
        self._changed.add(values[statement.by])
        if self._open is None:
            raise AssertionError("rows are gathered within a transaction")

    def _types(self) -> dict[tuple[str, str], str]:
        """The types of all columns, which are read once, before the first row is gathered."""
        if not self._known_types:
            found = self._read_alone(_TYPES, {})
            self._known_types = {(table, column): kind for table, column, kind in found}
        return self._known_types

    def _statement(self, sql: str) -> Statement:
        statement = self._statements.get(sql)
        if statement is None:
            if len(self._statements) >= 512:
                self._statements.clear()
                self._columns.clear()
            statement = self._statements[sql] = Statement(sql)
        return statement

    def _send(self, sql: str, values: Values) -> Cursor:
        """Sends the gathered rows and this statement in one round trip."""
        statement = self._statement(sql)
        given = {name: value_of(values[name]) for name in statement.names}
        if statement.deletes:
            self.known.clear()
        if self._open is not None:
            self._has_written |= not statement.is_read
            return self._trip(statement.sql, given)
        return (self._read_alone if statement.is_read else self._alone)(statement.sql, given)

    def _read_alone(self, sql: str, given: dict[str, Any]) -> Cursor:
        """Runs a statement outside a transaction; once again on a new connection if the old one turns out to be
        dead."""
        try:
            return self._alone(sql, given)
        except StoreError:
            if self._connection is not None:
                raise
            return self._alone(sql, given)

    def _alone(self, sql: str, given: dict[str, Any]) -> Cursor:
        with self._translated():
            self.trips += 1
            return self._live().execute(sql.encode(), given, prepare=True)

    def _send_each(self, sql: str, rows: list[Values]) -> None:
        statement = self._statement(sql)
        self._has_written = True
        if statement.deletes:
            self.known.clear()
        *others, last = [{name: value_of(row[name]) for name in statement.names} for row in rows]
        self._trip(statement.sql, last, others)

    def _trip(self, sql: str, given: dict[str, Any], before: Sequence[dict[str, Any]] = ()) -> Cursor:
        """One round trip within the transaction: BEGIN, locks, the gathered rows, and a statement (with one or several
        rows).

        Raises StoreError, and the refusal of the first row that did not change what it had to. After an error, the
        transaction can only be undone.
        """
        if self._failed is not None:
            raise self._failed
        batches, locks = self._gathering.take(), self._locks
        self._locks = []
        is_first = not self._has_begun
        try:
            try:
                cursor, sent = self._pipeline(sql, given, before, batches, locks)
            except StoreError:
                if self._connection is not None or not is_first:
                    raise
                self._has_begun = False  # the connection was dead already, so nothing has happened yet
                cursor, sent = self._pipeline(sql, given, before, batches, locks)
            for batch, answer in zip(batches, sent, strict=True):
                self._has_written = True
                if batch.refusals and answer.rowcount != len(batch.rows):
                    batch.refuse({from_database(row[0]) for row in answer})
        except Exception as error:
            self._failed = error
            raise
        return cursor

    def _pipeline(
        self,
        sql: str,
        given: dict[str, Any],
        before: Sequence[dict[str, Any]],
        batches: list[Batch],
        locks: list[str],
    ) -> tuple[Cursor, list[Cursor]]:
        with self._translated():
            self.trips += 1
            connection = self._live()
            with connection.pipeline():
                if not self._has_begun:
                    connection.execute(self._open or _BEGIN)
                    self._has_begun = True
                if locks:
                    connection.execute(_LOCK.encode(), {"names": array("text", locks)}, prepare=True)
                sent = [
                    connection.execute(batch.statement.sql.encode(), batch.statement.arrays(batch.rows), prepare=True)
                    for batch in batches
                ]
                for one in before:
                    connection.execute(sql.encode(), one, prepare=True)
                return connection.execute(sql.encode(), given, prepare=True), sent

    def commit(self) -> None:
        """Raises UncertainCommit if the answer was lost; ``is_committed`` then finds out."""
        if (failed := self._failed) is not None:
            self.rollback()
            raise failed
        if self._has_written or self._gathering:
            turn = self._count()
            self._end_with_commit(turn)
            self._made = self._serial
            self._leadership.commits.count += 1
        elif self._has_begun:
            self.rollback()  # it has only read
        self._forget()

    def _count(self) -> int:
        """Counts the commit and returns its number; the gathered rows are sent in the same trip. Raises NotActive if
        another server is active."""
        row = self._trip(*self._leadership.count(self._changed)).fetchone()
        if row is None:
            raise self._leadership.lose()
        return row[0]

    def _end_with_commit(self, turn: int) -> None:
        self.trips += 1
        connection = self._live()
        try:
            connection.execute(b"COMMIT")
        except psycopg.Error as error:
            if connection.broken or connection.closed:
                self._lose()
                self._forget()
                self._unsure, self._doubted = (self._serial, turn), self._serial
                raise UncertainCommit(
                    f"{self.path}: the connection broke while a commit was made ({' '.join(str(error).split())})"
                ) from error
            self._note_undone()
            self._forget()
            raise translated(error, self.path) from error

    @property
    def serial(self) -> int:
        """The number of the open transaction, or of the last one."""
        return self._serial

    def is_committed(self) -> bool:
        return self.is_made(self._doubted)

    def is_made(self, serial: int) -> bool:
        """Whether the transaction was committed, if no other was committed since. Raises StoreError if the database
        cannot be asked."""
        if self._unsure is not None:
            with self._translated():
                self._live()
        return self._made == serial

    def _resolve(self, connection: Connection, serial: int, turn: int) -> None:
        """Waits for a commit that is still under way, because it holds the row that this reads."""
        row = connection.execute(b"SELECT turn FROM engine FOR SHARE").fetchone()
        self._unsure = None
        if row is not None and row[0] >= turn:
            self._made = serial
            self._leadership.commits.count += 1

    def rollback(self) -> None:
        has_begun = self._has_begun
        if self._has_written or self._gathering:
            self._note_undone()
        self._forget()
        if has_begun and self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.execute(b"ROLLBACK")
            if self._connection.broken:
                self._lose()

    def lead(self, owner_id: str, lease: Lease | None = None) -> None:
        with self._translated():
            check = partial(check_server, self._live(), self._address, self._notice)
            self._leadership.take(self._live(), owner_id, lease or Lease(), check)

    def resign(self) -> None:
        """Lets another server become active."""
        self._leadership.resign(self._live())

    def renew(self) -> None:
        if self._leadership.epoch is not None and self._read_alone(RENEW, self._leadership.given).fetchone() is None:
            raise self._leadership.lose()

    def active_server(self) -> ActiveServer | None:
        row = self._read_alone(STANDING, {}).fetchone()
        return None if row is None else ActiveServer(*row)

    @property
    def epoch(self) -> int:
        return self._leadership.epoch or 0

    def change_counter(self) -> int:
        """On the active server nobody else commits, so no query is needed."""
        if self._leadership.commits.is_leading:
            return self._leadership.commits.count
        found = self.first("SELECT turn FROM engine")
        return 0 if found is None else found["turn"]

    def save_room(self) -> None:
        """Nothing to do: PostgreSQL uses freed space again by itself."""

    def close(self) -> None:
        self._leadership.end()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _live(self) -> Connection:
        """The connection; a new one if the old one broke outside a transaction. Raises StoreError."""
        if self._connection is None:
            if self._has_begun:
                raise StoreError(f"{self.path}: the connection broke within a transaction, which is made again")
            connection = self._address.connect(self._schema)
            try:
                self._leadership.go_on(connection, self._session)
                if self._unsure is not None:
                    self._resolve(connection, *self._unsure)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            self._session = connection.info.backend_pid
        return self._connection

    def _note_undone(self) -> None:
        self.known.clear()
        self.undone += 1

    def _lose(self) -> None:
        self._note_undone()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _translated(self) -> Translating:
        return Translating(self._on_error)

    def _on_error(self, error: psycopg.Error) -> Exception:
        if self._connection is not None and (self._connection.broken or self._connection.closed):
            self._lose()
        return translated(error, self.path)
