"""Executes the effects of a job, inside the transaction that stores their cause.

Child and hook jobs are created in the transaction of the change that requires them, so none
is started twice or lost. Only processes are killed after the commit.
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
    WatchDeadline,
)
from gitflow.core.jobs.events import (
    CancelRequested,
    ChildEnded,
    ChildStarted,
    HistoryEntry,
    StepDue,
    StepExited,
)
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import HOOK_PREFIX, retry_job
from gitflow.core.record import replace
from gitflow.core.status import JobStatus
from gitflow.core.templates.texts import TemplateError
from gitflow.runtime.engine.admission import expire_at, watch_deadline
from gitflow.runtime.engine.context import offer_of
from gitflow.runtime.engine.job_factory import cause_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Hook
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.context import EngineContext
    from gitflow.runtime.engine.transaction import Transaction


def execute_effect(context: EngineContext, transaction: Transaction, job: Job, effect: Effect) -> None:
    HANDLERS[type(effect)](context, transaction, job, effect)


def _offer(context: EngineContext, transaction: Transaction, job: Job, effect: OfferStep) -> None:
    if not context.dispatch.offer(offer_of(job, effect.step, effect.attempt)):
        from gitflow.runtime.engine.unassigned import report_later

        report_later(context, job.id, effect.step, effect.attempt)


def _kill(context: EngineContext, transaction: Transaction, job: Job, effect: KillStep) -> None:
    transaction.kills.append((job.id, effect))


def _wake(context: EngineContext, transaction: Transaction, job: Job, effect: WakeStep) -> None:
    job_id, step, attempt = job.id, effect.step, effect.attempt  # not the job: a timer may outlive it by days
    context.timers.at(effect.due_at, job_id, lambda now: context.inbox.post_event(job_id, StepDue(now, step, attempt)))


def _expire(context: EngineContext, transaction: Transaction, job: Job, effect: ExpireJob) -> None:
    expire_at(context.timers, context.inbox, job.id, effect.due_at)


def _watch_deadline(context: EngineContext, transaction: Transaction, job: Job, effect: WatchDeadline) -> None:
    watch_deadline(context.timers, context.inbox, job.id, effect.due_at, effect.step)


def _start_child(context: EngineContext, transaction: Transaction, job: Job, effect: StartChild) -> None:
    at = context.clock.now()
    if _has_child(transaction, job, effect.step):
        return  # it was created in this transaction; ChildStarted follows
    try:
        task_name, given = context.renderer.child(job, effect.step)
        child = context.job_factory.make_under(job, task_name, given, cause_of(job))
    except (GitflowError, TemplateError) as refused:
        error = f"its child job could not be made: {context.renderer.mask_error(job, refused)}"
        transaction.post_event(job.id, StepExited(at, effect.step, effect.attempt, error=error, may_retry=False))
        return
    if _reuses_child(context, transaction, job, effect, child):
        return
    # Before the child is created: a child whose steps are all skipped ends as soon as it is admitted.
    transaction.post_event(job.id, ChildStarted(at, effect.step, effect.attempt, child.id))
    context.admission.create(transaction, replace(child, parent_step=effect.step))
    _propagate_secrets(context, transaction, job, child.id)


def _has_child(transaction: Transaction, job: Job, step: str) -> bool:
    run = transaction.jobs[job.id].job.steps[step] if job.id in transaction.jobs else job.steps[step]
    posted = (event for job_id, event in transaction.follow_ups if job_id == job.id and type(event) is ChildStarted)
    return run.child_job_id is not None or any(event.step == step for event in posted)


def _reuses_child(context: EngineContext, transaction: Transaction, job: Job, effect: StartChild, wanted: Job) -> bool:
    """Reuses a child that completed after the attempt that started it had failed."""
    if effect.attempt == 1 and job.retry_of_job_id is None:
        return False
    from gitflow.runtime.engine.reuse import completed_child

    child = completed_child(context, job, effect, wanted)
    if child is not None:
        transaction.register_secrets(job.id, child.secrets)
        at = context.clock.now()
        ended = ChildEnded(at, effect.step, effect.attempt, child.id, child.status, child.output)
        transaction.post_event(job.id, ChildStarted(at, effect.step, effect.attempt, child.id))
        transaction.post_event(job.id, ended)
    return child is not None


def _cancel_child(context: EngineContext, transaction: Transaction, job: Job, effect: CancelChild) -> None:
    at = context.clock.now()
    for job_id in _chain(context, transaction, effect.child_job_id):
        transaction.post_event(job_id, CancelRequested(at, "engine", f"its parent job {job.id} was cancelled"))


def _run_hooks(context: EngineContext, transaction: Transaction, job: Job, effect: RunHooks) -> None:
    """Once for each occasion: the effect is outstanding again after each resume and takeover."""
    if context.occasions.is_first(transaction, job.id, (effect.occasion, effect.step, effect.attempt, job.reopened)):
        for hook in getattr(job.plan.hooks, effect.occasion):
            _run_hook(context, transaction, job, effect, hook)


def _run_hook(context: EngineContext, transaction: Transaction, job: Job, effect: RunHooks, hook: Hook) -> None:
    try:
        hook_context, given = context.renderer.hook(job, hook)
        made = context.job_factory.make_under(
            job, HOOK_PREFIX + hook.action, given, Source("hook", job.id, job.source.actor)
        )
    except (GitflowError, TemplateError) as error:
        refused = {"action": hook.action, "error": context.renderer.mask_error(job, error)}
        _note_hook(context, transaction, job, effect, "hook.refused", refused)
        return
    context.admission.create(transaction, replace(made, hook=hook_context))
    _propagate_secrets(context, transaction, job, made.id)
    _note_hook(context, transaction, job, effect, "hook.started", {"action": hook.action, "job_id": made.id})


def _note_hook(
    context: EngineContext, transaction: Transaction, job: Job, effect: RunHooks, what: str, more: JsonObject
) -> None:
    details = {"hook": effect.occasion, **more, **_reopened(job)}
    entry = HistoryEntry(context.clock.now(), "engine", what, effect.step, effect.attempt, details)
    transaction.add_history(job.id, entry)


def _reopened(job: Job) -> JsonObject:
    """Which end of the job it is about, if there were several."""
    return {"reopened": job.reopened} if job.reopened else {}


def _retry(context: EngineContext, transaction: Transaction, job: Job, effect: RetryJob) -> None:
    """Creates the next job of the chain at once, to start when it is due: so a crash cannot lose it."""
    if not context.occasions.is_first(transaction, job.id, ("retry", None, None, job.reopened)):
        return
    at = context.clock.now()
    again = retry_job(job, id=context.job_factory.new_id(), at=at, source=job.source, attempt=job.attempt + 1)
    limit = job.plan.task.timeout_s
    starts_at = max(at, effect.due_at)
    again = replace(again, starts_at=effect.due_at, expires_at=None if limit is None else starts_at + limit)
    context.admission.create(transaction, again, carried_from=job.id)
    _propagate_secrets(context, transaction, job, again.id)
    details = {"job_id": again.id, "starts_at": effect.due_at, **_reopened(job)}
    transaction.add_history(job.id, HistoryEntry(at, "engine", "job.retried", details=details))


def _close(context: EngineContext, transaction: Transaction, job: Job, effect: CloseJob) -> None:
    context.dispatch.forget(job.id)
    transaction.after.append(lambda: _clear_unless_reopened(context, transaction, job.id))
    if job.group is not None:
        transaction.groups.add((job.workspace, job.group))
    if job.source.type == "hook" and job.status is not JobStatus.COMPLETED and not _has_successor(transaction, job):
        _note_failed_hook(context, transaction, job)
    if job.parent_job_id is None or job.parent_step is None or _has_successor(transaction, job):
        return
    parent = transaction.find(job.parent_job_id)
    if parent is None or job.parent_step not in parent.job.steps:
        return
    step = parent.job.steps[job.parent_step]
    first = step.child_job_id
    if first is None or job.id not in _chain(context, transaction, first):
        return  # the step has moved on to another child
    at = context.clock.now()
    _propagate_secrets(context, transaction, job, job.parent_job_id)
    ended = ChildEnded(at, step.name, step.attempt, first, job.status, job.output, job.error_message)
    transaction.post_event(job.parent_job_id, ended)


def _note_failed_hook(context: EngineContext, transaction: Transaction, job: Job) -> None:
    """Records it in the history of the hook's job, which has usually ended."""
    about = job.source.id
    if about is None:
        return
    details = {"action": job.task_name.removeprefix(HOOK_PREFIX), "job_id": job.id, "status": job.status.value}
    entry = HistoryEntry(context.clock.now(), "engine", "hook.failed", details=details)
    if transaction.find(about) is not None:
        transaction.add_history(about, entry)
    else:
        context.store.add_history(about, [entry])


def _propagate_secrets(context: EngineContext, transaction: Transaction, job: Job, to_job_id: str) -> None:
    """The other job may get secrets of this one, so it masks them, too, before it is stored."""
    transaction.register_secrets(to_job_id, context.renderer.known(job))


def _clear_unless_reopened(context: EngineContext, transaction: Transaction, job_id: str) -> None:
    """Keeps the folders of a job that was reopened in the commit that ended it: it may have running steps."""
    if transaction.committed(job_id) is None:
        context.step_dirs.clear_job(job_id)


def _has_successor(transaction: Transaction, job: Job) -> bool:
    """Whether an automatic retry was created: that happens in the transaction that ends the job."""
    return any(pending.job.retry_of_job_id == job.id for pending in transaction.jobs.values())


def _chain(context: EngineContext, transaction: Transaction, first: str) -> list[str]:
    """A job and all its retries, including those of this transaction."""
    chain = {first: None, **dict.fromkeys(context.store.chain(first))}
    for job_id, pending in transaction.jobs.items():
        if pending.job.retry_of_job_id in chain:
            chain[job_id] = None
    return list(chain)


HANDLERS: Mapping[type, Callable[[EngineContext, Transaction, Job, Any], None]] = {
    OfferStep: _offer,
    KillStep: _kill,
    WakeStep: _wake,
    ExpireJob: _expire,
    WatchDeadline: _watch_deadline,
    StartChild: _start_child,
    CancelChild: _cancel_child,
    RunHooks: _run_hooks,
    RetryJob: _retry,
    CloseJob: _close,
}
