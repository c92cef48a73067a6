"""Numbers that things get when they are first seen; see NumberStore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.stores.protocols.numbers import Named
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: The largest number that a database holds.
MAX_NUMBER = 2**63 - 1


class SqlNumbers(Session):
    def known(self, wanted: Iterable[Named]) -> dict[Named, int]:
        found: dict[Named, int] = {}
        for one in wanted:
            number = self._value("number_of", kind=one.kind, name=_text(one))
            if number is not None:
                found[one] = number
        return found

    def give(self, wanted: Iterable[Named]) -> dict[Named, int]:
        wanted = list(wanted)
        with self.joined():
            self._run_each("give_number", [_row(one) for one in wanted])
            return self.known(wanted)

    def named(self, number: int) -> Named | None:
        row = self._first("numbered", id=number) if 0 < number <= MAX_NUMBER else None
        return None if row is None else Named(row["kind"], tuple(rows.loads(row["name"])), row["job_id"])


def _row(one: Named) -> dict[str, Any]:
    return {"kind": one.kind, "name": _text(one), "job_id": one.job_id}


def _text(one: Named) -> str | None:
    return rows.dumps(list(one.name))
