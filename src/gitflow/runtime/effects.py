"""Carries out what the core orders, inside the commit that stores why.

Child and hook jobs are created in the same transaction as the move that calls for them, so none
is ever started twice or forgotten. Only the ending of processes is left for after the commit.
"""

from __future__ import annotations

from gitflow.core.effects import (
    CancelChild,
    CloseJob,
    ExpireJob,
    KillStep,
    OfferStep,
    RetryJob,
    RunHooks,
    StartChild,
    WakeStep,
)
from gitflow.core.errors import GitflowError
from gitflow.core.events import (
    CancelRequested,
    ChildEnded,
    ChildStarted,
    HistoryEntry,
    JobExpired,
    StepDue,
    StepExited,
)
from gitflow.core.job import Source
from gitflow.core.planning import HOOK_PREFIX, retry_job
from gitflow.core.record import replace
from gitflow.core.templates import TemplateError
from gitflow.dispatch.base import Offer
from gitflow.runtime.jobmaker import cause_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitflow.core.definition import Hook
    from gitflow.core.effects import Effect
    from gitflow.core.job import Job
    from gitflow.runtime.orchestrator import Orchestrator, Turn


def carry_out(office: Orchestrator, turn: Turn, job: Job, effect: Effect) -> None:
    CARRIERS[type(effect)](office, turn, job, effect)


def _offer(office: Orchestrator, turn: Turn, job: Job, effect: OfferStep) -> None:
    office.dispatch.offer(Offer(job.id, effect.step, effect.attempt, job.priority))


def _kill(office: Orchestrator, turn: Turn, job: Job, effect: KillStep) -> None:
    turn.kills.append((job.id, effect))


def _wake(office: Orchestrator, turn: Turn, job: Job, effect: WakeStep) -> None:
    office.timers.at(effect.due_at, lambda now: office.tell(job.id, StepDue(now, effect.step, effect.attempt)))


def _expire(office: Orchestrator, turn: Turn, job: Job, effect: ExpireJob) -> None:
    office.timers.at(effect.due_at, lambda now: office.tell(job.id, JobExpired(now)))


def _start_child(office: Orchestrator, turn: Turn, job: Job, effect: StartChild) -> None:
    at = office.clock.now()
    try:
        task_name, given = office.renderer.child(job, effect.step)
        child = office.maker.make_under(job, task_name, given, cause_of(job))
    except (GitflowError, TemplateError) as refused:
        error = f"its child job could not be made: {refused}"
        turn.inner.append((job.id, StepExited(at, effect.step, effect.attempt, error=error, may_retry=False)))
        return
    # First, since a child whose steps are all skipped ends in the moment it is admitted.
    turn.inner.append((job.id, ChildStarted(at, effect.step, effect.attempt, child.id)))
    office.create(turn, replace(child, parent_step=effect.step))
    office.renderer.hand_on(job, child.id)


def _cancel_child(office: Orchestrator, turn: Turn, job: Job, effect: CancelChild) -> None:
    at = office.clock.now()
    for job_id in _chain(office, turn, effect.child_job_id):
        turn.inner.append((job_id, CancelRequested(at, "engine", f"its parent job {job.id} was cancelled")))


def _run_hooks(office: Orchestrator, turn: Turn, job: Job, effect: RunHooks) -> None:
    if effect.step is not None:
        told = (job.id, effect.step, effect.attempt, job.reopened)
        if told in office.announced:
            return  # the job was paused and resumed meanwhile
        turn.after.append(lambda: office.announced.add(told))
    for hook in getattr(job.plan.hooks, effect.occasion):
        _run_hook(office, turn, job, effect.occasion, hook)


def _run_hook(office: Orchestrator, turn: Turn, job: Job, occasion: str, hook: Hook) -> None:
    try:
        context, given = office.renderer.hook(job, hook)
        made = office.maker.make_under(job, HOOK_PREFIX + hook.action, given, Source("hook", job.id, job.source.actor))
    except (GitflowError, TemplateError) as error:
        refused = {"hook": occasion, "action": hook.action, "error": str(error)}
        office.note(turn, job.id, HistoryEntry(office.clock.now(), "engine", "hook.refused", details=refused))
        return
    office.create(turn, replace(made, hook=context))
    office.renderer.hand_on(job, made.id)
    started = {"hook": occasion, "action": hook.action, "job_id": made.id}
    office.note(turn, job.id, HistoryEntry(office.clock.now(), "engine", "hook.started", details=started))


def _retry(office: Orchestrator, turn: Turn, job: Job, effect: RetryJob) -> None:
    """The next job of the chain exists at once and starts when it is due, so that nothing can lose it."""
    at = office.clock.now()
    again = retry_job(job, id=office.maker.new_id(), at=at, source=job.source, attempt=job.attempt + 1)
    office.create(turn, again, admit_at=effect.due_at, carried_from=job.id)
    office.renderer.hand_on(job, again.id)


def _close(office: Orchestrator, turn: Turn, job: Job, effect: CloseJob) -> None:
    office.dispatch.forget(job.id)
    turn.after.append(lambda: _let_go(office, job.id))
    if job.parent_job_id is None or job.parent_step is None or _has_successor(turn, job):
        return
    parent = office.staged(turn, job.parent_job_id)
    if parent is None or job.parent_step not in parent.job.steps:
        return
    step = parent.job.steps[job.parent_step]
    first = step.child_job_id
    if first is None or job.id not in _chain(office, turn, first):
        return  # the step has moved on to another child
    at = office.clock.now()
    ended = ChildEnded(at, step.name, step.attempt, first, job.status, job.output, job.error_message)
    turn.inner.append((job.parent_job_id, ended))


def _let_go(office: Orchestrator, job_id: str) -> None:
    office.renderer.forget(job_id)
    office.folders.clear_job(job_id)


def _has_successor(turn: Turn, job: Job) -> bool:
    """An automatic retry is made in the turn that ends the job before it."""
    return any(staged.job.retry_of_job_id == job.id for staged in turn.jobs.values())


def _chain(office: Orchestrator, turn: Turn, first: str) -> list[str]:
    """A job and all that retry it, those made in this turn too."""
    chain = {first: None, **dict.fromkeys(office.store.chain(first))}
    for job_id, staged in turn.jobs.items():
        if staged.job.retry_of_job_id in chain:
            chain[job_id] = None
    return list(chain)


CARRIERS: Mapping[type, Callable[[Orchestrator, Turn, Job, Any], None]] = {
    OfferStep: _offer,
    KillStep: _kill,
    WakeStep: _wake,
    ExpireJob: _expire,
    StartChild: _start_child,
    CancelChild: _cancel_child,
    RunHooks: _run_hooks,
    RetryJob: _retry,
    CloseJob: _close,
}
