"""The history of a job in pages, and statistics of a task's jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from gitflow.core.jobs.events import HistoryEntry


COLUMNS = {"event": rows.EVENT}


class SqlReports(Session):
    """See ReportStore."""

    columns = COLUMNS

    def history_after(self, job_id: str, after: int = 0, limit: int = 1000) -> list[tuple[int, HistoryEntry]]:
        found = self._all("history_after", job_id=job_id, after=after, limit=limit)
        return [(row.pop("id"), rows.entry_of(row)) for row in found]

    def durations(self, workspace: str, task_name: str, limit: int = 1000) -> list[tuple[str, float, float]]:
        found = self._all("durations", workspace=workspace, task_name=task_name, limit=limit)
        return [(row["status"], row["duration_s"], row["wait_s"]) for row in found]
