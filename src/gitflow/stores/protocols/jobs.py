"""Jobs, requests, artifacts and logs. All methods are synchronous and called from one thread."""

from __future__ import annotations

from gitflow.core.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Protocol

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job, Plan, StepRun
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.logs import LogChunk, LogLine, LogPart
    from gitflow.core.status import JobStatus
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.leases import ActiveServer, Lease

    #: (workspace, revision, task name) -> the Plan of a stored job.
    PlanOf = Callable[[str, str, str], Plan]


class JobRow(Record):
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
    git_commit: Commit | None = None
    source_actor: str | None = None
    error_message: str | None = None
    total_steps: int = 0
    open_steps: int = 0
    failed_steps: int = 0
    waiting_on: str | None = None  #: what it waits for as a whole (core.machine.outstanding.job_waiting_on)


class JobState(Record):
    """The state of a job, without its steps."""

    status: JobStatus
    owner_id: str | None
    parent_job_id: str | None
    version: int  #: grows with each save


class AttemptRow(Record):
    """One attempt of one step, kept also after the step is tried again."""

    step: str
    attempt: int
    status: str
    exit_code: int | None
    started_at: float | None
    completed_at: float | None
    error_message: str | None
    worker_id: str | None


class DueTimer(Record):
    """A timer of a step, or (without a step) the end of a job's time."""

    job_id: str
    step: str | None
    attempt: int | None
    due_at: float


class RequestRow(Record):
    """A request to the owner of a job by another process. It is answered once ``done_at`` is set."""

    id: int
    job_id: str
    operation: str
    arguments: JsonObject
    actor: str
    asked_at: float
    done_at: float | None = None
    error: str | None = None  #: why it was refused
    code: str | None = None  #: the code of the error that refused it
    result: JsonObject | None = None  #: its result


class JobFilter(Record):
    tasks: tuple[tuple[str, str], ...] | None = None  #: only of these: (workspace, task name)
    workspace: str | None = None
    task_name: str | None = None
    status: str | tuple[str, ...] | None = None  #: one, or any of several
    source_type: str | None = None
    revision: str | None = None
    parent_job_id: str | None = None
    retry_of_job_id: str | None = None
    worker_id: str | None = None
    waiting_on: str | None = None  #: only open jobs with a step that waits for this, or that wait for their ``group``
    actor: str | None = None  #: only what this person, key or trigger created
    trigger: str | None = None  #: only what this trigger or webhook started
    duration_over: float | None = None  #: only ended jobs that ran for longer than so many seconds
    late: bool | None = None  #: True: only open jobs that are past their deadline
    roots: bool = False  #: neither child jobs nor those of hooks
    not_retried: bool = False  #: only what no other job retries
    retried: bool = False  #: only what another job retries
    search: str | None = None
    created_after: float | None = None
    created_before: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    has_label: str | None = None  #: has this label, whatever its value


if TYPE_CHECKING:

    class JobStore(Protocol):
        """Jobs, steps, attempts, history, timers and snapshots."""

        def transaction(self) -> AbstractContextManager[None]:
            """Everything inside is one commit; an exception undoes all of it. Transactions cannot be nested."""
            ...

        def put_snapshot(self, workspace: str, revision: str, compiled: bytes) -> None:
            """Keeps it, unless it is stored already. It is removed once no job refers to it."""
            ...

        def snapshot(self, workspace: str, revision: str) -> bytes | None: ...

        def create(self, job: Job, history: Sequence[HistoryEntry]) -> None:
            """Stores a new job with all its steps."""
            ...

        def save(
            self,
            job: Job,
            changed: Mapping[str, StepRun],
            history: Sequence[HistoryEntry],
            removed: Collection[str] = (),
        ) -> None:
            """Saves the job's row, the changed steps with their attempts, and the history; deletes the removed steps.

            ``job.version`` is the version that was loaded; that of the row becomes one more. Raises Conflict if another
            process has saved the job since.
            """
            ...

        def add_history(self, job_id: str, history: Sequence[HistoryEntry]) -> None:
            """Adds to the history of a job; does nothing if the job was deleted."""
            ...

        def load(self, job_id: str, plan_of: PlanOf) -> Job:
            """Raises NotFound."""
            ...

        def find(self, start: str) -> str:
            """The id of the job that ``start`` stands for: the id or its first characters (8 at least), ``last``, or
            ``@TASK``.

            Raises NotFound or InvalidInput.
            """
            ...

        def state_of(self, job_id: str) -> JobState:
            """Raises NotFound."""
            ...

        def jobs(
            self,
            filter: JobFilter,
            limit: int = 50,
            offset: int = 0,
            *,
            before: tuple[float, str] | None = None,
            oldest_first: bool = False,
            by_end: bool = False,
        ) -> list[JobRow]:
            """Newest first, or with ``oldest_first`` the oldest. ``before`` is (created_at, id) of the last job of the
            page before. ``by_end`` sorts by the time of the end instead, with jobs that have not ended after the
            newest."""
            ...

        def count(self, filter: JobFilter, at_most: int = 10_000) -> int: ...

        def attempts(self, job_id: str) -> list[AttemptRow]: ...

        def made_from(self, job_id: str) -> tuple[str, Commit | None]:
            """(revision, commit) of a job. Raises NotFound."""
            ...

        def history(self, job_id: str) -> list[HistoryEntry]: ...

        def history_of(self, job_id: str, whats: Sequence[str]) -> list[HistoryEntry]:
            """Only the entries with one of these words, oldest first."""
            ...

        def task_of(self, job_id: str) -> tuple[str, str]:
            """(workspace, task name). Raises NotFound."""
            ...

        def tasks(self) -> list[tuple[str, str]]:
            """(workspace, task name) of every task that has jobs, even if it is not defined any more."""
            ...

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

        def first_of_chain(self, job_id: str) -> str:
            """The first job of a chain of retries; the job itself if it retries none."""
            ...

        def due(self, owner_id: str, until: float) -> list[DueTimer]:
            """What becomes due for the open jobs of an owner, soonest first."""
            ...

        def delete(self, job_ids: Iterable[str]) -> list[str]:
            """Deletes those of these jobs that have ended, with their rows; returns their ids."""
            ...

        def add_request(self, job_id: str, operation: str, arguments: JsonObject, actor: str, at: float) -> int:
            """Asks the owner of a job to do something; returns the number of the request. Raises NotFound."""
            ...

        def requests(self, owner_id: str) -> list[RequestRow]:
            """The unanswered requests to an owner, oldest first."""
            ...

        def request(self, id: int) -> RequestRow:
            """Raises NotFound."""
            ...

        def answer(
            self,
            id: int,
            at: float,
            error: str | None = None,
            code: str | None = None,
            result: JsonObject | None = None,
        ) -> None:
            """Stores the result, or the sentence of a refusal. Later answers are ignored."""
            ...

        def idempotency_key(self, caller: str, key: str, request: str) -> tuple[bool, str, float] | None:
            """(whether this request used it, job id, when) of a key that was used, even if it has expired."""
            ...

        def put_idempotency_key(self, caller: str, key: str, request: str, job_id: str, at: float) -> None:
            """A request may hold secrets, so only a digest is stored, by which the same request is recognised."""
            ...

        def drop_idempotency_keys(self, before: float, at_most: int) -> int:
            """Deletes the oldest keys that were used before a time; returns how many."""
            ...

        def has_artifacts(self, job_id: str) -> bool:
            """Whether a step of the job has left artifacts."""
            ...

        def carry_artifacts(self, from_job: str, to_job: str) -> None:
            """Copies the names of a job's artifacts to another job, which is stored already, for steps that it begins
            as completed."""
            ...

        def save_room(self) -> None:
            """From now on this connection uses as little disk space as possible."""
            ...

        def lead(self, owner_id: str, lease: Lease | None = None) -> None:
            """Makes this process the active server. Raises NotActive if the database allows only one and another is
            active."""
            ...

        def renew(self) -> None:
            """Renews the lease of this server. Raises NotActive if another one is active."""
            ...

        def active_server(self) -> ActiveServer | None:
            """Which server is active; None where several may be. Raises StoreError."""
            ...

        @property
        def epoch(self) -> int:
            """A number that grows with each server that becomes active."""
            ...

        def is_committed(self) -> bool:
            """Whether the last commit that raised UncertainCommit was made. Raises StoreError."""
            ...

        def changes(self) -> int:
            """A number that changes with each commit of another connection, in this process or another."""
            ...

        def joined(self) -> AbstractContextManager[None]:
            """The open transaction, or else a new one."""
            ...

        def close(self) -> None: ...

    class LogStore(Protocol):
        """Log lines, kept in compressed chunks and read as lines."""

        joins_commits: bool  #: whether lines that are appended within a transaction of the jobs belong to it

        def prepare(self, ts: float) -> None:
            """Opens what lines of this time are written to, if it exists, so that the first ``append`` and ``sync``
            take less time."""
            ...

        def append(self, chunks: Iterable[LogChunk]) -> None:
            """Commits them, giving each line the job's next ``seq``. Safe against the death of the process."""
            ...

        def sync(self) -> None:
            """Makes sure that all appended lines are on the disk. Every commit of the jobs begins with it."""
            ...

        def last_seq(self, job_id: str) -> int: ...

        def chunks(
            self, job_id: str, since_seq: int = 0, wants: Callable[[LogPart], bool] | None = None
        ) -> Iterator[tuple[int, LogChunk]]:
            """``(number of its first line, chunk)`` of every chunk with lines after ``since_seq``, in order.

            ``wants`` is given a part without its size. If it returns False, the chunk is not decompressed.
            """
            ...

        def parts(self, job_id: str) -> Iterator[LogPart]:
            """The attempt, stream and size of each row, in order, without decompressing the text."""
            ...

        def delete(self, job_ids: Iterable[str]) -> None: ...

        def drop_before(self, day: str) -> list[str]:
            """Deletes the logs of all days (``2026-01-31``) before one; returns these days."""
            ...

        def days_before(self, day: str) -> list[str]:
            """The days that have a log, oldest first."""
            ...

        def has_lines_of(self, day: str, job_ids: Collection[str]) -> bool:
            """Whether any of these jobs printed anything on a day."""
            ...

        def day_size(self, day: str) -> int:
            """Bytes on the disk."""
            ...

        def drop_day(self, day: str) -> int:
            """Deletes the log of a day; returns its size in bytes."""
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
            """In order of ``seq``. Memory stays bounded, however large the log is. ``step`` also selects the instances
            of a loop."""
            ...

        def close(self) -> None: ...
