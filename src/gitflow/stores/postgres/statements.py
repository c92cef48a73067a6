"""The named statements of ``queries/`` as psycopg reads them, and how a statement says that its rows are gathered.

A statement that begins with ``/* gathered by job_id; once by job_id, name */`` is not sent at once. Its rows are kept,
and sent as one array for each column, with the commit or before the next read of the same transaction. ``by``: the rows
of one job keep their order. ``once by``: two rows with the same values in these columns are not sent in one statement.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.stores.postgres.literals import array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.stores.sql.driver import Values

    #: (table, column) -> type.
    Types = Mapping[tuple[str, str], str]

_GATHERED = re.compile(r"\s*/\* gathered by (\w+)(?:; once by ([\w, ]+))? \*/\s*")
_TABLE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")

#: Text in quotes, a cast, or a parameter with the type that follows it.
_PARAMETER = re.compile(r"'[^']*'|::[a-z ]+|(?<!:):([a-z_][a-z0-9_]*)(?:::(text|bigint|double precision))?")


class Statement:
    """SQL that is sent as soon as it is run."""

    __slots__ = ("deletes", "is_read", "names", "sql")

    def __init__(self, sql: str) -> None:
        names: dict[str, None] = {}

        def placed(found: re.Match[str]) -> str:
            name, kind = found.groups()
            if name is None:
                return found[0]
            names[name] = None
            return f"%({name})s" + (f"::{kind}" if kind else "")

        self.sql = _PARAMETER.sub(placed, sql.replace("%", "%%"))
        self.names = tuple(names)
        self.deletes = sql.startswith("DELETE")
        self.is_read = sql.lstrip().startswith(("SELECT", "WITH"))


class GatheredStatement:
    """SQL whose rows are gathered; each of its parameters is an array."""

    __slots__ = ("_kinds", "by", "once_by", "sql")

    def __init__(self, sql: str, types: Types) -> None:
        head = _GATHERED.match(sql)
        table = _TABLE.search(sql)
        assert head is not None
        assert table is not None
        self.by = head[1]  #: the column with the id of the job
        self.once_by: tuple[str, ...] = tuple(head[2].split(", ")) if head[2] else ()
        self._kinds: dict[str, str] = {}

        def placed(found: re.Match[str]) -> str:
            name, kind = found.groups()
            if name is None:
                return found[0]
            kind = self._kinds[name] = kind or types[table[1], name]
            return f"%({name})s::{kind}[]"

        self.sql = _PARAMETER.sub(placed, sql[head.end() :].replace("%", "%%"))

    def arrays(self, rows: Sequence[Values]) -> dict[str, str]:
        """Raises KeyError for a row without one of the parameters."""
        return {name: array(kind, [row[name] for row in rows]) for name, kind in self._kinds.items()}

    def key(self, row: Values) -> object:
        """The values that one statement may have only once; None: there is no such limit."""
        return tuple([row[name] for name in self.once_by]) if self.once_by else None


def is_gathered(sql: str) -> bool:
    return sql.startswith("/* gathered")
