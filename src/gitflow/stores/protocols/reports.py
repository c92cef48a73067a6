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


#: The most steps in one statistic: more would take seconds to read.
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
    """The median and the 95th percentile of how long a step's runs took and waited, in seconds."""

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
    duration_s: float | None  #: None: it has not ended, or has never begun


class JobCount(Record):
    workspace: str
    task_name: str
    status: str
    jobs: int


class TaskTotal(Record):
    """How many jobs of a task have ended in this state, deleted ones included, and when the last one did."""

    workspace: str
    task_name: str
    status: str
    jobs: int
    last_at: float


if TYPE_CHECKING:

    class ReportStore(Protocol):
        def history_after(self, job_id: str, after: int = 0, limit: int = 1000) -> list[tuple[int, HistoryEntry]]:
            """(number, entry) of a job's history. The numbers grow, with gaps."""
            ...

        def ended_jobs(self, workspace: str, task_name: str, since: float = 0.0, limit: int = 1000) -> list[EndedJob]:
            """The last jobs of a task that have begun and ended, of those that were created since then; newest
            first."""
            ...

        def step_times(self, workspace: str, task_name: str, since: float = 0.0, limit: int = 1000) -> list[StepTimes]:
            """Of the completed steps of those jobs, by name. At most MAX_RUNS steps count, those of the newest jobs."""
            ...

        def schema_version(self) -> int:
            """The version of the store's schema."""
            ...

        def group_counts(self, workspace: str | None, now: float) -> list[GroupCount]:
            """Of all groups with open jobs (of one workspace or of all), by workspace, name and task."""
            ...

        def group_jobs(self, workspace: str, group: str, now: float, limit: int = 100) -> list[GroupJob]:
            """The jobs that hold places of a group, oldest first, then those that wait, in their order; at most
            ``limit`` of each."""
            ...

        def last_jobs(self, workspace: str, task_name: str, limit: int) -> list[LastJob]:
            """The newest jobs of a task, newest first."""
            ...

        def last_end(self, workspace: str, task_name: str) -> str | None:
            """The status of the newest job of a task that has ended."""
            ...

        def job_counts(self, since: float | None = None) -> list[JobCount]:
            """How many jobs of each task are in each state. ``since``: only jobs that were created at this time or
            later."""
            ...

        def task_totals(self) -> list[TaskTotal]:
            """Of all tasks that have ever had jobs. These numbers never fall."""
            ...
