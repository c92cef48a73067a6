"""The outstanding effects of a job, computed from its state. They are not stored, so none can be lost."""

from __future__ import annotations

from gitflow.core.jobs.effects import (
    CancelChild,
    CloseJob,
    ExpireJob,
    KillStep,
    OfferStep,
    RetryJob,
    RunHooks,
    StartChild,
    WakeStep,
    WatchDeadline,
)
from gitflow.core.jobs.planning import is_left_to_run
from gitflow.core.language.definition import type_of
from gitflow.core.machine.retries import delay_before
from gitflow.core.status import JobStatus, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Action

#: What a suspended step may wait for from outside; the ``on_suspended`` hooks notify somebody.
ANNOUNCED = frozenset({"approval", "event"})

#: The occasion of the hooks that an end fires.
OCCASION = {
    JobStatus.COMPLETED: "on_success",
    JobStatus.FAILED: "on_error",
    JobStatus.TIMED_OUT: "on_error",
    JobStatus.CANCELLED: "on_cancel",
}


def outstanding_for_job(job: Job) -> Iterator[Effect]:
    """The effects outstanding for the job as a whole."""
    if job.ended:
        yield from _outstanding_at_end(job)
        return
    if job.expires_at is not None and not job.cancelling:
        yield ExpireJob(job.expires_at)
    if job.plan.task.deadline_s is not None:
        yield from _outstanding_for_deadline(job, job.deadline_at, job.late_at)


def _outstanding_for_deadline(
    job: Job, deadline_at: float | None, late_at: float | None, run: StepRun | None = None
) -> Iterator[Effect]:
    """The deadline of the job or of one of its steps. A step that runs again can be late again."""
    if deadline_at is not None and late_at is None:
        yield WatchDeadline(deadline_at, run and run.name)
    elif late_at is not None and has_hooks(job, "on_late"):
        yield RunHooks("on_late", run and run.name, run and run.first_attempt)


def _outstanding_at_end(job: Job) -> Iterator[Effect]:
    """The effects of an ended job. The hooks of a failure wait until no automatic retry is left."""
    due_at = retry_due_at(job)
    if due_at is not None:
        yield RetryJob(due_at)
    elif has_hooks(job, OCCASION[job.status]):
        yield RunHooks(OCCASION[job.status])
    yield CloseJob()


def retry_due_at(job: Job) -> float | None:
    """When the next job of the automatic retry starts; None if there is none."""
    retry = job.plan.task.retry
    if retry is None or OCCASION[job.status] != "on_error" or job.attempt >= retry.max_attempts:
        return None
    if not is_left_to_run(job):
        return None
    return (job.completed_at or 0.0) + delay_before(retry, job.attempt, 0.0)


def has_hooks(job: Job, occasion: str) -> bool:
    """Whether the end of the job runs hooks. A job that a hook started runs none."""
    return job.hook is None and bool(getattr(job.plan.hooks, occasion))


def outstanding_for_step(job: Job, run: StepRun) -> Iterator[Effect]:
    """The effects of a step. While a job is paused nothing starts and no timer counts, until the resume."""
    find = _OUTSTANDING.get(run.status)
    if find is not None:
        yield from find(job, run)
        if run.deadline_at is not None:
            yield from _outstanding_for_deadline(job, run.deadline_at, run.late_at, run)


def _outstanding_while_pending(job: Job, run: StepRun) -> Iterator[Effect]:
    if run.due_at is not None and job.status is JobStatus.RUNNING:
        yield WakeStep(run.name, run.attempt, run.due_at)


def _outstanding_while_ready(job: Job, run: StepRun) -> Iterator[Effect]:
    if job.status is JobStatus.RUNNING:
        yield OfferStep(run.name, run.attempt + 1)


def _outstanding_while_running(job: Job, run: StepRun) -> Iterator[Effect]:
    if job.cancelling and not run.is_loop:
        yield KillStep(run.name, run.attempt, action_of(job, run).grace_s)


def _outstanding_while_suspended(job: Job, run: StepRun) -> Iterator[Effect]:
    if run.child_job_id is not None and (job.cancelling or run.error_message is not None):
        yield CancelChild(run.name, run.child_job_id)
        return
    waits_for = type_of(action_of(job, run)).waits_for
    if waits_for == "child" and run.child_job_id is None:
        yield StartChild(run.name, run.attempt)
    if waits_for in ANNOUNCED and has_hooks(job, "on_suspended"):
        yield RunHooks("on_suspended", run.name, run.attempt)
    if run.due_at is not None and job.status is JobStatus.RUNNING:
        yield WakeStep(run.name, run.attempt, run.due_at)


_OUTSTANDING: Mapping[StepStatus, Callable[[Job, StepRun], Iterator[Effect]]] = {
    StepStatus.PENDING: _outstanding_while_pending,
    StepStatus.READY: _outstanding_while_ready,
    StepStatus.RUNNING: _outstanding_while_running,
    StepStatus.SUSPENDED: _outstanding_while_suspended,
}


def action_of(job: Job, run: StepRun) -> Action:
    return job.plan.actions[run.loop_of or run.name]


def outstanding(job: Job) -> tuple[Effect, ...]:
    """Every outstanding effect of the job. Used by recovery, so it may look at every step."""
    effects = list(outstanding_for_job(job))
    if not job.ended:
        for run in job.steps.values():
            effects.extend(outstanding_for_step(job, run))
    return tuple(effects)


def waiting_on(job: Job, step: StepRun) -> str | None:
    """What the step waits for: ``dependencies worker slot approval event timer retry child pause``, or None."""
    if step.status is StepStatus.SUSPENDED:
        return type_of(action_of(job, step)).waits_for
    if step.status is StepStatus.PENDING:
        return _pending_on(job, step)
    if step.status is StepStatus.READY:
        return _ready_on(job)
    return None


#: What a job with nothing that runs waits for, the most telling first.
_TELLING = ("event", "child", "timer", "retry")


def job_waiting_on(job: Job) -> str | None:
    """What an open job waits for as a whole, in the words of its steps, or its ``group``; None while it makes progress.

    A person who must decide is named also while other steps run.
    """
    if job.ended or job.cancelling:
        return None
    if job.status is not JobStatus.RUNNING:
        return "pause" if job.status is JobStatus.PAUSED else "group" if job.group else _starts_later(job)
    found = {waiting_on(job, run) for run in job.steps.values()}
    if "approval" in found:
        return "approval"
    return None if job.busy_steps else next((word for word in _TELLING if word in found), "worker")


def _starts_later(job: Job) -> str | None:
    return None if job.starts_at is None else "retry"


def _pending_on(job: Job, step: StepRun) -> str:
    if step.open_needs:
        return "dependencies"
    if step.due_at is not None:
        return "pause" if job.status is JobStatus.PAUSED else "retry"
    return "slot"  # the job has not been admitted, or the loop already runs as many instances as it may


def _ready_on(job: Job) -> str:
    if job.status is JobStatus.PAUSED:
        return "pause"
    return "slot" if slots_are_taken(job) else "worker"


def slots_are_taken(job: Job) -> bool:
    """Whether the task's ``max_parallel_steps`` lets no other step start now."""
    limit = job.plan.task.max_parallel_steps
    return limit is not None and job.busy_steps >= limit
