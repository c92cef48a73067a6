"""What a person can ask of a job: one implementation behind every face.

Whatever takes a ``transaction`` is called inside a commit, by the engine's thread (``CommitQueue.submit``,
``Orchestrator.submit``), and refuses with a GitflowError before it changes anything. A job that has ended belongs to
whoever reopens it; an open job of another process is refused as ``Elsewhere``: forward the request to its owner
(``forward.py``).
"""

from __future__ import annotations

from functools import partial

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
from gitflow.core.record import record, replace
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
    from gitflow.runtime.operations.idempotency import Key
    from gitflow.runtime.operations.rights import By
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.checkouts import Checkouts


class Elsewhere(Conflict):
    """The job is open, and another process runs it."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"job {job_id} is run by another process")
        self.job_id = job_id


@record
class Retry:
    """How a job is tried again."""

    from_start: bool = False
    from_step: str | None = None
    latest: Workspace | None = None  #: by its definition in this workspace as it is now, or at ``revision``
    revision: Revision | None = None


CARRY_OVER = Retry()


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
        """A job that is created with the next commit. Raises what ``prepared`` raises."""
        job = self.prepared(
            workspace, revision, task_name, given, source, from_text=from_text, labels=labels, priority=priority
        )
        self.enqueue_job(job)
        return job

    def prepared(
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
        """A job to ``create``. Reads files and may take long; from any thread.

        Raises NotFound, InvalidInput, RevisionRefused and WorkspaceError.
        """
        snapshot = self._snapshots.load(workspace, revision)
        job = self.orchestrator.maker.make(
            snapshot, task_name, given, source, from_text=from_text, labels=labels, priority=priority
        )
        self._checkouts.ensure(workspace, revision)  # whatever the job needs is copied before the job exists
        workspace.keep(revision)
        return job

    def prepared_retry(self, before: Job, actor: str, how: Retry = CARRY_OVER) -> Job:
        """A new job to ``create``, which carries over what was completed and runs the rest.

        With ``how.latest`` it reads files and may take long; from any thread. Raises Conflict, NotFound and
        InvalidInput; with the newest revision also what ``prepared`` raises.
        """
        newest = self._newest(before, how) if how.latest is not None else None
        plan = plan_task(newest, before.task_name) if newest else None
        job = retry_job(
            before,
            id=self.orchestrator.maker.new_id(),
            at=self.orchestrator.clock.now(),
            source=Source(before.source.type, before.source.id, actor),
            from_start=how.from_start,
            from_step=how.from_step,
            plan=plan,
            revision=newest and newest.revision,
            input=self.orchestrator.maker.checked(newest, plan.task, before.input) if newest and plan else None,
        )
        return replace(job, git_commit=newest.commit) if newest else job

    def enqueue_job(self, job: Job) -> None:
        """Creates a prepared job inside the next commit."""
        self.orchestrator.enqueue_job(job, partial(self._keep, job), carried_from=job.retry_of_job_id)

    def create(self, transaction: Transaction, job: Job, key: Key | None = None) -> str:
        """Creates a prepared job, unless the key stands for one already; answers the id of the one there is then.

        Raises Conflict (also when a job to retry has been reopened meanwhile) and IdempotencyMismatch.
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
        """As it is then: ``cancelling`` while its processes end."""
        return self._apply(transaction, job_id, CancelRequested(self._now, actor, reason))

    def pause(self, transaction: Transaction, job_id: str, actor: str) -> Job:
        return self._apply(transaction, job_id, JobPaused(self._now, actor))

    def resume(self, transaction: Transaction, job_id: str, actor: str) -> Job:
        return self._apply(transaction, job_id, JobResumed(self._now, actor))

    def restart(self, transaction: Transaction, job_id: str, actor: str, aliases: tuple[str, ...] = ()) -> Job:
        return self._apply(transaction, job_id, JobRestarted(self._now, actor, aliases))

    def retry(
        self, transaction: Transaction, job_id: str, actor: str, how: Retry = CARRY_OVER, key: Key | None = None
    ) -> str:
        """The id of the new job. With ``how.latest``, prepare it beforehand instead (``prepared_retry``)."""
        self._refuse_open(transaction, job_id)
        before = self.stores.jobs.load(job_id, self._snapshots.plan_of)
        return self.create(transaction, self.prepared_retry(before, actor, how), key)

    def delete(self, transaction: Transaction, job_id: str, actor: str) -> list[str]:
        """The ids of what is gone: the job, and the child and hook jobs that were its parts."""
        from gitflow.runtime.operations.delete import delete

        return delete(self, transaction, job_id)

    def skip(
        self, transaction: Transaction, job_id: str, step: str, actor: str, reason: str = "", by: By | None = None
    ) -> Job:
        """Raises Forbidden where the step is an approval that the actor may not decide; so do the next two."""
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
        by: By | None = None,
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
        by: By | None = None,
    ) -> Job:
        event = StepDecided(self._now, step, actor, approved, input, reason, by.rights if by else NO_RIGHTS)
        return self._authorized(transaction, job_id, event, by)

    def send_event(
        self, transaction: Transaction, job_id: str, type: str, payload: Json, actor: str, event_id: str | None = None
    ) -> Job:
        """The same id twice is one event, also when it is said again after the end of the job."""
        id = event_id or self.orchestrator.maker.new_id()
        with _Held(self, transaction, job_id) as job:
            if any(sent.id == id for sent in job.sent_events):
                return job
            return self._apply_held(transaction, job_id, EventReceived(self._now, id, type, payload, actor))

    def retry_step(self, transaction: Transaction, job_id: str, step: str, actor: str) -> Job:
        return self._apply(transaction, job_id, StepReset(self._now, step, actor))

    def replay(self, transaction: Transaction, job_id: str, step: str, actor: str) -> int:
        """How many steps stand as if they had never run."""
        with _Held(self, transaction, job_id):
            before = _resets(transaction.jobs[job_id])
            self._apply_held(transaction, job_id, SubtreeReplayed(self._now, step, actor))
            return _resets(transaction.jobs[job_id]) - before

    def perform(
        self, transaction: Transaction, operation: str, job_id: str, actor: str, arguments: JsonObject
    ) -> JsonObject:
        """Any of these by its name, as one process asks it of another. Raises InvalidInput for one that is none."""
        from gitflow.runtime.operations.by_name import perform

        return perform(self, transaction, operation, job_id, actor, arguments)

    def job(self, transaction: Transaction, job_id: str) -> Job:
        """As this commit has it so far, or as it is stored. Raises NotFound."""
        staged = transaction.find(job_id)
        return self.stores.jobs.load(job_id, self._snapshots.plan_of) if staged is None else staged.job

    @property
    def _now(self) -> float:
        return self.orchestrator.clock.now()

    def _authorized(
        self, transaction: Transaction, job_id: str, event: StepDecided | StepForced | StepSkipped, by: By | None
    ) -> Job:
        """An administrator who acts for the approvers has a row of its own in the audit trail."""
        with _Held(self, transaction, job_id):
            before = len(_overridden(transaction.jobs[job_id]))
            job = self._apply_held(transaction, job_id, event)
            for entry in _overridden(transaction.jobs[job_id])[before:]:
                self._audit(job, entry, by)
            return job

    def _audit(self, job: Job, entry: HistoryEntry, by: By | None) -> None:
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
        with _Held(self, transaction, job_id):
            return self._apply_held(transaction, job_id, event)

    def _apply_held(self, transaction: Transaction, job_id: str, event: Event) -> Job:
        try:
            self.orchestrator.apply(transaction, job_id, event)
        except StaleEvent as late:
            raise Conflict(str(late)) from None
        return transaction.jobs[job_id].job

    def _refuse_open(self, transaction: Transaction, job_id: str) -> None:
        staged = transaction.jobs.get(job_id)
        status = self.stores.jobs.standing(job_id).status if staged is None else staged.job.status
        if not status.ended:
            raise Conflict(f"job {job_id} has not ended: {status.value}")

    def _keep(self, job: Job) -> None:
        self._snapshots.keep(job.workspace, job.revision)

    def _newest(self, before: Job, how: Retry) -> Snapshot:
        workspace = how.latest
        assert workspace is not None
        if workspace.identity != before.workspace:
            raise Conflict(
                f"job {before.id} is of workspace {before.workspace!r}, and this is {workspace.identity!r}; "
                "name its workspace with -w"
            )
        revision = how.revision or workspace.resolve()
        snapshot = self._snapshots.load(workspace, revision)
        self._checkouts.ensure(workspace, revision)
        workspace.keep(revision)
        return snapshot


class _Held:
    """A job as this commit has it; one that has ended is taken over, and let go again when it is not reopened."""

    __slots__ = ("_job_id", "_operations", "_taken", "_transaction")

    def __init__(self, operations: Operations, transaction: Transaction, job_id: str) -> None:
        self._operations = operations
        self._transaction = transaction
        self._job_id = job_id
        self._taken = False

    def __enter__(self) -> Job:
        orchestrator = self._operations.orchestrator
        staged = self._transaction.find(self._job_id)
        if staged is not None:
            return staged.job
        if not self._operations.stores.jobs.standing(self._job_id).status.ended:
            raise Elsewhere(self._job_id)
        job = replace(self._operations.job(self._transaction, self._job_id), owner_id=orchestrator.owner_id)
        self._transaction.jobs[self._job_id] = PendingJob(job)
        self._taken = True
        return job

    def __exit__(self, *_: object) -> None:
        staged = self._transaction.jobs[self._job_id]
        if self._taken and staged.job.ended and not (staged.history or staged.saved_history):
            del self._transaction.jobs[self._job_id]


def _overridden(staged: PendingJob) -> list[HistoryEntry]:
    return [entry for entry in (*staged.saved_history, *staged.history) if entry.what == OVERRIDDEN]


def _resets(staged: PendingJob) -> int:
    return sum(entry.what == "step.reset" for entry in (*staged.saved_history, *staged.history))
