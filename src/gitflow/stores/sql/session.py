"""One connection to the jobs' database, used by one thread, its named statements and its transactions.

A commit is on the disk when it returns (``synchronous=full``), and what was appended to the logs before it, too:
``before_commit`` syncs them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Any, ClassVar, TypeVar

    from gitflow.stores.protocols.leases import Lease, Standing
    from gitflow.stores.sealing import Sealer
    from gitflow.stores.sql.driver import Driver, Row, Values

    Part = TypeVar("Part", bound="Session")

#: No limit.
NO_LIMIT = 2**63 - 1

#: ``{job.values}`` in a statement stands for this of each column of ``job``, where ``%`` is the column.
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
    """An exception undoes it. A class, since a generator costs more."""

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
            if self._driver.in_transaction:  # the database has already undone it when the disk is full
                self._driver.rollback()


class _Joined:
    """The transaction that is open already."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass


_JOINED = _Joined()


class Session:
    """The base of every part of the store: its statements and transactions."""

    #: Lists of columns that the statements of this part name (``{job.columns}``), by table.
    columns: ClassVar[Mapping[str, Sequence[str]]] = {}

    def __init__(
        self,
        driver: Driver,
        queries: Mapping[str, str],
        before_commit: Callable[[], None] = _nothing,
        sealer: Callable[[], Sealer] = _in_memory,
    ) -> None:
        """``sealer`` is asked when the first secret has to be sealed or opened."""
        self.path = driver.path
        self._driver = driver
        self._queries = queries
        self._statements: dict[str, str] = {}
        self._before_commit = before_commit
        self._sealer = sealer

    def beside(self, part: type[Part]) -> Part:
        """Another part of the same store: on the same connection, in the same transactions."""
        return part(self._driver, self._queries, self._before_commit, self._sealer)

    def transaction(self) -> _Transaction:
        return _Transaction(self._driver, self._before_commit)

    def joined(self) -> _Transaction | _Joined:
        """The open transaction, or else a new one."""
        return _JOINED if self._driver.in_transaction else self.transaction()

    def statement(self, query: str) -> str:
        """The SQL of a named query, with its lists of columns."""
        sql = self._statements.get(query)
        if sql is None:
            sql = self._statements[query] = fill_columns(self._queries[query], self.columns)
        return sql

    def _run(self, query: str, /, **values: Any) -> int:
        """Returns the number of changed rows."""
        return self._driver.execute(self.statement(query), values)

    def _run_one(self, query: str, values: Values, refusal: Callable[[], Exception]) -> None:
        """Raises ``refusal()``, now or with the commit, unless the statement changes one row."""
        self._driver.execute_one(self.statement(query), values, refusal)

    def _run_each(self, query: str, rows: Iterable[Values]) -> None:
        self._driver.execute_many(self.statement(query), rows)

    def _all(self, query: str, /, **values: Any) -> list[Row]:
        return self._driver.query(self.statement(query), values)

    def _first(self, query: str, /, **values: Any) -> Row | None:
        return self._driver.first(self.statement(query), values)

    def _values(self, query: str, /, **values: Any) -> list[Any]:
        """Of a query with one column."""
        return [value for row in self._all(query, **values) for value in row.values()]

    def _value(self, query: str, /, **values: Any) -> Any:
        """Of a query with one column, the first; None where there is none."""
        return self._value_of(self.statement(query), values)

    def _value_of(self, sql: str, values: Values) -> Any:
        row = self._driver.first(sql, values)
        return None if row is None else next(iter(row.values()))

    def save_room(self) -> None:
        """The room that the write-ahead log has already is used again, now and after each commit, as far as others let
        it: so it need not grow."""
        self._driver.save_room()

    def lead(self, owner_id: str, lease: Lease | None = None) -> None:
        """This process is a server. Raises NotActive where the database allows only one, and another is active."""
        self._driver.lead(owner_id, lease)

    def renew(self) -> None:
        """Renews the lease of this server. Raises NotActive if another one is active."""
        self._driver.renew()

    def standing(self) -> Standing | None:
        """Which server is active; None where several may be. Raises StoreError."""
        return self._driver.standing()

    @property
    def epoch(self) -> int:
        """Grows with each server that becomes active."""
        return self._driver.epoch

    def is_committed(self) -> bool:
        """Whether the last commit that raised UncertainCommit was made. Raises StoreError."""
        return self._driver.is_committed()

    def changes(self) -> int:
        """Another number once another connection, of this process or not, has committed anything."""
        return self._driver.change_counter()

    def close(self) -> None:
        self._driver.close()


def fill_columns(sql: str, columns: Mapping[str, Sequence[str]]) -> str:
    """``INSERT INTO step ({step.columns}) VALUES ({step.values})`` with the columns of the table written out."""
    if "{" not in sql:
        return sql
    for table, names in columns.items():
        if f"{{{table}." in sql:
            for form, pattern in _FORMS.items():
                mark = f"{{{table}.{form}}}"
                if mark in sql:  # most statements name one list or two
                    of_table = pattern.replace("{}", table)
                    sql = sql.replace(mark, ", ".join([of_table.replace("%", name) for name in names]))
    return sql
