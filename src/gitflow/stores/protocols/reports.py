"""The history of jobs, and statistics. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record

if TYPE_CHECKING:
    from typing import Protocol

    from gitflow.core.jobs.events import HistoryEntry


@record
class LastJob:
    job_id: str
    status: str
    duration_s: float | None  #: None: it has not ended, or never began


@record
class JobCount:
    workspace: str
    task_name: str
    status: str
    jobs: int


if TYPE_CHECKING:

    class ReportStore(Protocol):
        def history_after(self, job_id: str, after: int = 0, limit: int = 1000) -> list[tuple[int, HistoryEntry]]:
            """(number, entry) of a job's history; numbers grow, with gaps."""
            ...

        def durations(self, workspace: str, task_name: str, limit: int = 1000) -> list[tuple[str, float, float]]:
            """(status, seconds it ran, seconds it waited before) of the last jobs that have ended, newest first."""
            ...

        def last_jobs(self, workspace: str, task_name: str, limit: int) -> list[LastJob]:
            """The newest jobs of a task, newest first."""
            ...

        def last_end(self, workspace: str, task_name: str) -> str | None:
            """The status of the newest job of a task that has ended."""
            ...

        def job_counts(self, since: float | None = None) -> list[JobCount]:
            """How many jobs that were made at this time or later (None: all) are in each state, of each task."""
            ...
