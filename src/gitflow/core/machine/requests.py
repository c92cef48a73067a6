"""What people ask of a job, and what befalls it as a whole: admission, time limit, loss of its owner.

What few jobs are asked is imported where it is done: ``gitflow run`` starts without it.
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


def job_admitted(turn: Transition, event: JobAdmitted) -> None:
    """Only steps that need nothing, or nothing that is not carried over, can go on."""
    if turn.status is not JobStatus.PENDING:
        raise StaleEvent(f"job {turn.before.id} was admitted before")
    turn.move_job("admitted", started_at=event.at)
    for name in turn.before.plan.task.flow:
        run = turn.run(name)
        if run.status is StepStatus.PENDING and run.open_needs == 0:
            decide(turn, run)


def cancel_requested(turn: Transition, event: CancelRequested) -> None:
    """A job that was to run anew when its processes are gone ends instead."""
    if turn.before.restart_by is None:
        _refuse_if_ending(turn)
    message = f"cancelled by {event.actor}" + (f": {event.reason}" if event.reason else "")
    turn.note("job.cancel_requested", event.actor, None, {"reason": event.reason} if event.reason else None)
    if turn.cancelling:
        turn.job_changes.update(restart_by=None, error_message=message)
    else:
        _cancel(turn, JobStatus.CANCELLED, message)


def job_restarted(turn: Transition, event: JobRestarted) -> None:
    """A job that runs is cancelled first: it runs anew when its last process is gone. May be said twice."""
    also = turn.before.requested_also_by((event.actor, *event.aliases))
    if turn.status.ended or turn.status is JobStatus.PENDING:
        from gitflow.core.machine import resets

        turn.note("job.restart_requested", event.actor)
        turn.job_changes["also_requested_by"] = also
        resets.restart(turn, event.actor)
    elif turn.before.restart_by is None:
        turn.note("job.restart_requested", event.actor)
        if not turn.cancelling:
            _cancel(turn, JobStatus.CANCELLED, f"restarted by {event.actor}")
        turn.job_changes.update(restart_by=event.actor, also_requested_by=also)


def job_expired(turn: Transition, event: JobExpired) -> None:
    """Its end is decided once: a job that is being cancelled no longer expires."""
    expires_at = turn.before.expires_at
    if turn.status.ended or turn.cancelling or expires_at is None or event.at < expires_at:
        raise StaleEvent(f"job {turn.before.id} has not reached its time limit")
    turn.note("job.expired", "timer")
    _cancel(turn, JobStatus.TIMED_OUT, f"it did not end within {turn.before.plan.task.timeout_s or 0.0:g} s")


def _cancel(turn: Transition, ends_as: JobStatus, message: str) -> None:
    """What runs is killed, and a child job cancelled; their steps end when the outside says so."""
    turn.cancelling = turn.winding_down = True
    turn.job_changes.update(cancel_requested_at=turn.at, cancel_status=ends_as, error_message=message)
    for run in turn.before.steps.values():
        if run.status is StepStatus.RUNNING or (run.status is StepStatus.SUSPENDED and run.child_job_id is not None):
            turn.touched.append(run.name)
        elif not run.status.ended:
            turn.move(run, "cancelled", error_message=message)


def owner_lost(turn: Transition, event: OwnerLost) -> None:
    """Nothing of the job runs any more, so it ends now; a cancel that was under way is thereby done."""
    if turn.status.ended:
        raise StaleEvent(f"job {turn.before.id} has ended")
    turn.winding_down = True
    if turn.before.restart_by is not None:
        turn.job_changes["restart_by"] = None
    if not turn.cancelling:
        turn.job_changes.update(cancel_status=JobStatus.FAILED, error_message=event.reason)
    for run in turn.before.steps.values():
        if run.status is StepStatus.RUNNING and not turn.cancelling:
            if not run.is_loop:
                fail(turn, run, event.reason, "engine", run.attempt)
        elif not run.status.ended and not run.is_loop:
            turn.move(run, "cancelled", error_message=event.reason)


def job_paused(turn: Transition, event: JobPaused) -> None:
    _refuse_if_ending(turn)
    if turn.status is JobStatus.PENDING:
        raise Conflict(f"job {turn.before.id} has not started")
    if turn.status is JobStatus.RUNNING:
        turn.move_job("paused", event.actor, paused_at=turn.at)


def job_resumed(turn: Transition, event: JobResumed) -> None:
    """What became ready or fell due during the pause is owed again."""
    _refuse_if_ending(turn)
    if turn.status is JobStatus.PENDING:
        raise Conflict(f"job {turn.before.id} has not started")
    if turn.status is not JobStatus.PAUSED:
        return
    turn.move_job("resumed", event.actor, paused_at=None)
    for run in turn.before.steps.values():
        if run.status is StepStatus.READY and turn.action(run).suspends:
            suspend(turn, run)
        elif not run.status.ended:
            turn.touched.append(run.name)


def step_skipped(turn: Transition, event: StepSkipped) -> None:
    """An approval only by who may decide it. What depends on the step waits for the step's own needs."""
    run = _asked(turn, event.step, "skipped")
    _authorize(turn, run, event)
    reason = f"skipped by {event.actor}" + (f": {event.reason}" if event.reason else "")
    turn.move(run, "skipped", event.actor, skip_reason=reason, skipped_by="person")


def step_forced(turn: Transition, event: StepForced) -> None:
    """One that failed is opened again for it, and its job too. An approval only by who may decide it."""
    before = turn.before.steps.get(event.step)
    has_failed = before is not None and before.status is StepStatus.FAILED
    run = (_ended if has_failed else _asked)(turn, event.step, "forced")
    _authorize(turn, run, event)
    if event.reason:
        turn.note("step.force_requested", event.actor, run, {"reason": event.reason})
    if has_failed:
        from gitflow.core.machine import resets

        resets.force_failed(turn, run, event.actor, event.output)
    else:
        turn.move(run, "forced", event.actor, output=event.output, error_message=None)


def step_reset(turn: Transition, event: StepReset) -> None:
    from gitflow.core.machine import resets

    run = _ended(turn, event.step, "retried")
    turn.note("step.retry_requested", event.actor, run)
    resets.run_again(turn, run, event.actor)


def subtree_replayed(turn: Transition, event: SubtreeReplayed) -> None:
    from gitflow.core.machine import resets

    run = _ended(turn, event.step, "replayed")
    turn.note("step.replay_requested", event.actor, run)
    resets.replay(turn, run, event.actor)


def event_received(turn: Transition, event: EventReceived) -> None:
    """A job that has not started keeps its events too."""
    from gitflow.core.machine import inbox

    _refuse_if_ending(turn)
    inbox.take_in(turn, event)


def step_decided(turn: Transition, event: StepDecided) -> None:
    """A rejection is final: it is never tried again."""
    _refuse_decided(turn, event.step)
    run = _asked(turn, event.step, "completed")
    if run.status is not StepStatus.SUSPENDED or turn.action(run).type != "approval":
        raise Conflict(f"step {run.name!r} does not wait for an approval")
    _authorize(turn, run, event)
    reason: JsonObject | None = {"reason": event.reason} if event.reason else None
    if event.approved:
        given = _approvers_input(turn, run, event)
        turn.note("step.approved", event.actor, run, reason)
        turn.move(run, "completed", event.actor, output=approval(event.actor, turn.at, given))
    else:
        turn.note("step.rejected", event.actor, run, reason)
        error = f"rejected by {event.actor}" + (f": {event.reason}" if event.reason else "")
        fail(turn, run, error, event.actor, run.attempt)


def _refuse_decided(turn: Transition, name: str) -> None:
    """A decision is taken once: whoever comes later is told how it was taken."""
    run = turn.before.steps.get(name)
    if run is None or not run.status.ended or turn.status.ended or turn.action(run).type != "approval":
        return
    how = run.skip_reason or run.error_message or _approval(run.output) or "it was declared completed"
    raise _conflict(turn, f"step {name!r} has been decided already: {how}")


def _conflict(turn: Transition, sentence: str) -> Conflict:
    """One that quotes what a step holds."""
    from gitflow.core.templates.masking import masked

    return Conflict(str(masked(sentence, turn.before.secrets)))


def _approval(output: Json) -> str | None:
    by = output.get("approved_by") if is_object(output) else None
    return f"approved by {by}" if by else None


def _authorize(turn: Transition, run: StepRun, event: StepDecided | StepForced | StepSkipped) -> None:
    """Raises Forbidden and InvalidInput, where the step is an approval that the actor may not decide."""
    if turn.action(run).type == "approval":
        from gitflow.core.machine.approvals import authorize

        authorize(turn, run, event)


def _approvers_input(turn: Transition, run: StepRun, event: StepDecided) -> JsonObject:
    from gitflow.core.language.inputs import check_input

    given: Json = {} if event.input is None else event.input
    if not is_object(given):
        raise InvalidInput(f"the input of approval {run.name!r} must be an object")
    values, wrong = check_input(turn.action(run).input, given)
    if wrong:
        listed = "; ".join(f"{name}: {message}" for name, message in wrong)
        raise InvalidInput(f"the input of approval {run.name!r} is wrong: {listed}", wrong)
    return values


def _ended(turn: Transition, name: str, wanted: str) -> StepRun:
    """The step, if a person may open it again now."""
    if name not in turn.before.steps:
        raise NotFound("step", name)
    if turn.status is JobStatus.PENDING:
        raise Conflict(f"job {turn.before.id} has not started")
    if turn.cancelling:
        raise Conflict(f"job {turn.before.id} is being cancelled")
    run = turn.run(name)
    if not run.status.ended:
        raise Conflict(f"step {name!r} is {run.status.value} and cannot be {wanted} before it has ended")
    return run


def _asked(turn: Transition, name: str, move: str) -> StepRun:
    """The step, if a person may move it so now."""
    _refuse_if_ending(turn)
    if name not in turn.before.steps:
        raise NotFound("step", name)
    run = turn.run(name)
    if turn.status is JobStatus.PENDING:
        raise Conflict(f"job {turn.before.id} has not started")
    if run.status.ended or (run.status, move) not in MOVES:  # what has ended must be opened again first
        raise Conflict(f"step {name!r} is {run.status.value} and cannot be {move}")
    if run.status is StepStatus.SUSPENDED and run.child_job_id is not None:
        raise Conflict(f"step {name!r} waits for job {run.child_job_id}, which must end or be cancelled first")
    return run


def _refuse_if_ending(turn: Transition) -> None:
    if turn.status.ended:
        raise Conflict(f"job {turn.before.id} has ended: {turn.status.value}")
    if turn.winding_down:
        raise Conflict(f"job {turn.before.id} is already being cancelled")
