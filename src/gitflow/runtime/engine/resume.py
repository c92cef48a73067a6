"""Resumes stored jobs in this process: open jobs of a dead process, and ended jobs that are reopened.

Executes their outstanding effects again, and reports interrupted steps as lost.

Every effect is safe to repeat: offers and timers are derived from the job, a child is created only if there is none,
and hooks and retries are started once for each occasion (``Occasions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, NotFound
from gitflow.core.jobs.effects import OfferStep
from gitflow.core.jobs.events import HistoryEntry, JobRestarted, StepForced, StepLost, StepReset, SubtreeReplayed
from gitflow.core.machine.machine import outstanding
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.runtime.engine.effects import execute_effect
from gitflow.runtime.engine.transaction import PendingJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.events import Event
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.runtime.engine.context import EngineContext
    from gitflow.runtime.engine.transaction import Transaction

#: Requests that reopen an ended job.
REOPENING = (StepReset, SubtreeReplayed, JobRestarted, StepForced)

#: How many digits of a run token serve as the random number of a retry: it is random itself.
_DIGITS = 8


def resume(context: EngineContext, transaction: Transaction, job_id: str, lost: str | None) -> None:
    """``lost``: why the job's steps no longer run. They run again if they have attempts left."""
    pending = transaction.find(job_id)
    if pending is None:
        return
    job = pending.job
    for effect in outstanding(job):
        execute_effect(context, transaction, job, effect)
    if lost is not None:
        now = context.clock.now()
        taken_over = HistoryEntry(now, "engine", "job.taken_over", details={"owner": context.owner_id})
        transaction.add_history(job_id, taken_over)
        for event in losses(job, now, lost, context.runs_elsewhere):
            transaction.post_event(job_id, event)
    if job.status is JobStatus.PENDING:
        context.admission.begin(transaction, job)


def load_own(context: EngineContext, job_id: str) -> Job | None:
    """The job as stored, if it is open and belongs to this process. Raises StoreError."""
    try:
        job = context.load(job_id)
    except NotFound:
        return None
    return None if job.ended or job.owner_id != context.owner_id else job


def restore_offers(context: EngineContext, transaction: Transaction) -> None:
    """After a transaction was undone: restores the offers of its jobs from their stored states."""
    for job_id in transaction.jobs:
        context.dispatch.forget(job_id)
        job = transaction.committed(job_id)
        if job is not None:
            for effect in filter(_is_offer, outstanding(job)):
                execute_effect(context, transaction, job, effect)


def _is_offer(effect: Effect) -> bool:
    return isinstance(effect, OfferStep)


def load_ended(context: EngineContext, job_id: str, event: Event) -> PendingJob:
    """Loads an ended job for an event that reopens it. Raises Conflict and NotFound."""
    if not isinstance(event, REOPENING):
        raise Conflict(f"job {job_id} has ended")
    job = context.load(job_id)
    if not job.ended:
        raise Conflict(f"job {job_id} belongs to another process; forward the request to it")
    return PendingJob(replace(job, owner_id=context.owner_id))


def reopen(context: EngineContext, transaction: Transaction, pending: PendingJob) -> None:
    """Makes the job this process's own. Raises Conflict if its group is full."""
    if pending.job.group is not None:
        context.admission.groups.refuse_reopening(transaction, pending.job)
    transaction.jobs[pending.job.id] = pending
    context.occasions.reopen(pending.job.id)


def losses(
    job: Job, at: float, reason: str, runs_elsewhere: Callable[[Job, StepRun], bool] | None = None
) -> list[StepLost]:
    """The events for the steps that were running, except those that agents run, and loops, which run nothing."""
    running = [run for run in job.steps.values() if run.status is StepStatus.RUNNING and not run.is_loop]
    if runs_elsewhere is not None:
        running = [run for run in running if not runs_elsewhere(job, run)]
    return [StepLost(at, run.name, run.attempt, reason, _jitter_of(run)) for run in running]


def _jitter_of(run: StepRun) -> float:
    """Jitter, so that many steps that were lost together are not all retried at the same time."""
    return int((run.run_token or "0")[:_DIGITS], 16) / 16**_DIGITS
