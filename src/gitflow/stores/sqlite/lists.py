"""Which jobs there are: lists, and the questions the runtime asks."""

from __future__ import annotations

from gitflow.core.errors import InvalidInput, NotFound
from gitflow.core.status import JobStatus
from gitflow.stores import rows
from gitflow.stores.sqlite.errors import guarded
from gitflow.stores.sqlite.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.stores.base import Due, JobFilter, JobRow

#: How much of an id must be given for it to be found.
SHORTEST_START = 8

#: The fields of a JobFilter that are conditions of their own (``only_<field>`` among the queries).
FILTERS = ("workspace", "task_name", "status", "source_type", "revision", "created_after", "created_before")


class JobLists(Session):
    @guarded
    def find(self, start: str) -> str:
        start = start.lower()
        if len(start) < SHORTEST_START:
            raise InvalidInput(f"{start!r} is too short for the id of a job; give {SHORTEST_START} characters at least")
        found = self._execute(self._queries["find_jobs"], {"start": start, "after": start + "\U0010ffff"}).fetchall()
        if not found:
            raise NotFound("job", start)
        if len(found) > 1 and found[0][0] != start:
            raise InvalidInput(f"more than one job begins with {start!r}; give more of its id")
        return found[0][0]

    @guarded
    def jobs(
        self, filter: JobFilter, limit: int = 50, offset: int = 0, *, before: tuple[float, str] | None = None
    ) -> list[JobRow]:
        """``before`` is (created_at, id) of the last job of the page before."""
        sql, values = self._filtered("list_jobs", filter, before)
        return [rows.list_row(row) for row in self._execute(sql, values | {"limit": limit, "offset": offset})]

    @guarded
    def count(self, filter: JobFilter, at_most: int = 10_000) -> int:
        sql, values = self._filtered("count_jobs", filter, None)
        return self._execute(sql, values | {"limit": at_most}).fetchone()[0]

    def _filtered(
        self, query: str, filter: JobFilter, before: tuple[float, str] | None
    ) -> tuple[str, dict[str, str | float]]:
        values: dict[str, str | float] = {
            name: value for name in FILTERS if (value := getattr(filter, name)) is not None
        }
        conditions = [self._queries[f"only_{name}"] for name in values] or [self._queries["only_all"]]
        if filter.search:
            conditions.append(self._queries["only_search"])
            values["search"] = filter.search.lower()
        if filter.labels:
            conditions.append(self._queries["only_labels"])
            values["labels"] = rows.dumps(dict(filter.labels)) or ""
        if before is not None:
            conditions.append(self._queries["only_before"])
            values["before_at"], values["before_id"] = before
        return self._queries[query].replace("{conditions}", "\n   AND ".join(conditions)), values

    @guarded
    def open_jobs(self, owner_id: str) -> list[str]:
        return [id for (id,) in self._execute(self._queries["open_jobs"], (owner_id,))]

    @guarded
    def owners(self) -> list[str]:
        return [id for (id,) in self._execute(self._queries["owners"])]

    @guarded
    def children(self, parent_job_id: str) -> list[tuple[str, str, JobStatus]]:
        found = self._execute(self._queries["children"], (parent_job_id,))
        return [(id, step, JobStatus(status)) for id, step, status in found]

    @guarded
    def chain(self, job_id: str) -> list[str]:
        return [id for (id,) in self._execute(self._queries["chain"], (job_id,))]

    @guarded
    def due(self, owner_id: str, until: float) -> list[Due]:
        """What falls due for the open jobs of an owner, soonest first; without a step: a job's time limit."""
        from gitflow.stores.base import Due  # not at the top: making its classes costs every start

        return [Due(*row) for row in self._execute(self._queries["due"], {"owner_id": owner_id, "until": until})]
