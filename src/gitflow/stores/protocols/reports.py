"""The history of jobs, and statistics. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record

if TYPE_CHECKING:
    from typing import Protocol

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.status import JobStatus


#: How many steps a statistic looks at: more would keep a reader busy for seconds.
MAX_RUNS = 20_000


@record
class EndedJob:
    """Times are seconds since the epoch."""

    id: str
    status: JobStatus
    revision: str
    created_at: float
    started_at: float
    completed_at: float
    git_commit: Commit | None = None


@record
class StepTimes:
    """How long half, and all but a twentieth, of a step's runs took and waited at most, in seconds."""

    name: str
    runs: int
    run_half_s: float
    run_most_s: float
    wait_half_s: float
    wait_most_s: float


if TYPE_CHECKING:

    class ReportStore(Protocol):
        def history_after(self, job_id: str, after: int = 0, limit: int = 1000) -> list[tuple[int, HistoryEntry]]:
            """(number, entry) of a job's history; numbers grow, with gaps."""
            ...

        def ended_jobs(self, workspace: str, task_name: str, since: float = 0.0, limit: int = 1000) -> list[EndedJob]:
            """The last jobs of a task that have begun and ended, of those created since then, newest first."""
            ...

        def step_times(self, workspace: str, task_name: str, since: float = 0.0, limit: int = 1000) -> list[StepTimes]:
            """Of the completed steps of those jobs, by name; MAX_RUNS steps at most, of the newest jobs."""
            ...
