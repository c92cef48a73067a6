"""Outputs of steps and firings of triggers; see OutputStore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import names_of
from gitflow.stores.protocols.outputs import FireRow, OutputRow
from gitflow.stores.sql.session import NO_LIMIT, Session

if TYPE_CHECKING:
    from typing import Any

#: A task with so many jobs is worth a walk along all steps of one name, in the order of time: other tasks may have
#: steps of that name too. Those of a smaller one are found along its jobs, and sorted.
MANY_JOBS = 2000

#: A time before all others.
_EVER = -1e18


COLUMNS = {"fire": names_of(FireRow)}


class SqlOutputs(Session):
    columns = COLUMNS

    def outputs(
        self, workspace: str, task: str, step: str, limit: int | None = None, after: float | None = None
    ) -> list[OutputRow]:
        has_many = self._value("has_many_jobs", workspace=workspace, task=task, many=MANY_JOBS)
        query = "outputs" if has_many else "outputs_of_few_jobs"
        found = self._all(query, workspace=workspace, task=task, step=step, **_part(limit, after))
        return [OutputRow(**row) for row in found]

    def output(self, job_id: str, step: str, attempt: int) -> OutputRow | None:
        row = self._first("output_of", job_id=job_id, step=step, attempt=attempt)
        return None if row is None else OutputRow(**row)

    def outputs_counted(self) -> dict[tuple[str, str, str], int]:
        found = self._all("outputs_counted")
        return {(row["workspace"], row["task_name"], row["step"]): row["outputs"] for row in found}

    def fires(self, workspace: str, name: str, limit: int | None = None, after: float | None = None) -> list[FireRow]:
        found = self._all("fires", workspace=workspace, name=name, **_part(limit, after))
        return [FireRow(**row) for row in found]

    def fire(self, id: int) -> FireRow | None:
        row = self._first("fire_of", id=id)
        return None if row is None else FireRow(**row)

    def fires_counted(self) -> dict[tuple[str, str], int]:
        return {(row["workspace"], row["name"]): row["fires"] for row in self._all("fires_counted")}


def _part(limit: int | None, after: float | None) -> dict[str, Any]:
    return {"limit": NO_LIMIT if limit is None else limit, "after": _EVER if after is None else after}
