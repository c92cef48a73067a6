"""The only writer of jobs in this process: applies events by the rules of the core, and saves the results.

Everything that arrived since the last commit becomes one commit (``settle``): the new states, the
history, the child and hook jobs that follow, and the claims of the steps that start next. Processes are started and
killed after the commit, so a crash in between loses nothing that others have seen.
"""

from __future__ import annotations

from gitflow.core.errors import Conflict, NotActive, Overtaken, StaleEvent, StoreError, UncertainCommit
from gitflow.core.machine.machine import advance
from gitflow.core.record import replace
from gitflow.core.standard import partial
from gitflow.runtime.engine.admission import Admission
from gitflow.runtime.engine.context import EngineContext
from gitflow.runtime.engine.effects import execute_effect
from gitflow.runtime.engine.inbox import Inbox
from gitflow.runtime.engine.recovery import LOST
from gitflow.runtime.engine.transaction import Occasions, Transaction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.jobs.events import Event, HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.dispatch.base import Dispatch
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.concurrency import Groups
    from gitflow.runtime.engine.job_factory import JobFactory
    from gitflow.runtime.engine.protocols import InputRenderer, JobFolders
    from gitflow.runtime.engine.recovery import Takeover
    from gitflow.runtime.engine.timers import Timers
    from gitflow.runtime.engine.transaction import OnDrop, PendingJob, Work
    from gitflow.stores.registry import Stores

    #: Called after each commit with every job that moved and what is new in its history.
    Observer = Callable[[Job, Sequence[HistoryEntry]], None]

#: How often, while jobs wait for a place in a group, the processes that hold places are checked, in seconds.
RECOVER_S = 1.0


class Orchestrator:
    """Owns the open jobs of this process, and no others."""

    def __init__(
        self,
        stores: Stores,
        load: Callable[[str], Job],
        dispatch: Dispatch,
        timers: Timers,
        clock: Clock,
        job_factory: JobFactory,
        renderer: InputRenderer,
        step_dirs: JobFolders,
        takeover: Takeover,
    ) -> None:
        """``load`` reads a stored job; it raises NotFound. ``takeover`` settles what dead processes left."""
        self.store = stores.jobs
        self.dispatch = dispatch
        self.timers = timers
        self.clock = clock
        self.job_factory = job_factory
        self.owner_id = takeover.owner_id
        self.observers: list[Observer] = []
        self._takeover = takeover
        self._recovered_at = clock.now()
        self._open: dict[str, Job] = {}
        self._coming: set[str] = set()  #: jobs that the next commit creates
        self._overtaken: set[str] = set()  #: jobs of this process that another has changed in the store
        self._uncertain: Transaction | None = None  #: it may have been committed
        self._inbox = Inbox()
        self._occasions = Occasions(lambda job_id: stores.takeovers.announced(job_id))
        self._admission = Admission(stores, clock, timers, self._inbox, self.owner_id)
        self._context = EngineContext(
            owner_id=self.owner_id,
            store=stores.jobs,
            load=load,
            clock=clock,
            timers=timers,
            inbox=self._inbox,
            dispatch=dispatch,
            admission=self._admission,
            occasions=self._occasions,
            job_factory=job_factory,
            renderer=renderer,
            step_dirs=step_dirs,
            runs_elsewhere=takeover.runs_elsewhere,
        )

    def job(self, job_id: str) -> Job | None:
        """An open job of this process as last committed."""
        return self._open.get(job_id)

    def open_ids(self) -> list[str]:
        """Every job that has not ended, also one whose creation is not committed yet."""
        return list({**self._open, **dict.fromkeys(self._coming)})

    @property
    def is_idle(self) -> bool:
        return not self._open and not self._inbox

    def has_work(self) -> bool:
        return bool(self._inbox) or self.is_uncertain

    @property
    def is_uncertain(self) -> bool:
        """Whether the last commit may have been made or not: its claims are kept until the store has said so."""
        return self._uncertain is not None

    @property
    def waiting_pieces(self) -> int:
        """How many pieces of work and events wait for the next commit."""
        return len(self._inbox)

    def drop_first(self, error: Exception) -> None:
        """Drops the first piece, which has a programming error, and reports the error to its submitter."""
        self._inbox.drop_first(error)

    @property
    def groups(self) -> Groups:
        """Concurrency groups."""
        return self._admission.groups

    def post_event(self, job_id: str, event: Event) -> None:
        """Applies the event at the next ``settle``."""
        self._inbox.post_event(job_id, event)

    def submit(self, work: Work, on_drop: OnDrop | None = None) -> None:
        """Runs ``work`` inside the next commit, before the events; safe from every thread.

        ``on_drop`` is called with the error if the work was dropped, because of a programming error in it (see Engine).
        """
        self._inbox.submit(work, on_drop)

    def enqueue_job(
        self, job: Job, prepare: Callable[[], None] | None = None, *, carried_from: str | None = None
    ) -> None:
        """Creates the job inside the next commit, after ``prepare``."""

        def create(transaction: Transaction) -> None:
            if prepare is not None:
                prepare()
            self.create(transaction, job, carried_from=carried_from)

        self._coming.add(job.id)
        self.submit(create, lambda error: self._coming.discard(job.id))

    def create(self, transaction: Transaction, job: Job, *, carried_from: str | None = None) -> None:
        """A new job of this process. Raises ConcurrencyLimit and InvalidInput (see ``Admission.create``)."""
        self._admission.create(transaction, job, carried_from=carried_from)

    def adopt(self, job: Job, *, lost: str | None = None) -> None:
        """Resumes a stored job of this process in the next commit: executes its outstanding effects again.

        ``lost``: why its steps are not running any more; they are reported as lost. Without it they run in this
        process.
        """
        from gitflow.runtime.engine.resume import resume

        self._open[job.id] = job
        self._occasions.reload(job.id)
        self.submit(lambda transaction: resume(self._context, transaction, job.id, lost))

    def report_unassigned(self, job_id: str, step: str, attempt: int) -> None:
        """No worker may take the attempt any more: if that is still so after a while, the job's history says why."""
        from gitflow.runtime.engine.unassigned import report_later

        report_later(self._context, job_id, step, attempt)

    def release(self, job_id: str) -> None:
        """The job has ended, or belongs to another process now."""
        self._open.pop(job_id, None)
        self._occasions.forget(job_id)
        self.timers.forget(job_id)

    def recover(self, *, at_start: bool = False) -> bool:
        """Settles or adopts jobs of dead processes. True: some of their processes are still ending; call again soon."""
        for job in self._takeover.take_jobs(at_start=at_start):
            self.adopt(job, lost=LOST)
        return self._takeover.is_ending

    def poll(self) -> None:
        """Finds places in concurrency groups that other processes have freed, for jobs of this one that wait."""
        if not self._admission.has_groups:
            return
        waiting = self.groups.waiting(self._open.values())
        if not waiting:
            return
        now = self.clock.now()
        if now - self._recovered_at >= RECOVER_S:
            self._recovered_at = now
            self.recover()
        for key in self.groups.movable(waiting):
            self.submit(lambda transaction, key=key: transaction.groups.add(key))

    def settle(
        self, claim: Callable[[Transaction], bool], at_most: int | None = None, first: Work | None = None
    ) -> Transaction:
        """One commit. ``claim`` claims one more step that is to start, or returns False when no slot is free.

        ``at_most`` limits how many waiting pieces it takes; the others stay for the next commit. ``first`` is called
        before them; what it does is done again by its caller if the commit fails.

        Raises:
            StoreError: nothing was saved; the next call takes the same work and events.
            Conflict: another process changed a job of this one, which should not happen: a command line ends with it.
                The job is read again; the next call takes the same work and events.
            ConcurrencyLimit: an enqueued job may not start, and was not created.
        """
        if self._uncertain is not None:
            return self._resolve(self._uncertain)
        transaction = Transaction(self.store, self._open, *self._inbox.take(at_most))
        try:
            with self.store.transaction():
                if first is not None:
                    first(transaction)
                for work, _ in transaction.submitted:
                    work(transaction)
                self._apply_all(transaction)
                while claim(transaction):
                    self._apply_all(transaction)
                for pending in transaction.jobs.values():
                    transaction.save(pending)
        except UncertainCommit:
            self._uncertain = transaction
            raise
        except BaseException as error:
            self._undo(transaction, error)
            raise
        self._commit(transaction)
        return transaction

    def _resolve(self, transaction: Transaction) -> Transaction:
        """The commit whose answer was lost, if it was made. Raises StoreError if it was not, or nobody knows yet, and
        NotActive if only the server that is active now could know."""
        try:
            is_committed = self.store.is_committed()
        except NotActive as error:
            self._uncertain = None
            self._undo(transaction, error)
            raise
        self._uncertain = None
        if not is_committed:
            error = StoreError("the connection broke before the commit was made, which is made again")
            self._undo(transaction, error)
            raise error
        self._commit(transaction)
        return transaction

    def _apply_all(self, transaction: Transaction) -> None:
        """Applies events, and decides groups, until nothing follows any more."""
        while transaction.follow_ups or transaction.events or (transaction.groups and self.groups.decide(transaction)):
            if transaction.follow_ups:
                self.try_apply(transaction, *transaction.follow_ups.popleft())
            elif transaction.events:
                transaction.applied.append(transaction.events.popleft())
                self.try_apply(transaction, *transaction.applied[-1])

    def try_apply(self, transaction: Transaction, job_id: str, event: Event) -> bool:
        """Applies the event unless it is stale. A worker must not start a step if its claim was stale."""
        try:
            self.apply(transaction, job_id, event)
        except (StaleEvent, Conflict):
            return False
        return True

    def apply(self, transaction: Transaction, job_id: str, event: Event) -> None:
        """Applies an event, which may reopen a job that has ended.

        Raises:
            Conflict: the job's state does not allow it, the job has ended, or its group is full.
            NotFound, InvalidInput: the core refuses the event.
            StaleEvent: the event is late and changes nothing.
        """
        pending = transaction.find(job_id)
        if pending is None:
            from gitflow.runtime.engine.resume import load_ended

            pending = load_ended(self._context, job_id, event)
        result = advance(pending.job, event)
        if pending.job.ended and not result.job.ended:
            from gitflow.runtime.engine.resume import reopen

            reopen(self._context, transaction, pending)
        if result.removed or pending.begins_another_attempt(result):
            transaction.save(pending)  # so that the last attempt, and the last state of a removed step, are stored
            result = replace(result, job=replace(result.job, version=pending.job.version))
        pending.advance(result)
        for effect in result.effects:
            execute_effect(self._context, transaction, result.job, effect)

    def _commit(self, transaction: Transaction) -> None:
        self._coming.difference_update(transaction.jobs)
        for job_id, pending in transaction.jobs.items():
            if pending.job.ended:
                self.release(job_id)
            else:
                self._open[job_id] = pending.job
                self._occasions.commit(pending)
            self._notify_later(transaction, pending)

    def _notify_later(self, transaction: Transaction, pending: PendingJob) -> None:
        if pending.saved_history:
            for observer in self.observers:
                transaction.observed.append(partial(observer, pending.job, pending.saved_history))

    def _undo(self, transaction: Transaction, error: BaseException) -> None:
        """Puts work and events back, and restores the offers to those of the stored jobs.

        Timers stay: those of stored jobs are due as before, and those of jobs that were not made have no effect.
        """
        self._inbox.put_back(transaction.submitted, [*transaction.applied, *transaction.events])
        self._occasions.undo(transaction.jobs)
        if isinstance(error, Overtaken):
            self._overtaken.add(error.job_id)
        self._reload_overtaken()
        from gitflow.runtime.engine.resume import restore_offers

        restore_offers(self._context, transaction)

    def _reload_overtaken(self) -> None:
        """Reloads jobs that another process has changed, or releases them. Unreadable ones are tried again later."""
        from gitflow.runtime.engine.resume import load_own

        for job_id in list(self._overtaken):
            try:
                job = load_own(self._context, job_id)
            except StoreError:
                continue
            self._overtaken.discard(job_id)
            self.dispatch.forget(job_id)
            if job is None:
                self.release(job_id)
            else:
                self.adopt(job)
