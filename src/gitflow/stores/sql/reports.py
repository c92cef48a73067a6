"""What happened: the history of a job by the page, and how the jobs of a task fared."""

from __future__ import annotations

from gitflow.stores import rows
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.events import HistoryEntry


class SqliteReports(Session):
    """See ReportStore."""

    @guarded
    def history_after(self, job_id: str, after: int = 0, limit: int = 1000) -> list[tuple[int, HistoryEntry]]:
        wanted = {"job_id": job_id, "after": after, "limit": limit}
        return [(row[0], rows.entry_of(row[1:])) for row in self._execute(self._queries["history_after"], wanted)]

    @guarded
    def durations(self, workspace: str, task_name: str, limit: int = 1000) -> list[tuple[str, float, float]]:
        wanted = {"workspace": workspace, "task_name": task_name, "limit": limit}
        return self._execute(self._queries["durations"], wanted).fetchall()
