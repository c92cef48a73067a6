"""The history of jobs, and statistics. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    from gitflow.core.jobs.events import HistoryEntry

    class ReportStore(Protocol):
        def history_after(self, job_id: str, after: int = 0, limit: int = 1000) -> list[tuple[int, HistoryEntry]]:
            """(number, entry) of a job's history; numbers grow, with gaps."""
            ...

        def durations(self, workspace: str, task_name: str, limit: int = 1000) -> list[tuple[str, float, float]]:
            """(status, seconds it ran, seconds it waited before) of the last jobs that have ended, newest first."""
            ...
