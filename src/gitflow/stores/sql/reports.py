"""The history of a job in pages, statistics of a task's jobs, and the state of concurrency groups."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from gitflow.core.jobs.concurrency import Member
from gitflow.core.status import JobStatus
from gitflow.stores.protocols.reports import MAX_RUNS, GroupCount, GroupJob, JobCount, LastJob, StepTimes, TaskTotal
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.stores.protocols.reports import EndedJob
    from gitflow.stores.sql.driver import Row


#: The lengths of the intervals by which jobs are counted, in seconds.
HOUR_S, DAY_S = 3600, 86_400

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

    def schema_version(self) -> int:
        return self._value("schema_version")

    def group_counts(self, workspace: str | None, now: float) -> list[GroupCount]:
        found = self._all("group_counts", workspace=workspace, now=now)
        return [
            GroupCount(row["workspace"], row["group_name"], row["task_name"], row["holders"], row["waiters"])
            for row in found
        ]

    def group_jobs(self, workspace: str, group: str, now: float, limit: int = 100) -> list[GroupJob]:
        values = {"workspace": workspace, "group_name": group, "limit": limit}
        found = (*self._all("jobs_with_place", **values), *self._all("jobs_without_place", **values, now=now))
        return [_group_job(row) for row in found]

    def last_jobs(self, workspace: str, task_name: str, limit: int) -> list[LastJob]:
        found = self._all("last_jobs", workspace=workspace, task_name=task_name, limit=limit)
        return [LastJob(**row) for row in found]

    def last_end(self, workspace: str, task_name: str) -> str | None:
        row = self._first("last_end", workspace=workspace, task_name=task_name)
        return None if row is None else row["status"]

    def task_totals(self) -> list[TaskTotal]:
        return [TaskTotal(**row) for row in self._all("task_totals")]

    def job_counts(self, since: float | None = None) -> list[JobCount]:
        if since is None:
            return [JobCount(**row) for row in self._all("all_job_counts")]
        first_day, first_hour = ceil(since / DAY_S) * DAY_S, ceil(since / HOUR_S) * HOUR_S
        found = self._all("job_counts", since=since, first_day=first_day, first_hour=first_hour)
        return [JobCount(**row) for row in found]


def _group_job(row: Row) -> GroupJob:
    member = Member(
        row["id"], row["number"], row["priority"], row["group_limit"], row["on_limit"], bool(row["cancelling"])
    )
    status = JobStatus(row["status"])
    return GroupJob(member, row["task_name"], status, row["created_at"], row["started_at"], row["owner_id"])
