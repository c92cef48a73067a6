"""Handles the requests of people, and events about the whole job: admission, time limit, loss of its owner.

Code for rare requests is imported when it is needed, so that ``gitflow run`` starts without it.
"""

from __future__ import annotations

from gitflow.core.errors import Conflict, InvalidInput, NotFound, StaleEvent
from gitflow.core.machine.moves import MOVES
from gitflow.core.machine.retries import fail
from gitflow.core.machine.settling import decide
from gitflow.core.machine.starting import approval, suspend
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.events import (
        CancelRequested,
        DeadlinePassed,
        EventReceived,
        JobAdmitted,
        JobExpired,
        JobPaused,
        JobRestarted,
        JobResumed,
        OwnerLost,
        StepDecided,
        StepForced,
        StepReset,
        StepSkipped,
        SubtreeReplayed,
    )
    from gitflow.core.jobs.job import StepRun
    from gitflow.core.machine.transition import Transition
    from gitflow.core.values import Json, JsonObject


def job_admitted(transition: Transition, event: JobAdmitted) -> None:
    """Starts the steps whose dependencies are all carried over, or that have none."""
    if transition.status is not JobStatus.PENDING:
        raise StaleEvent(f"job {transition.before.id} was already admitted")
    transition.move_job("admitted", started_at=event.at)
    for name in transition.before.plan.task.flow:
        run = transition.run(name)
        if run.status is StepStatus.PENDING and run.open_needs == 0:
            decide(transition, run)


def cancel_requested(transition: Transition, event: CancelRequested) -> None:
    """Cancels the job. This also ends a restart that waits until the processes of the job are gone."""
    if transition.before.restart_by is None:
        _refuse_if_ending(transition)
    message = f"cancelled by {event.actor}" + (f": {event.reason}" if event.reason else "")
    transition.note("job.cancel_requested", event.actor, None, {"reason": event.reason} if event.reason else None)
    if transition.cancelling:
        transition.job_changes.update(restart_by=None, error_message=message)
    else:
        _cancel(transition, JobStatus.CANCELLED, message)


def job_restarted(transition: Transition, event: JobRestarted) -> None:
    """Restarts the job. A running job is cancelled first and starts again when its last process is gone.

    A second restart changes nothing.
    """
    also = transition.before.requested_also_by((event.actor, *event.aliases))
    if transition.status.ended or transition.status is JobStatus.PENDING:
        from gitflow.core.machine import resets

        transition.note("job.restart_requested", event.actor)
        transition.job_changes["also_requested_by"] = also
        resets.restart(transition, event.actor)
    elif transition.before.restart_by is None:
        transition.note("job.restart_requested", event.actor)
        if not transition.cancelling:
            _cancel(transition, JobStatus.CANCELLED, f"restarted by {event.actor}")
        transition.job_changes.update(restart_by=event.actor, also_requested_by=also)


def job_expired(transition: Transition, event: JobExpired) -> None:
    """Times the job out. A job that is already being cancelled no longer expires."""
    expires_at = transition.before.expires_at
    if transition.status.ended or transition.cancelling or expires_at is None or event.at < expires_at:
        raise StaleEvent(f"job {transition.before.id} has not reached its time limit")
    transition.note("job.expired", "timer")
    _cancel(
        transition, JobStatus.TIMED_OUT, f"it did not end within {transition.before.plan.task.timeout_s or 0.0:g} s"
    )


def deadline_passed(transition: Transition, event: DeadlinePassed) -> None:
    """Records that the job or a step is late, once."""
    if event.step is not None:
        _step_late(transition, event.step)
        return
    job = transition.before
    if job.ended or job.late_at is not None or job.deadline_at is None or event.at < job.deadline_at:
        raise StaleEvent(f"job {job.id} is not late, or that is recorded")
    transition.job_changes["late_at"] = event.at
    transition.job_moved = True
    transition.note("job.late", "timer", None, {"deadline_s": job.plan.task.deadline_s})


def _step_late(transition: Transition, name: str) -> None:
    if name not in transition.before.steps:
        raise StaleEvent(f"there is no step {name!r} any more")
    run = transition.run(name)
    if run.status.ended or run.late_at is not None or run.deadline_at is None or transition.at < run.deadline_at:
        raise StaleEvent(f"step {name!r} is not late, or that is recorded")
    late = transition.put(run, late_at=transition.at)
    transition.note("step.late", "timer", late, {"deadline_s": transition.step(run).deadline_s})


def _cancel(transition: Transition, ends_as: JobStatus, message: str) -> None:
    """Kills running steps and cancels child jobs; these steps end when the runtime reports it."""
    transition.cancelling = transition.winding_down = True
    transition.job_changes.update(cancel_requested_at=transition.at, cancel_status=ends_as, error_message=message)
    for run in transition.before.steps.values():
        if run.status is StepStatus.RUNNING or (run.status is StepStatus.SUSPENDED and run.child_job_id is not None):
            transition.touched.append(run.name)
        elif not run.status.ended:
            transition.move(run, "cancelled", error_message=message)


def owner_lost(transition: Transition, event: OwnerLost) -> None:
    """Ends the job, of which nothing runs any more; this also finishes a cancel that was under way."""
    if transition.status.ended:
        raise StaleEvent(f"job {transition.before.id} has ended")
    transition.winding_down = True
    if transition.before.restart_by is not None:
        transition.job_changes["restart_by"] = None
    if not transition.cancelling:
        transition.job_changes.update(cancel_status=JobStatus.FAILED, error_message=event.reason)
    for run in transition.before.steps.values():
        if run.status is StepStatus.RUNNING and not transition.cancelling:
            if not run.is_loop:
                fail(transition, run, event.reason, "engine", run.attempt)
        elif not run.status.ended and not run.is_loop:
            transition.move(run, "cancelled", error_message=event.reason)


def job_paused(transition: Transition, event: JobPaused) -> None:
    _refuse_if_ending(transition)
    if transition.status is JobStatus.PENDING:
        raise Conflict(f"job {transition.before.id} has not started")
    if transition.status is JobStatus.RUNNING:
        transition.move_job("paused", event.actor, paused_at=transition.at)


def job_resumed(transition: Transition, event: JobResumed) -> None:
    """Resumes the job: steps that became ready and timers that became due in the pause are outstanding again."""
    _refuse_if_ending(transition)
    if transition.status is JobStatus.PENDING:
        raise Conflict(f"job {transition.before.id} has not started")
    if transition.status is not JobStatus.PAUSED:
        return
    transition.move_job("resumed", event.actor, paused_at=None)
    for run in transition.before.steps.values():
        if run.status is StepStatus.READY and transition.action(run).suspends:
            suspend(transition, run)
        elif not run.status.ended:
            transition.touched.append(run.name)


def step_skipped(transition: Transition, event: StepSkipped) -> None:
    """Skips the step; an approval only if the actor may decide it. Its dependents wait for its own dependencies."""
    run = _asked(transition, event.step, "skipped")
    _authorize(transition, run, event)
    reason = f"skipped by {event.actor}" + (f": {event.reason}" if event.reason else "")
    transition.move(run, "skipped", event.actor, skip_reason=reason, skipped_by="person")


def step_forced(transition: Transition, event: StepForced) -> None:
    """Completes the step, and reopens it and its job if it has failed; an approval only if the actor may decide it."""
    before = transition.before.steps.get(event.step)
    has_failed = before is not None and before.status is StepStatus.FAILED
    run = (_ended if has_failed else _asked)(transition, event.step, "forced")
    _authorize(transition, run, event)
    if event.reason:
        transition.note("step.force_requested", event.actor, run, {"reason": event.reason})
    if has_failed:
        from gitflow.core.machine import resets

        resets.force_failed(transition, run, event.actor, event.output)
    else:
        transition.move(run, "forced", event.actor, output=event.output, error_message=None)


def step_reset(transition: Transition, event: StepReset) -> None:
    from gitflow.core.machine import resets

    run = _ended(transition, event.step, "retried")
    transition.note("step.retry_requested", event.actor, run)
    resets.run_again(transition, run, event.actor)


def subtree_replayed(transition: Transition, event: SubtreeReplayed) -> None:
    from gitflow.core.machine import resets

    run = _ended(transition, event.step, "replayed")
    transition.note("step.replay_requested", event.actor, run)
    resets.replay(transition, run, event.actor)


def event_received(transition: Transition, event: EventReceived) -> None:
    """Takes an event that was sent to the job. A job that has not started keeps it, too."""
    from gitflow.core.machine import inbox

    _refuse_if_ending(transition)
    inbox.take_in(transition, event)


def step_decided(transition: Transition, event: StepDecided) -> None:
    """Approves or rejects the step. A rejection is final and is never retried."""
    _refuse_decided(transition, event.step)
    run = _asked(transition, event.step, "completed")
    if run.status is not StepStatus.SUSPENDED or transition.action(run).type != "approval":
        raise Conflict(f"step {run.name!r} does not wait for an approval")
    _authorize(transition, run, event)
    reason: JsonObject | None = {"reason": event.reason} if event.reason else None
    if event.approved:
        given = _approvers_input(transition, run, event)
        transition.note("step.approved", event.actor, run, reason)
        transition.move(run, "completed", event.actor, output=approval(event.actor, transition.at, given))
    else:
        transition.note("step.rejected", event.actor, run, reason)
        error = f"rejected by {event.actor}" + (f": {event.reason}" if event.reason else "")
        fail(transition, run, error, event.actor, run.attempt)


def _refuse_decided(transition: Transition, name: str) -> None:
    """Refuses a second decision with a conflict that says how the first one was made."""
    run = transition.before.steps.get(name)
    if run is None or not run.status.ended or transition.status.ended or transition.action(run).type != "approval":
        return
    how = run.skip_reason or run.error_message or _approval(run.output) or "it was declared completed"
    raise _conflict(transition, f"step {name!r} has already been decided: {how}")


def _conflict(transition: Transition, sentence: str) -> Conflict:
    """A Conflict with the job's secrets masked, because the sentence quotes values of a step."""
    from gitflow.core.templates.masking import masked

    return Conflict(str(masked(sentence, transition.before.secrets)))


def _approval(output: Json) -> str | None:
    by = output.get("approved_by") if is_object(output) else None
    return f"approved by {by}" if by else None


def _authorize(transition: Transition, run: StepRun, event: StepDecided | StepForced | StepSkipped) -> None:
    """Checks the right to decide, if the step is an approval. Raises Forbidden and InvalidInput."""
    if transition.action(run).type == "approval":
        from gitflow.core.machine.approvals import authorize

        authorize(transition, run, event)


def _approvers_input(transition: Transition, run: StepRun, event: StepDecided) -> JsonObject:
    from gitflow.core.language.inputs import check_input

    given: Json = {} if event.input is None else event.input
    if not is_object(given):
        raise InvalidInput(f"the input of approval {run.name!r} must be an object")
    values, wrong = check_input(transition.action(run).input, given)
    if wrong:
        listed = "; ".join(f"{name}: {message}" for name, message in wrong)
        raise InvalidInput(f"the input of approval {run.name!r} is wrong: {listed}", wrong)
    return values


def _ended(transition: Transition, name: str, wanted: str) -> StepRun:
    """The step, if a person may reopen it now. Raises Conflict and NotFound."""
    if name not in transition.before.steps:
        raise NotFound("step", name)
    if transition.status is JobStatus.PENDING:
        raise Conflict(f"job {transition.before.id} has not started")
    if transition.cancelling:
        raise Conflict(f"job {transition.before.id} is being cancelled")
    run = transition.run(name)
    if not run.status.ended:
        raise Conflict(f"step {name!r} is {run.status.value} and cannot be {wanted} before it has ended")
    return run


def _asked(transition: Transition, name: str, move: str) -> StepRun:
    """The step, if a person may make this move now. Raises Conflict and NotFound."""
    _refuse_if_ending(transition)
    if name not in transition.before.steps:
        raise NotFound("step", name)
    run = transition.run(name)
    if transition.status is JobStatus.PENDING:
        raise Conflict(f"job {transition.before.id} has not started")
    if run.status.ended or (run.status, move) not in MOVES:  # an ended step must be reopened first
        raise Conflict(f"step {name!r} is {run.status.value} and cannot be {move}")
    if run.status is StepStatus.SUSPENDED and run.child_job_id is not None:
        raise Conflict(f"step {name!r} waits for job {run.child_job_id}, which must end or be cancelled first")
    return run


def _refuse_if_ending(transition: Transition) -> None:
    if transition.status.ended:
        raise Conflict(f"job {transition.before.id} has ended: {transition.status.value}")
    if transition.winding_down:
        raise Conflict(f"job {transition.before.id} is already being cancelled")
