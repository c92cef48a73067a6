"""The operations on jobs: one implementation for the API and the command line.

A method that takes a ``transaction`` runs inside a commit, in the engine's thread (``CommitQueue.submit``,
``Orchestrator.submit``), and refuses with a GitflowError before it changes anything. A process that reopens an ended
job becomes its owner. An operation on an open job of another process raises ``OwnedElsewhere``; the caller then
forwards the request to the owner (``forward.py``).
"""

from __future__ import annotations

from gitflow.core.errors import Conflict, StaleEvent
from gitflow.core.jobs.events import (
    NO_RIGHTS,
    OVERRIDDEN,
    CancelRequested,
    EventReceived,
    JobPaused,
    JobRestarted,
    JobResumed,
    StepDecided,
    StepForced,
    StepReset,
    StepSkipped,
    SubtreeReplayed,
)
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import plan_task, retry_job
from gitflow.core.record import Record, replace
from gitflow.core.standard import partial
from gitflow.runtime.engine.transaction import PendingJob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.events import Event, HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.idempotency import IdempotencyKey
    from gitflow.runtime.operations.rerun import RerunOptions
    from gitflow.runtime.operations.rights import ActorContext
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.checkouts import Checkouts


class OwnedElsewhere(Conflict):
    """The job is open, and another process owns it."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"job {job_id} is run by another process")
        self.job_id = job_id


class RetryOptions(Record):
    """What a retry runs again, and with which definitions."""

    from_start: bool = False
    from_step: str | None = None
    latest: Workspace | None = None  #: use the task's definition in this workspace, at its newest revision
    revision: Revision | None = None  #: with ``latest``: use this revision instead of the newest


CARRY_OVER = RetryOptions()


class Operations:
    def __init__(self, orchestrator: Orchestrator, snapshots: Snapshots, stores: Stores, checkouts: Checkouts) -> None:
        self.orchestrator = orchestrator
        self.stores = stores
        self._snapshots = snapshots
        self._checkouts = checkouts

    def execute(
        self,
        workspace: Workspace,
        revision: Revision,
        task_name: str,
        given: JsonObject,
        source: Source,
        *,
        from_text: bool = False,
        labels: Mapping[str, str] | None = None,
        priority: int | None = None,
    ) -> Job:
        """Prepares a job and creates it with the next commit. Raises what ``prepare`` raises."""
        job = self.prepare(
            workspace, revision, task_name, given, source, from_text=from_text, labels=labels, priority=priority
        )
        self.enqueue_job(job)
        return job

    def prepare(
        self,
        workspace: Workspace,
        revision: Revision,
        task_name: str,
        given: JsonObject,
        source: Source,
        *,
        from_text: bool = False,
        labels: Mapping[str, str] | None = None,
        priority: int | None = None,
    ) -> Job:
        """Makes a job to pass to ``create``. Reads files and may take long; callable from any thread.

        Raises NotFound, InvalidInput, RevisionRefused and WorkspaceError.
        """
        snapshot = self._snapshots.load(workspace, revision)
        job = self.orchestrator.job_factory.make(
            snapshot, task_name, given, source, from_text=from_text, labels=labels, priority=priority
        )
        self._checkouts.ensure(workspace, revision)  # the files must be copied before the job exists
        workspace.keep(revision)
        return job

    def prepare_retry(self, before: Job, actor: str, how: RetryOptions = CARRY_OVER) -> Job:
        """Makes a job to pass to ``create``, which carries over completed steps and runs the rest.

        With ``how.latest`` it reads files and may take long; callable from any thread. Raises Conflict, NotFound and
        InvalidInput; with ``how.latest`` also what ``prepare`` raises.
        """
        newest = self._newest(before, how.latest, how.revision) if how.latest is not None else None
        plan = plan_task(newest, before.task_name) if newest else None
        job = retry_job(
            before,
            id=self.orchestrator.job_factory.new_id(),
            at=self.orchestrator.clock.now(),
            source=Source(before.source.type, before.source.id, actor),
            from_start=how.from_start,
            from_step=how.from_step,
            plan=plan,
            revision=newest and newest.revision,
            input=self.orchestrator.job_factory.checked(newest, plan.task, before.input) if newest and plan else None,
        )
        return replace(job, git_commit=newest.commit) if newest else job

    def prepare_rerun(self, before: Job, source: Source, how: RerunOptions) -> Job:
        """Makes an unrelated job to pass to ``create``, with the input of ``before`` as ``how`` edits it.

        It uses the definitions and files that ``before`` keeps, or with ``how.latest`` the newest. It reads files and
        may take long; callable from any thread. Raises Conflict, NotFound and InvalidInput; with ``how.latest`` also
        what ``prepare`` raises.
        """
        from gitflow.runtime.operations.rerun import rerun_job

        if how.latest is not None:
            snapshot = self._newest(before, how.latest, how.revision)
        else:
            snapshot = self._snapshots.of(before.workspace, before.revision)
            self._checkouts.use(before.workspace, before.revision)
        return rerun_job(self.orchestrator.job_factory, snapshot, before, source, how)

    def enqueue_job(self, job: Job) -> None:
        """Creates a prepared job inside the next commit."""
        self.orchestrator.enqueue_job(job, partial(self._keep, job), carried_from=job.retry_of_job_id)

    def create(self, transaction: Transaction, job: Job, key: IdempotencyKey | None = None) -> str:
        """Creates a prepared job and returns its id. If a job was created with this key before, returns that job's id.

        Raises Conflict (also if the job to retry was reopened in the meantime) and IdempotencyMismatch.
        """
        known = key.job_id(self.stores.jobs, self.orchestrator.clock.now()) if key is not None else None
        if known is not None:
            return known
        if job.retry_of_job_id is not None:
            self._refuse_open(transaction, job.retry_of_job_id)
        self._keep(job)
        self.orchestrator.create(transaction, job, carried_from=job.retry_of_job_id)
        if key is not None:
            key.put(self.stores.jobs, job.id, self.orchestrator.clock.now())
        return job.id

    def cancel(self, transaction: Transaction, job_id: str, actor: str, reason: str = "") -> Job:
        """Returns the job, which is ``cancelling`` while its processes end."""
        return self._apply(transaction, job_id, CancelRequested(self._now, actor, reason))

    def pause(self, transaction: Transaction, job_id: str, actor: str) -> Job:
        return self._apply(transaction, job_id, JobPaused(self._now, actor))

    def resume(self, transaction: Transaction, job_id: str, actor: str) -> Job:
        return self._apply(transaction, job_id, JobResumed(self._now, actor))

    def restart(self, transaction: Transaction, job_id: str, actor: str, aliases: tuple[str, ...] = ()) -> Job:
        return self._apply(transaction, job_id, JobRestarted(self._now, actor, aliases))

    def retry(
        self,
        transaction: Transaction,
        job_id: str,
        actor: str,
        how: RetryOptions = CARRY_OVER,
        key: IdempotencyKey | None = None,
    ) -> str:
        """Returns the id of the new job. With ``how.latest``, call ``prepare_retry`` and ``create`` instead."""
        self._refuse_open(transaction, job_id)
        before = self.stores.jobs.load(job_id, self._snapshots.plan_of)
        return self.create(transaction, self.prepare_retry(before, actor, how), key)

    def delete(self, transaction: Transaction, job_id: str, actor: str) -> list[str]:
        """Returns the ids of the deleted jobs: this one, and its child and hook jobs."""
        from gitflow.runtime.operations.delete import delete

        return delete(self.stores, transaction, job_id)

    def skip(
        self,
        transaction: Transaction,
        job_id: str,
        step: str,
        actor: str,
        reason: str = "",
        by: ActorContext | None = None,
    ) -> Job:
        """Raises Forbidden if the step is an approval that the actor may not decide, like the next two."""
        return self._authorized(
            transaction, job_id, StepSkipped(self._now, step, actor, reason, by.rights if by else NO_RIGHTS), by
        )

    def complete(
        self,
        transaction: Transaction,
        job_id: str,
        step: str,
        actor: str,
        result: Json = None,
        *,
        reason: str = "",
        by: ActorContext | None = None,
    ) -> Job:
        return self._authorized(
            transaction, job_id, StepForced(self._now, step, actor, result, reason, by.rights if by else NO_RIGHTS), by
        )

    def decide(
        self,
        transaction: Transaction,
        job_id: str,
        step: str,
        actor: str,
        approved: bool,
        *,
        input: Json = None,
        reason: str = "",
        by: ActorContext | None = None,
    ) -> Job:
        event = StepDecided(self._now, step, actor, approved, input, reason, by.rights if by else NO_RIGHTS)
        return self._authorized(transaction, job_id, event, by)

    def send_event(
        self, transaction: Transaction, job_id: str, type: str, payload: Json, actor: str, event_id: str | None = None
    ) -> Job:
        """An event with the same id is handled once, even if it is sent again after the end of the job."""
        id = event_id or self.orchestrator.job_factory.new_id()
        with _OwnedJob(self, transaction, job_id) as job:
            if any(sent.id == id for sent in job.sent_events):
                return job
            return self._apply_owned(transaction, job_id, EventReceived(self._now, id, type, payload, actor))

    def retry_step(self, transaction: Transaction, job_id: str, step: str, actor: str) -> Job:
        return self._apply(transaction, job_id, StepReset(self._now, step, actor))

    def replay(self, transaction: Transaction, job_id: str, step: str, actor: str) -> int:
        """Returns how many steps were reset."""
        with _OwnedJob(self, transaction, job_id):
            before = _resets(transaction.jobs[job_id])
            self._apply_owned(transaction, job_id, SubtreeReplayed(self._now, step, actor))
            return _resets(transaction.jobs[job_id]) - before

    def job(self, transaction: Transaction, job_id: str) -> Job:
        """The job with the changes of this transaction, or as stored. Raises NotFound."""
        pending = transaction.find(job_id)
        return self.stores.jobs.load(job_id, self._snapshots.plan_of) if pending is None else pending.job

    @property
    def _now(self) -> float:
        return self.orchestrator.clock.now()

    def _authorized(
        self,
        transaction: Transaction,
        job_id: str,
        event: StepDecided | StepForced | StepSkipped,
        by: ActorContext | None,
    ) -> Job:
        """Adds an audit event if an administrator acts in place of the approvers."""
        with _OwnedJob(self, transaction, job_id):
            before = len(_overridden(transaction.jobs[job_id]))
            job = self._apply_owned(transaction, job_id, event)
            for entry in _overridden(transaction.jobs[job_id])[before:]:
                self._audit(job, entry, by)
            return job

    def _audit(self, job: Job, entry: HistoryEntry, by: ActorContext | None) -> None:
        from gitflow.core.identity import AuditEvent

        details = {name: str(value) for name, value in dict(entry.details or {}).items()}
        event = AuditEvent(
            self.orchestrator.clock.wall(),
            entry.actor,
            entry.what,
            by and by.address,
            job.workspace,
            f"{job.id}/{entry.step}",
            details=details,
            api_key=by and by.api_key,
        )
        self.stores.identity.add_audit(event)

    def _apply(self, transaction: Transaction, job_id: str, event: Event) -> Job:
        with _OwnedJob(self, transaction, job_id):
            return self._apply_owned(transaction, job_id, event)

    def _apply_owned(self, transaction: Transaction, job_id: str, event: Event) -> Job:
        try:
            self.orchestrator.apply(transaction, job_id, event)
        except StaleEvent as late:
            raise Conflict(str(late)) from None
        return transaction.jobs[job_id].job

    def _refuse_open(self, transaction: Transaction, job_id: str) -> None:
        pending = transaction.jobs.get(job_id)
        status = self.stores.jobs.state_of(job_id).status if pending is None else pending.job.status
        if not status.ended:
            raise Conflict(f"job {job_id} has not ended: {status.value}")

    def _keep(self, job: Job) -> None:
        self._snapshots.keep(job.workspace, job.revision)

    def _newest(self, before: Job, workspace: Workspace, revision: Revision | None) -> Snapshot:
        """The definitions at ``revision``, or at the newest revision."""
        if workspace.identity != before.workspace:
            raise Conflict(
                f"job {before.id} is of workspace {before.workspace!r}, and this is {workspace.identity!r}; "
                "name its workspace with -w"
            )
        revision = revision or workspace.resolve()
        snapshot = self._snapshots.load(workspace, revision)
        self._checkouts.ensure(workspace, revision)
        workspace.keep(revision)
        return snapshot


class _OwnedJob:
    """A job of this process in this transaction.

    A job that has ended first becomes this process's own. It is released again if the operation does not reopen it.
    """

    __slots__ = ("_is_adopted", "_job_id", "_operations", "_transaction")

    def __init__(self, operations: Operations, transaction: Transaction, job_id: str) -> None:
        self._operations = operations
        self._transaction = transaction
        self._job_id = job_id
        self._is_adopted = False

    def __enter__(self) -> Job:
        orchestrator = self._operations.orchestrator
        pending = self._transaction.find(self._job_id)
        if pending is not None:
            return pending.job
        if not self._operations.stores.jobs.state_of(self._job_id).status.ended:
            raise OwnedElsewhere(self._job_id)
        job = replace(self._operations.job(self._transaction, self._job_id), owner_id=orchestrator.owner_id)
        self._transaction.jobs[self._job_id] = PendingJob(job)
        self._is_adopted = True
        return job

    def __exit__(self, *_: object) -> None:
        pending = self._transaction.jobs[self._job_id]
        if self._is_adopted and pending.job.ended and not (pending.history or pending.saved_history):
            del self._transaction.jobs[self._job_id]


def _overridden(pending: PendingJob) -> list[HistoryEntry]:
    return [entry for entry in (*pending.saved_history, *pending.history) if entry.what == OVERRIDDEN]


def _resets(pending: PendingJob) -> int:
    return sum(entry.what == "step.reset" for entry in (*pending.saved_history, *pending.history))
