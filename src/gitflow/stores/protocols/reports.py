"""The history of jobs, and statistics. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.core.status import JobStatus

if TYPE_CHECKING:
    from typing import Protocol

    from gitflow.core.jobs.concurrency import Member
    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.language.snapshot import Commit


#: How many steps a statistic looks at: more would keep a reader busy for seconds.
MAX_RUNS = 20_000


class EndedJob(Record):
    """Times are seconds since the epoch."""

    id: str
    status: JobStatus
    revision: str
    created_at: float
    started_at: float
    completed_at: float
    git_commit: Commit | None = None


class StepTimes(Record):
    """How long half, and all but a twentieth, of a step's runs took and waited at most, in seconds."""

    name: str
    runs: int
    run_half_s: float
    run_most_s: float
    wait_half_s: float
    wait_most_s: float


class GroupCount(Record):
    """How many jobs of one task hold places of a concurrency group, and how many wait for one."""

    workspace: str
    group: str
    task_name: str
    holders: int
    waiters: int


class GroupJob(Record):
    """A job of a concurrency group. Times are seconds since the epoch."""

    member: Member
    task_name: str
    status: JobStatus
    created_at: float
    started_at: float | None
    owner_id: str

    @property
    def has_begun(self) -> bool:
        """It holds a place; otherwise it waits for one."""
        return self.status is not JobStatus.PENDING


class LastJob(Record):
    job_id: str
    status: str
    duration_s: float | None  #: None: it has not ended, or never began


class JobCount(Record):
    workspace: str
    task_name: str
    status: str
    jobs: int


class TaskTotal(Record):
    """How often jobs of a task have ended in this state, also those that are deleted since, and when the last did."""

    workspace: str
    task_name: str
    status: str
    jobs: int
    last_at: float


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

        def schema_version(self) -> int:
            """The version of the store's schema."""
            ...

        def group_counts(self, workspace: str | None, now: float) -> list[GroupCount]:
            """Of all groups with open jobs (of a workspace), by workspace, name and task."""
            ...

        def group_jobs(self, workspace: str, group: str, now: float, limit: int = 100) -> list[GroupJob]:
            """The holders of a group, oldest first, then its waiting jobs, in their turn; ``limit`` of each at most."""
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

        def task_totals(self) -> list[TaskTotal]:
            """Of all tasks that ever had jobs; they never fall."""
            ...
