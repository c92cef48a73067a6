"""A second driver, with which the conformance suite runs: the logic may know nothing but the Protocol.

It passes everything on to SQLite, has no attribute that the Protocol does not name, gives the columns of a row in the
opposite order, and refuses parameters that have no name. ``statements`` has the SQL it was given.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.stores.queries import SHARED, load_queries
from gitflow.stores.sql.jobs import SqlJobs
from gitflow.stores.sqlite.database import JOB_MIGRATIONS, QUERIES, open_database
from gitflow.stores.sqlite.logs import SqliteLogs
from gitflow.stores.sqlite.migrations import MEMORY
from gitflow.stores.sqlite.store import open_further

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitflow.stores.protocols.leases import ActiveServer, Lease
    from gitflow.stores.sql.driver import Driver, Row, Values

__all__ = ["TracedDriver", "open_further", "open_parts"]


class TracedDriver:
    __slots__ = ("__driver", "statements")

    def __init__(self, driver: Driver) -> None:
        self.__driver = driver
        self.statements: list[str] = []

    @property
    def path(self) -> str:
        return self.__driver.path

    @property
    def in_transaction(self) -> bool:
        return self.__driver.in_transaction

    def execute(self, sql: str, values: Values | None = None) -> int:
        return self.__driver.execute(*self._seen(sql, values))

    def execute_one(self, sql: str, values: Values, refusal: Callable[[], Exception]) -> None:
        self.__driver.execute_one(*self._seen(sql, values), refusal)

    def execute_many(self, sql: str, rows: Iterable[Values]) -> None:
        self.__driver.execute_many(sql, [self._seen(sql, row)[1] for row in rows])

    def query(self, sql: str, values: Values | None = None) -> list[Row]:
        return [_reversed(row) for row in self.__driver.query(*self._seen(sql, values))]

    def first(self, sql: str, values: Values | None = None) -> Row | None:
        row = self.__driver.first(*self._seen(sql, values))
        return None if row is None else _reversed(row)

    def lock(self, names: Sequence[str]) -> None:
        self.__driver.lock(names)

    def begin(self) -> None:
        self.__driver.begin()

    def begin_reading(self) -> None:
        self.__driver.begin_reading()

    def commit(self) -> None:
        self.__driver.commit()

    def is_committed(self) -> bool:
        return self.__driver.is_committed()

    def lead(self, owner_id: str, lease: Lease | None = None) -> None:
        self.__driver.lead(owner_id, lease)

    def renew(self) -> None:
        self.__driver.renew()

    def active_server(self) -> ActiveServer | None:
        return self.__driver.active_server()

    @property
    def epoch(self) -> int:
        return self.__driver.epoch

    def rollback(self) -> None:
        self.__driver.rollback()

    def change_counter(self) -> int:
        return self.__driver.change_counter()

    def save_room(self) -> None:
        self.__driver.save_room()

    def close(self) -> None:
        self.__driver.close()

    def _seen(self, sql: str, values: Values | None) -> tuple[str, Values]:
        values = {} if values is None else values
        assert all(isinstance(name, str) for name in values), sql
        assert "{" not in sql.replace("'{}'", ""), f"not filled in: {sql}"
        self.statements.append(sql)
        return sql, dict(reversed(values.items()))


def _reversed(row: Row) -> Row:
    return dict(reversed(row.items()))


def open_parts(state_dir, place, synchronous, owners, notice, sealer):
    """As gitflow.stores.sqlite.store does it, with this driver between."""
    in_memory = place == MEMORY
    path = MEMORY if in_memory else os.path.join(state_dir, place)
    database = open_database(path, JOB_MIGRATIONS, synchronous=synchronous, blockers=owners.alive)
    queries = load_queries((QUERIES, SHARED))
    logs = SqliteLogs(None if in_memory else os.path.join(state_dir, "logs"), queries, synchronous, notice)
    return SqlJobs(TracedDriver(database), queries, logs.sync, sealer), logs
