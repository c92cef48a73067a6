"""The history of a job in pages, and statistics of a task's jobs."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from gitflow.stores.protocols.reports import JobCount, LastJob
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from gitflow.core.jobs.events import HistoryEntry


#: The widths by which jobs are counted, in seconds.
HOUR_S, DAY_S = 3600, 86_400

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

    def last_jobs(self, workspace: str, task_name: str, limit: int) -> list[LastJob]:
        found = self._all("last_jobs", workspace=workspace, task_name=task_name, limit=limit)
        return [LastJob(**row) for row in found]

    def last_end(self, workspace: str, task_name: str) -> str | None:
        row = self._first("last_end", workspace=workspace, task_name=task_name)
        return None if row is None else row["status"]

    def job_counts(self, since: float | None = None) -> list[JobCount]:
        if since is None:
            return [JobCount(**row) for row in self._all("all_job_counts")]
        first_day, first_hour = ceil(since / DAY_S) * DAY_S, ceil(since / HOUR_S) * HOUR_S
        found = self._all("job_counts", since=since, first_day=first_day, first_hour=first_hour)
        return [JobCount(**row) for row in found]
