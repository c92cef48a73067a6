"""SQLite connections that fail or end the process at chosen statements."""

from __future__ import annotations

import _sqlite3
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "BEGIN", "COMMIT", "DROP", "ALTER", "VACUUM")

#: What SQLite says: its code, and its words.
TROUBLES = {
    "disk I/O error": sqlite3.SQLITE_IOERR,
    "database is locked": sqlite3.SQLITE_BUSY,
    "database or disk is full": sqlite3.SQLITE_FULL,
    "attempt to write a readonly database": sqlite3.SQLITE_READONLY,
}


def _nothing(number: int) -> None:
    pass


class Faults:
    """Counts the writing statements, and calls a function with the number of each, before or after it."""

    def __init__(self, before: Callable[[int], None] = _nothing, after: Callable[[int], None] = _nothing) -> None:
        self.count = 0
        self._before = before
        self._after = after

    @contextmanager
    def around(self, sql: str) -> Iterator[None]:
        if not writes(sql):
            yield
            return
        self.count += 1
        number = self.count
        self._before(number)
        yield
        self._after(number)


def writes(sql: str) -> bool:
    """Whether the statement writes; a comment may come before it."""
    lines = [line for line in sql.splitlines() if line.strip() and not line.lstrip().startswith("--")]
    return bool(lines) and lines[0].lstrip().upper().startswith(WRITES)


def trouble(words: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = TROUBLES[words]
    return error


@contextmanager
def every_connection(faults: Faults) -> Iterator[None]:
    """A context in which new connections are faulty."""

    class Faulty(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            with faults.around(sql):
                return super().execute(sql, *values)

        def executemany(self, sql: str, *values: object) -> sqlite3.Cursor:
            with faults.around(sql):
                return super().executemany(sql, *values)

        def executescript(self, sql: str) -> sqlite3.Cursor:
            with faults.around(sql):
                return super().executescript(sql)

    real = sqlite3.connect
    modules = (sqlite3, _sqlite3)  # the store takes it from the second
    for module in modules:
        module.connect = lambda *place, **how: real(*place, **{"factory": Faulty, **how})
    try:
        yield
    finally:
        for module in modules:
            module.connect = real
