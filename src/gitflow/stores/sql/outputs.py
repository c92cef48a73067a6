"""What steps gave and when triggers fired; see OutputStore."""

from __future__ import annotations

from gitflow.stores.protocols.outputs import FireRow, OutputRow
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: A task with so many jobs is worth a walk along all steps of one name, in the order of time: other tasks may have
#: steps of that name too. Those of a smaller one are found along its jobs, and sorted.
MANY_JOBS = 2000

#: As a LIMIT: none.
_ALL = -1
#: Before everything.
_EVER = -1e18


class SqliteOutputs(Session):
    @guarded
    def outputs(
        self, workspace: str, task: str, step: str, limit: int | None = None, after: float | None = None
    ) -> list[OutputRow]:
        of_task = {"workspace": workspace, "task": task}
        has_many = self._execute(self._queries["has_many_jobs"], {**of_task, "many": MANY_JOBS}).fetchone()[0]
        query = self._queries["outputs" if has_many else "outputs_of_few_jobs"]
        wanted = {**of_task, "step": step, **_part(limit, after)}
        return [OutputRow(*row) for row in self._execute(query, wanted)]

    @guarded
    def output(self, job_id: str, step: str, attempt: int) -> OutputRow | None:
        wanted = {"job_id": job_id, "step": step, "attempt": attempt}
        row = self._execute(self._queries["output_of"], wanted).fetchone()
        return None if row is None else OutputRow(*row)

    @guarded
    def outputs_counted(self) -> dict[tuple[str, str, str], int]:
        return {tuple(name): count for *name, count in self._execute(self._queries["outputs_counted"])}

    @guarded
    def fires(self, workspace: str, name: str, limit: int | None = None, after: float | None = None) -> list[FireRow]:
        wanted = {"workspace": workspace, "name": name, **_part(limit, after)}
        return [FireRow(*row) for row in self._execute(self._queries["fires"], wanted)]

    @guarded
    def fire(self, id: int) -> FireRow | None:
        row = self._execute(self._queries["fire_of"], (id,)).fetchone()
        return None if row is None else FireRow(*row)

    @guarded
    def fires_counted(self) -> dict[tuple[str, str], int]:
        return {tuple(name): count for *name, count in self._execute(self._queries["fires_counted"])}


def _part(limit: int | None, after: float | None) -> dict[str, Any]:
    return {"limit": _ALL if limit is None else limit, "after": _EVER if after is None else after}
