"""Creates jobs, and admits each when its start time has come and its concurrency group has a place."""

from __future__ import annotations

from gitflow.core.jobs.events import DeadlinePassed, HistoryEntry, JobAdmitted, JobExpired
from gitflow.core.record import replace
from gitflow.core.standard import partial
from gitflow.core.status import JobStatus
from gitflow.runtime.engine.transaction import PendingJob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.concurrency import Groups
    from gitflow.runtime.engine.inbox import Inbox
    from gitflow.runtime.engine.timers import Timers
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.registry import Stores


def expire_at(timers: Timers, inbox: Inbox, job_id: str, due_at: float) -> None:
    timers.at(due_at, job_id, lambda now: inbox.post_event(job_id, JobExpired(now)))


def watch_deadline(timers: Timers, inbox: Inbox, job_id: str, due_at: float, step: str | None = None) -> None:
    timers.at(due_at, job_id, lambda now: inbox.post_event(job_id, DeadlinePassed(now, step)))


class Admission:
    def __init__(self, stores: Stores, clock: Clock, timers: Timers, inbox: Inbox, owner_id: str) -> None:
        self._stores = stores
        self._clock = clock
        self._timers = timers
        self._inbox = inbox
        self._owner_id = owner_id
        self._groups: Groups | None = None

    @property
    def groups(self) -> Groups:
        """Concurrency groups; built when the first is needed, since few jobs have one."""
        if self._groups is None:
            from gitflow.runtime.engine.concurrency import Groups

            self._groups = Groups(self._stores, self._clock, self._owner_id)
        return self._groups

    @property
    def has_groups(self) -> bool:
        return self._groups is not None

    def create(self, transaction: Transaction, job: Job, *, carried_from: str | None = None) -> None:
        """A new job, which belongs to this process.

        Raises ConcurrencyLimit if its group is full and it must not wait, InvalidInput if its group cannot be named.
        """
        owned = replace(job, owner_id=self._owner_id)
        if job.plan.task.concurrency is not None:
            owned = self.groups.enter(transaction, owned)
        created = HistoryEntry(job.created_at, job.source.actor or "engine", "job.created")
        pending = transaction.jobs[job.id] = PendingJob(owned, is_new=True, carried_from=carried_from)
        pending.history.append(created)
        if not self.begin(transaction, owned):  # it may expire, or be late, before it begins
            if owned.expires_at is not None:
                expire_at(self._timers, self._inbox, job.id, owned.expires_at)
            if owned.deadline_at is not None:
                watch_deadline(self._timers, self._inbox, job.id, owned.deadline_at)

    def begin(self, transaction: Transaction, job: Job) -> bool:
        """Admits a pending job, and returns whether it did. A job waits for its time first, then for its group."""
        now = self._clock.now()
        if job.starts_at is not None and job.starts_at > now:
            begin = partial(self._begin_late, job_id=job.id)
            self._timers.at(job.starts_at, job.id, lambda now: self._inbox.submit(begin))
        elif job.group is not None:
            transaction.groups.add((job.workspace, job.group))
        else:
            transaction.post_event(job.id, JobAdmitted(now))
            return True
        return False

    def _begin_late(self, transaction: Transaction, job_id: str) -> None:
        pending = transaction.find(job_id)
        if pending is not None and pending.job.status is JobStatus.PENDING:
            self.begin(transaction, pending.job)
