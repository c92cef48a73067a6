"""What every store offers the runtime. All of it is synchronous and called from one thread."""

from __future__ import annotations

from dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Protocol

    from gitflow.core.events import HistoryEntry
    from gitflow.core.job import Job, Plan, StepRun
    from gitflow.core.logs import LogChunk, LogLine
    from gitflow.core.status import JobStatus

    #: (workspace, revision, task name) -> Plan; how a stored job gets its definitions back.
    PlanOf = Callable[[str, str, str], Plan]


@dataclass(frozen=True, slots=True)
class JobRow:
    """One line of a list of jobs."""

    id: str
    workspace: str
    task_name: str
    mode: str
    status: JobStatus
    source_type: str
    source_id: str | None
    revision: str
    worker_id: str | None
    labels: Mapping[str, str]
    priority: int
    parent_job_id: str | None
    retry_of_job_id: str | None
    created_at: float
    started_at: float | None
    completed_at: float | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt of one step, kept also after the step is tried again."""

    step: str
    attempt: int
    status: str
    exit_code: int | None
    started_at: float | None
    completed_at: float | None
    error_message: str | None
    worker_id: str | None


@dataclass(frozen=True, slots=True)
class JobFilter:
    workspace: str | None = None
    task_name: str | None = None
    status: str | None = None
    source_type: str | None = None
    revision: str | None = None
    search: str | None = None
    created_after: float | None = None
    created_before: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


if TYPE_CHECKING:

    class JobStore(Protocol):
        """Jobs, steps, attempts, history, timers and snapshots."""

        def transaction(self) -> AbstractContextManager[None]:
            """Everything inside is one commit; an exception undoes all of it. Does not nest."""
            ...

        def put_snapshot(self, workspace: str, revision: str, compiled: bytes) -> None:
            """Keeps it, unless it is there; removed again when no job refers to it."""
            ...

        def snapshot(self, workspace: str, revision: str) -> bytes | None: ...

        def create(self, job: Job, history: Sequence[HistoryEntry]) -> None:
            """A new job with all its steps."""
            ...

        def save(self, job: Job, changed: Mapping[str, StepRun], history: Sequence[HistoryEntry]) -> None:
            """The job row, the changed steps and their attempts, the history. ``job.version`` is the version
            it had when loaded; the row's becomes one more. Raises Conflict if somebody saved it since."""
            ...

        def load(self, job_id: str, plan_of: PlanOf) -> Job:
            """Raises NotFound."""
            ...

        def find(self, start: str) -> str:
            """The id that is, or begins with, ``start`` (8 characters at least). Raises NotFound or InvalidInput."""
            ...

        def jobs(self, filter: JobFilter, limit: int = 50, offset: int = 0) -> list[JobRow]:
            """Newest first."""
            ...

        def attempts(self, job_id: str) -> list[AttemptRow]: ...

        def history(self, job_id: str) -> list[HistoryEntry]: ...

        def open_jobs(self, owner_id: str) -> list[str]:
            """Ids of the jobs that have not ended, of one owner, oldest first."""
            ...

        def owners(self) -> list[str]:
            """The owners of all jobs that have not ended."""
            ...

        def children(self, parent_job_id: str) -> list[tuple[str, str, JobStatus]]:
            """(job id, parent step, status) of each child and hook job, oldest first."""
            ...

        def chain(self, job_id: str) -> list[str]:
            """Jobs that retry this one, directly or through others, oldest first."""
            ...

        def close(self) -> None: ...

    class LogStore(Protocol):
        """Log lines, kept in compressed chunks and read as lines."""

        def append(self, chunks: Iterable[LogChunk]) -> None:
            """Commits them, giving each line the job's next ``seq``."""
            ...

        def lines(
            self,
            job_id: str,
            *,
            step: str | None = None,
            stream: str | None = None,
            since_seq: int = 0,
            tail: int | None = None,
        ) -> Iterator[LogLine]:
            """In order of ``seq``; memory stays bounded however large the log. ``step`` also matches its instances."""
            ...

        def close(self) -> None: ...
