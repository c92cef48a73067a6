"""One connection to the jobs' database, used by one thread: its named statements and its transactions.

A commit is on the disk when it returns (``synchronous=full``). So are the log lines that were appended before it:
``before_commit`` syncs them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Any, ClassVar, TypeVar

    from gitflow.stores.protocols.leases import ActiveServer, Lease
    from gitflow.stores.sealing import Sealer
    from gitflow.stores.sql.driver import Driver, Row, Values

    Part = TypeVar("Part", bound="Session")

#: No limit.
NO_LIMIT = 2**63 - 1

#: ``{job.values}`` in a statement is replaced by this text for each column of ``job``, in which ``%`` is the column.
_FORMS = {
    "columns": "%",
    "qualified": "{}.%",
    "values": ":%",
    "assignments": "% = :%",
    "excluded": "% = excluded.%",
    "given": "% = given.%",
}


def _nothing() -> None:
    pass


def _in_memory() -> Sealer:
    from gitflow.stores.sealing import Sealer

    return Sealer(None)


class _Transaction:
    """Commits at the end of the block; an exception undoes the transaction. A class, because a generator costs more."""

    __slots__ = ("_before_commit", "_driver")

    def __init__(self, driver: Driver, before_commit: Callable[[], None]) -> None:
        self._driver = driver
        self._before_commit = before_commit

    def __enter__(self) -> None:
        self._driver.begin()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._before_commit()
                self._driver.commit()
        finally:
            if self._driver.in_transaction:  # if the disk is full, the database has undone it already
                self._driver.rollback()


class _Joined:
    """A block inside a transaction that is open already."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass


_JOINED = _Joined()


class Session:
    """The base of every part of the store: statements and transactions."""

    #: Table -> the columns that ``{job.columns}`` stands for in the statements of this part.
    columns: ClassVar[Mapping[str, Sequence[str]]] = {}

    def __init__(
        self,
        driver: Driver,
        queries: Mapping[str, str],
        before_commit: Callable[[], None] = _nothing,
        sealer: Callable[[], Sealer] = _in_memory,
    ) -> None:
        """``sealer`` is called when the first secret must be sealed or opened."""
        self.path = driver.path
        self._driver = driver
        self._queries = queries
        self._statements: dict[str, str] = {}
        self._before_commit = before_commit
        self._sealer = sealer

    def beside(self, part: type[Part]) -> Part:
        """Another part of the same store, on the same connection and in the same transactions."""
        return part(self._driver, self._queries, self._before_commit, self._sealer)

    def transaction(self) -> _Transaction:
        return _Transaction(self._driver, self._before_commit)

    def joined(self) -> _Transaction | _Joined:
        """The open transaction, or else a new one."""
        return _JOINED if self._driver.in_transaction else self.transaction()

    def statement(self, query: str) -> str:
        """The SQL of a named query, with the columns filled in."""
        sql = self._statements.get(query)
        if sql is None:
            sql = self._statements[query] = fill_columns(self._queries[query], self.columns)
        return sql

    def _run(self, query: str, /, **values: Any) -> int:
        """Returns the number of changed rows."""
        return self._driver.execute(self.statement(query), values)

    def _run_one(self, query: str, values: Values, refusal: Callable[[], Exception]) -> None:
        """Raises ``refusal()``, at once or with the commit, unless the statement changes one row."""
        self._driver.execute_one(self.statement(query), values, refusal)

    def _run_each(self, query: str, rows: Iterable[Values]) -> None:
        self._driver.execute_many(self.statement(query), rows)

    def _all(self, query: str, /, **values: Any) -> list[Row]:
        return self._driver.query(self.statement(query), values)

    def _first(self, query: str, /, **values: Any) -> Row | None:
        return self._driver.first(self.statement(query), values)

    def _values(self, query: str, /, **values: Any) -> list[Any]:
        """All values of a query with one column."""
        return [value for row in self._all(query, **values) for value in row.values()]

    def _value(self, query: str, /, **values: Any) -> Any:
        """The first value of a query with one column; None if there is no row."""
        return self._value_of(self.statement(query), values)

    def _value_of(self, sql: str, values: Values) -> Any:
        row = self._driver.first(sql, values)
        return None if row is None else next(iter(row.values()))

    def save_room(self) -> None:
        """From now on each commit uses the space of the write-ahead log again, as far as other connections allow it, so
        that the log need not grow."""
        self._driver.save_room()

    def lead(self, owner_id: str, lease: Lease | None = None) -> None:
        """Makes this process the active server. Raises NotActive if the database allows only one and another is
        active."""
        self._driver.lead(owner_id, lease)

    def renew(self) -> None:
        """Renews the lease of this server. Raises NotActive if another one is active."""
        self._driver.renew()

    def active_server(self) -> ActiveServer | None:
        """Which server is active; None where several may be. Raises StoreError."""
        return self._driver.active_server()

    @property
    def epoch(self) -> int:
        """A number that grows with each server that becomes active."""
        return self._driver.epoch

    def is_committed(self) -> bool:
        """Whether the last commit that raised UncertainCommit was made. Raises StoreError."""
        return self._driver.is_committed()

    def changes(self) -> int:
        """A number that changes with each commit of another connection, in this process or another."""
        return self._driver.change_counter()

    def close(self) -> None:
        self._driver.close()


def fill_columns(sql: str, columns: Mapping[str, Sequence[str]]) -> str:
    """Writes out the columns of ``INSERT INTO step ({step.columns}) VALUES ({step.values})``."""
    if "{" not in sql:
        return sql
    for table, names in columns.items():
        if f"{{{table}." in sql:
            for form, pattern in _FORMS.items():
                mark = f"{{{table}.{form}}}"
                if mark in sql:  # most statements have one list or two
                    of_table = pattern.replace("{}", table)
                    sql = sql.replace(mark, ", ".join([of_table.replace("%", name) for name in names]))
    return sql
