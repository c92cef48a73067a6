"""What people ask of a job, and what befalls it as a whole: admission, time limit, loss of its owner."""

from __future__ import annotations

from gitflow.core.errors import Conflict, NotFound, StaleEvent
from gitflow.core.moves import MOVES
from gitflow.core.retries import fail
from gitflow.core.settling import decide
from gitflow.core.starting import approval, suspend
from gitflow.core.status import JobStatus, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.events import (
        CancelRequested,
        JobAdmitted,
        JobExpired,
        JobPaused,
        JobResumed,
        OwnerLost,
        StepDecided,
        StepForced,
        StepSkipped,
    )
    from gitflow.core.job import StepRun
    from gitflow.core.turn import Turn


def job_admitted(turn: Turn, event: JobAdmitted) -> None:
    """Only steps that need nothing, or nothing that is not carried over, can go on."""
    if turn.status is not JobStatus.PENDING:
        raise StaleEvent(f"job {turn.before.id} was admitted before")
    turn.move_job("admitted", started_at=event.at)
    for name in turn.before.plan.task.flow:
        run = turn.run(name)
        if run.status is StepStatus.PENDING and run.open_needs == 0:
            decide(turn, run)


def cancel_requested(turn: Turn, event: CancelRequested) -> None:
    _refuse_if_ending(turn)
    message = f"cancelled by {event.actor}" + (f": {event.reason}" if event.reason else "")
    turn.note("job.cancel_requested", event.actor, None, {"reason": event.reason} if event.reason else None)
    _cancel(turn, JobStatus.CANCELLED, message)


def job_expired(turn: Turn, event: JobExpired) -> None:
    """Its end is decided once: a job that is being cancelled no longer expires."""
    expires_at = turn.before.expires_at
    if turn.status.ended or turn.cancelling or expires_at is None or event.at < expires_at:
        raise StaleEvent(f"job {turn.before.id} has not reached its time limit")
    turn.note("job.expired", "timer")
    _cancel(turn, JobStatus.TIMED_OUT, f"it did not end within {expires_at - turn.before.created_at:g} s")


def _cancel(turn: Turn, ends_as: JobStatus, message: str) -> None:
    """What runs is killed, and a child job cancelled; their steps end when the outside says so."""
    turn.cancelling = turn.winding_down = True
    turn.job_changes.update(cancel_requested_at=turn.at, cancel_status=ends_as, error_message=message)
    for run in turn.before.steps.values():
        if run.status is StepStatus.RUNNING or (run.status is StepStatus.SUSPENDED and run.child_job_id is not None):
            turn.touched.append(run.name)
        elif not run.status.ended:
            turn.move(run, "cancelled", error_message=message)


def owner_lost(turn: Turn, event: OwnerLost) -> None:
    """Nothing of the job runs any more, so it ends now; a cancel that was under way is thereby done."""
    if turn.status.ended:
        raise StaleEvent(f"job {turn.before.id} has ended")
    turn.winding_down = True
    if not turn.cancelling:
        turn.job_changes.update(cancel_status=JobStatus.FAILED, error_message=event.reason)
    for run in turn.before.steps.values():
        if run.status is StepStatus.RUNNING and not turn.cancelling:
            if not run.is_loop:
                fail(turn, run, event.reason, "engine", run.attempt)
        elif not run.status.ended and not run.is_loop:
            turn.move(run, "cancelled", error_message=event.reason)


def job_paused(turn: Turn, event: JobPaused) -> None:
    _refuse_if_ending(turn)
    if turn.status is JobStatus.PENDING:
        raise Conflict(f"job {turn.before.id} has not started")
    if turn.status is JobStatus.RUNNING:
        turn.move_job("paused", event.actor, paused_at=turn.at)


def job_resumed(turn: Turn, event: JobResumed) -> None:
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


def step_skipped(turn: Turn, event: StepSkipped) -> None:
    run = _asked(turn, event.step, "skipped")
    reason = f"skipped by {event.actor}" + (f": {event.reason}" if event.reason else "")
    turn.move(run, "skipped", event.actor, skip_reason=reason, skipped_by="person")


def step_forced(turn: Turn, event: StepForced) -> None:
    run = _asked(turn, event.step, "forced")
    turn.move(run, "forced", event.actor, output=event.output, error_message=None)


def step_decided(turn: Turn, event: StepDecided) -> None:
    """A rejection is final: it is never tried again."""
    run = _asked(turn, event.step, "completed")
    if run.status is not StepStatus.SUSPENDED or turn.action(run).type != "approval":
        raise Conflict(f"step {run.name!r} does not wait for an approval")
    if event.approved:
        turn.move(run, "completed", event.actor, output=approval(event.actor, turn.at, event.input))
    else:
        error = f"rejected by {event.actor}" + (f": {event.reason}" if event.reason else "")
        fail(turn, run, error, event.actor, run.attempt)


def _asked(turn: Turn, name: str, move: str) -> StepRun:
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


def _refuse_if_ending(turn: Turn) -> None:
    if turn.status.ended:
        raise Conflict(f"job {turn.before.id} has ended: {turn.status.value}")
    if turn.winding_down:
        raise Conflict(f"job {turn.before.id} is already being cancelled")
