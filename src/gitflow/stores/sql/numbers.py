"""Numbers that are given when something is first seen; see NumberStore."""

from __future__ import annotations

from gitflow.stores import rows
from gitflow.stores.protocols.numbers import Named
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: The largest number SQLite can hold.
MOST = 2**63 - 1


class SqliteNumbers(Session):
    @guarded
    def known(self, wanted: Iterable[Named]) -> dict[Named, int]:
        found: dict[Named, int] = {}
        for one in wanted:
            row = self._execute(self._queries["number_of"], _row(one)).fetchone()
            if row is not None:
                found[one] = row[0]
        return found

    @guarded
    def give(self, wanted: Iterable[Named]) -> dict[Named, int]:
        wanted = list(wanted)
        with self.joined():
            self._connection.executemany(self._queries["give_number"], [_row(one) for one in wanted])
            return self.known(wanted)

    @guarded
    def named(self, number: int) -> Named | None:
        row = self._execute(self._queries["numbered"], (number,)).fetchone() if 0 < number <= MOST else None
        return None if row is None else Named(row[0], tuple(rows.loads(row[1])), row[2])


def _row(one: Named) -> dict[str, Any]:
    return {"kind": one.kind, "name": rows.dumps(list(one.name)), "job_id": one.job_id}
