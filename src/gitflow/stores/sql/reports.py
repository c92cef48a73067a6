"""The history of a job in pages, and statistics of a task's jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.stores.protocols.reports import MAX_RUNS, StepTimes
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.stores.protocols.reports import EndedJob


COLUMNS = {"event": rows.EVENT}


class SqlReports(Session):
    """See ReportStore."""

    columns = COLUMNS

    def history_after(self, job_id: str, after: int = 0, limit: int = 1000) -> list[tuple[int, HistoryEntry]]:
        found = self._all("history_after", job_id=job_id, after=after, limit=limit)
        return [(row.pop("id"), rows.entry_of(row)) for row in found]

    def ended_jobs(self, workspace: str, task_name: str, since: float = 0.0, limit: int = 1000) -> list[EndedJob]:
        found = self._all("ended_jobs", workspace=workspace, task_name=task_name, since=since, limit=limit)
        return [rows.ended_job(row) for row in found]

    def step_times(self, workspace: str, task_name: str, since: float = 0.0, limit: int = 1000) -> list[StepTimes]:
        values = {"workspace": workspace, "task_name": task_name, "since": since, "limit": limit}
        return [StepTimes(**row) for row in self._all("step_times", **values, half=50, most=95, runs=MAX_RUNS)]
