"""Carries out what the core orders, inside the commit that stores why.

Child and hook jobs are created in the same transaction as the move that calls for them, so none
is ever started twice or forgotten. Only the ending of processes is left for after the commit.
"""

from __future__ import annotations

from gitflow.core.errors import GitflowError
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
)
from gitflow.core.jobs.events import (
    CancelRequested,
    ChildEnded,
    ChildStarted,
    HistoryEntry,
    JobExpired,
    StepDue,
    StepExited,
)
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import HOOK_PREFIX, retry_job
from gitflow.core.machine.outstanding import action_of
from gitflow.core.record import replace
from gitflow.core.status import JobStatus
from gitflow.core.templates.render import TemplateError
from gitflow.dispatch.base import Offer
from gitflow.runtime.engine.job_factory import cause_of
from gitflow.runtime.worker.secrets import learn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Hook
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.orchestrator import Orchestrator, Transaction


def carry_out(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: Effect) -> None:
    CARRIERS[type(effect)](orchestrator, turn, job, effect)


def _offer(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: OfferStep) -> None:
    tags = action_of(job, job.steps[effect.step]).tags
    if not orchestrator.dispatch.offer(Offer(job.id, effect.step, effect.attempt, job.priority, tags)):
        from gitflow.runtime.engine.unassigned import report_later

        report_later(orchestrator, job, effect)


def _kill(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: KillStep) -> None:
    turn.kills.append((job.id, effect))


def _wake(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: WakeStep) -> None:
    job_id, step, attempt = job.id, effect.step, effect.attempt  # not the job: a timer may outlive it by days
    orchestrator.timers.at(effect.due_at, job_id, lambda now: orchestrator.tell(job_id, StepDue(now, step, attempt)))


def _expire(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: ExpireJob) -> None:
    job_id = job.id
    orchestrator.timers.at(effect.due_at, job_id, lambda now: orchestrator.tell(job_id, JobExpired(now)))


def _start_child(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: StartChild) -> None:
    at = orchestrator.clock.now()
    if _has_child(turn, job, effect.step):
        return  # made in this turn; the step learns of it next
    try:
        task_name, given = orchestrator.renderer.child(job, effect.step)
        child = orchestrator.maker.make_under(job, task_name, given, cause_of(job))
    except (GitflowError, TemplateError) as refused:
        error = f"its child job could not be made: {orchestrator.renderer.told(job, refused)}"
        turn.inner.append((job.id, StepExited(at, effect.step, effect.attempt, error=error, may_retry=False)))
        return
    if _goes_on_with_another(orchestrator, turn, job, effect, child):
        return
    # First, since a child whose steps are all skipped ends in the moment it is admitted.
    turn.inner.append((job.id, ChildStarted(at, effect.step, effect.attempt, child.id)))
    orchestrator.create(turn, replace(child, parent_step=effect.step))
    _hand_on(orchestrator, turn, job, child.id)


def _has_child(turn: Transaction, job: Job, step: str) -> bool:
    run = turn.jobs[job.id].job.steps[step] if job.id in turn.jobs else job.steps[step]
    told = (event for job_id, event in turn.inner if job_id == job.id and type(event) is ChildStarted)
    return run.child_job_id is not None or any(event.step == step for event in told)


def _goes_on_with_another(
    orchestrator: Orchestrator, turn: Transaction, job: Job, effect: StartChild, wanted: Job
) -> bool:
    """A child that was completed after the attempt that began it had failed is not run again."""
    if effect.attempt == 1 and job.retry_of_job_id is None:
        return False
    from gitflow.runtime.engine.reuse import completed_child

    child = completed_child(orchestrator, job, effect, wanted)
    if child is not None:
        learn(orchestrator, turn, job.id, child.secrets)
        at = orchestrator.clock.now()
        ended = ChildEnded(at, effect.step, effect.attempt, child.id, child.status, child.output)
        turn.inner.append((job.id, ChildStarted(at, effect.step, effect.attempt, child.id)))
        turn.inner.append((job.id, ended))
    return child is not None


def _cancel_child(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: CancelChild) -> None:
    at = orchestrator.clock.now()
    for job_id in _chain(orchestrator, turn, effect.child_job_id):
        turn.inner.append((job_id, CancelRequested(at, "engine", f"its parent job {job.id} was cancelled")))


def _run_hooks(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: RunHooks) -> None:
    """Once an occasion: it is ordered again at each resume, and when the job is taken over."""
    if orchestrator.announce(turn, job, (effect.occasion, effect.step, effect.attempt, job.reopened)):
        for hook in getattr(job.plan.hooks, effect.occasion):
            _run_hook(orchestrator, turn, job, effect, hook)


def _run_hook(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: RunHooks, hook: Hook) -> None:
    try:
        context, given = orchestrator.renderer.hook(job, hook)
        made = orchestrator.maker.make_under(
            job, HOOK_PREFIX + hook.action, given, Source("hook", job.id, job.source.actor)
        )
    except (GitflowError, TemplateError) as error:
        refused = {"action": hook.action, "error": orchestrator.renderer.told(job, error)}
        _note_hook(orchestrator, turn, job, effect, "hook.refused", refused)
        return
    orchestrator.create(turn, replace(made, hook=context))
    _hand_on(orchestrator, turn, job, made.id)
    _note_hook(orchestrator, turn, job, effect, "hook.started", {"action": hook.action, "job_id": made.id})


def _note_hook(
    orchestrator: Orchestrator, turn: Transaction, job: Job, effect: RunHooks, what: str, more: JsonObject
) -> None:
    details = {"hook": effect.occasion, **more, **_reopened(job)}
    entry = HistoryEntry(orchestrator.clock.now(), "engine", what, effect.step, effect.attempt, details)
    orchestrator.note(turn, job.id, entry)


def _reopened(job: Job) -> JsonObject:
    """Which of its ends it is about, where there were several."""
    return {"reopened": job.reopened} if job.reopened else {}


def _retry(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: RetryJob) -> None:
    """The next job of the chain exists at once and starts when it is due, so that nothing can lose it."""
    if not orchestrator.announce(turn, job, ("retry", None, None, job.reopened)):
        return
    at = orchestrator.clock.now()
    again = retry_job(job, id=orchestrator.maker.new_id(), at=at, source=job.source, attempt=job.attempt + 1)
    limit = job.plan.task.timeout_s
    starts_at = max(at, effect.due_at)
    again = replace(again, starts_at=effect.due_at, expires_at=None if limit is None else starts_at + limit)
    orchestrator.create(turn, again, carried_from=job.id)
    _hand_on(orchestrator, turn, job, again.id)
    details = {"job_id": again.id, "starts_at": effect.due_at, **_reopened(job)}
    orchestrator.note(turn, job.id, HistoryEntry(at, "engine", "job.retried", details=details))


def _close(orchestrator: Orchestrator, turn: Transaction, job: Job, effect: CloseJob) -> None:
    orchestrator.dispatch.forget(job.id)
    turn.after.append(lambda: _let_go(orchestrator, job.id))
    if job.group is not None:
        turn.groups.add((job.workspace, job.group))
    if job.source.type == "hook" and job.status is not JobStatus.COMPLETED and not _has_successor(turn, job):
        _note_failed_hook(orchestrator, turn, job)
    if job.parent_job_id is None or job.parent_step is None or _has_successor(turn, job):
        return
    parent = orchestrator.staged(turn, job.parent_job_id)
    if parent is None or job.parent_step not in parent.job.steps:
        return
    step = parent.job.steps[job.parent_step]
    first = step.child_job_id
    if first is None or job.id not in _chain(orchestrator, turn, first):
        return  # the step has moved on to another child
    at = orchestrator.clock.now()
    _hand_on(orchestrator, turn, job, job.parent_job_id)
    ended = ChildEnded(at, step.name, step.attempt, first, job.status, job.output, job.error_message)
    turn.inner.append((job.parent_job_id, ended))


def _note_failed_hook(orchestrator: Orchestrator, turn: Transaction, job: Job) -> None:
    """On the job that the hook was about, which has mostly ended."""
    about = job.source.id
    if about is None:
        return
    details = {"action": job.task_name.removeprefix(HOOK_PREFIX), "job_id": job.id, "status": job.status.value}
    entry = HistoryEntry(orchestrator.clock.now(), "engine", "hook.failed", details=details)
    if orchestrator.staged(turn, about) is not None:
        orchestrator.note(turn, about, entry)
    else:
        orchestrator.store.add_history(about, [entry])


def _hand_on(orchestrator: Orchestrator, turn: Transaction, job: Job, to_job_id: str) -> None:
    """What a job knows that nobody may read, the other may be given: it knows it too, before it is stored."""
    learn(orchestrator, turn, to_job_id, orchestrator.renderer.known(job))


def _let_go(orchestrator: Orchestrator, job_id: str) -> None:
    """Unless it was opened again in the very commit that ended it: its steps may be running by now."""
    if orchestrator.job(job_id) is None:
        orchestrator.folders.clear_job(job_id)


def _has_successor(turn: Transaction, job: Job) -> bool:
    """An automatic retry is made in the turn that ends the job before it."""
    return any(staged.job.retry_of_job_id == job.id for staged in turn.jobs.values())


def _chain(orchestrator: Orchestrator, turn: Transaction, first: str) -> list[str]:
    """A job and all that retry it, those made in this turn too."""
    chain = {first: None, **dict.fromkeys(orchestrator.store.chain(first))}
    for job_id, staged in turn.jobs.items():
        if staged.job.retry_of_job_id in chain:
            chain[job_id] = None
    return list(chain)


CARRIERS: Mapping[type, Callable[[Orchestrator, Transaction, Job, Any], None]] = {
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
