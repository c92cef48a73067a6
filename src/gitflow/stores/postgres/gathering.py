"""The rows that a transaction will write, kept by statement until they are sent.

A row joins the kept rows of the same statement, with two exceptions, for which a new batch begins: it would be sent
before an earlier row of the same job, or its key is in that batch already. So the rows of a job are written in the
order in which they were given, and of two rows with the same key the last one counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitflow.stores.postgres.statements import GatheredStatement
    from gitflow.stores.sql.driver import Values

    Refusal = Callable[[], Exception]


class Batch:
    """Rows of one statement, which are sent together."""

    __slots__ = ("keys", "refusals", "rows", "statement")

    def __init__(self, statement: GatheredStatement) -> None:
        self.statement = statement
        self.rows: list[Values] = []
        self.keys: set[object] = set()
        self.refusals: dict[Any, Refusal] = {}  #: job -> the error to raise if its row is not changed

    def refuse(self, changed: set[Any]) -> None:
        """Raises the error of the first row that is not among ``changed`` although it had to be."""
        for job, refusal in self.refusals.items():
            if job not in changed:
                raise refusal()


class Gathering:
    def __init__(self) -> None:
        self._batches: list[Batch] = []
        self._last_of: dict[GatheredStatement, int] = {}  #: the number of its last batch
        self._last_of_job: dict[Any, int] = {}

    def __bool__(self) -> bool:
        return bool(self._batches)

    def add(self, statement: GatheredStatement, row: Values, refusal: Refusal | None = None) -> None:
        job, key = row[statement.by], statement.key(row)
        number = self._last_of.get(statement, -1)
        if number < self._last_of_job.get(job, 0) or (key is not None and key in self._batches[number].keys):
            number = self._last_of[statement] = len(self._batches)
            self._batches.append(Batch(statement))
        batch = self._batches[number]
        batch.rows.append(row)
        if key is not None:
            batch.keys.add(key)
        if refusal is not None:
            batch.refusals[job] = refusal
        self._last_of_job[job] = number

    def take(self) -> list[Batch]:
        """Returns all batches in order, and forgets them."""
        taken = self._batches
        self.__init__()
        return taken
