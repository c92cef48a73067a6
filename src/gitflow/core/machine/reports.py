"""Handles reports of workers, timers and child jobs. A late or repeated report is stale and changes nothing."""

from __future__ import annotations

from gitflow.core.errors import StaleEvent
from gitflow.core.machine.outstanding import slots_are_taken
from gitflow.core.machine.retries import exit_code_allows, fail, fail_attempt
from gitflow.core.machine.starting import approval, start
from gitflow.core.status import JobStatus, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.jobs.events import ChildEnded, ChildStarted, StepClaimed, StepDue, StepExited, StepLost
    from gitflow.core.jobs.job import StepRun
    from gitflow.core.machine.transition import Transition
    from gitflow.core.values import JsonObject


def step_claimed(transition: Transition, event: StepClaimed) -> None:
    run = _reported(transition, event.step)
    if run.status is not StepStatus.READY or event.attempt != run.attempt + 1:
        raise StaleEvent(f"step {run.name!r} is not waiting for a worker to claim attempt {event.attempt}")
    if transition.status is not JobStatus.RUNNING or transition.winding_down or slots_are_taken(transition.before):
        raise StaleEvent(f"no step of job {transition.before.id} may start now")
    transition.move(
        run,
        "claimed",
        "worker",
        attempt=event.attempt,
        worker_id=event.worker_id,
        run_token=event.run_token,
        input=event.input,
        started_at=event.at,
        completed_at=None,
        exit_code=None,
        output=None,
        error_message=None,
    )
    if transition.before.worker_id is None:
        transition.job_changes["worker_id"] = event.worker_id


def step_exited(transition: Transition, event: StepExited) -> None:
    run = _reported(transition, event.step)
    if not _may_exit(run, event):
        raise StaleEvent(f"attempt {event.attempt} of step {run.name!r} is not in progress")
    result: JsonObject = {"exit_code": event.exit_code, "output": event.output}
    if event.killed and transition.cancelling:
        transition.move(run, "cancelled", "worker", error_message=event.error or "cancelled", **result)
    elif event.error is None and not event.killed:
        transition.move(run, "completed", "worker", error_message=None, **result)
    else:
        error = event.error or "it was stopped from outside"
        if event.may_retry and (not event.has_begun or exit_code_allows(transition, run, event.exit_code)):
            fail_attempt(transition, run, error, "worker", event.attempt, event.chance, **result)
        else:
            fail(transition, run, error, "worker", event.attempt, **result)


def _may_exit(run: StepRun, event: StepExited) -> bool:
    """Fails a step that could not be started: one that is ready or suspended."""
    if run.status is StepStatus.RUNNING:
        return event.attempt == run.attempt and not run.is_loop
    if run.status is StepStatus.READY:
        return event.attempt == run.attempt + 1 and event.error is not None
    if run.status is not StepStatus.SUSPENDED or run.child_job_id is not None:
        return False
    return event.attempt == run.attempt and event.error is not None


def step_lost(transition: Transition, event: StepLost) -> None:
    """Handles a lost worker. The exit code is unknown, so ``on_exit_codes`` does not apply."""
    run = _reported(transition, event.step)
    if run.status is not StepStatus.RUNNING or event.attempt != run.attempt or run.is_loop:
        raise StaleEvent(f"attempt {event.attempt} of step {run.name!r} is not running")
    if transition.cancelling:
        transition.move(run, "cancelled", error_message=event.reason)
    else:
        fail_attempt(transition, run, event.reason, "engine", event.attempt, event.chance)


def step_due(transition: Transition, event: StepDue) -> None:
    """Handles a timer. One that fires during a pause is due again at the resume.

    The time distinguishes the timer of an attempt from that of its retry, which starts when the first has fired.
    """
    run = _reported(transition, event.step)
    if run.due_at is None or event.attempt != run.attempt or event.at < run.due_at:
        raise StaleEvent(f"attempt {event.attempt} of step {run.name!r} has no timer that is due")
    if transition.status is not JobStatus.RUNNING or transition.winding_down:
        raise StaleEvent(f"no timer of job {transition.before.id} counts now")
    if run.status is StepStatus.PENDING:
        start(transition, run)
    else:
        ON_DUE[transition.action(run).type](transition, run)


def _slept(transition: Transition, run: StepRun) -> None:
    transition.move(run, "completed", "timer")


def _approval_due(transition: Transition, run: StepRun) -> None:
    if transition.action(run).fields.get("on_timeout") == "approve":
        from gitflow.core.language.inputs import check_input  # approvals are rare, and few of them time out

        defaults, _ = check_input(transition.action(run).input, {})
        transition.move(run, "completed", "timer", output=approval(None, transition.at, defaults))
    else:
        fail(transition, run, f"nobody decided {_within(run)}", "timer", run.attempt)


def _event_due(transition: Transition, run: StepRun) -> None:
    fail_attempt(transition, run, f"the event did not come {_within(run)}", "timer", run.attempt)


def _child_due(transition: Transition, run: StepRun) -> None:
    """Cancels a running child job first; the step ends when the child has ended."""
    error = f"the child job did not end {_within(run)}"
    if run.child_job_id is None:
        fail_attempt(transition, run, error, "timer", run.attempt)
    else:
        transition.put(run, error_message=error, due_at=None)


def _within(run: StepRun) -> str:
    return f"within {(run.due_at or 0.0) - (run.suspended_at or 0.0):g} s"


#: Type of a suspending action -> the function that handles its timer.
ON_DUE: Mapping[str, Callable[[Transition, StepRun], None]] = {
    "sleep": _slept,
    "approval": _approval_due,
    "wait": _event_due,
    "task": _child_due,
}


def child_started(transition: Transition, event: ChildStarted) -> None:
    run = _parent(transition, event.step, event.attempt)
    if run.child_job_id is not None:
        raise StaleEvent(f"step {run.name!r} has its child job")
    new = transition.put(run, child_job_id=event.child_job_id)
    transition.note("step.child_started", "engine", new, {"child_job_id": event.child_job_id})


def child_ended(transition: Transition, event: ChildEnded) -> None:
    """Ends the step with its child job. A child that a person cancelled is not retried."""
    run = _parent(transition, event.step, event.attempt)
    if run.child_job_id not in (None, event.child_job_id):
        raise StaleEvent(f"step {run.name!r} waits for another child job")
    result: JsonObject = {"output": event.output, "child_job_id": event.child_job_id}
    error = run.error_message or event.error or f"child job {event.child_job_id}: {event.status.value}"
    if event.status is JobStatus.COMPLETED and run.error_message is None:
        transition.move(run, "completed", **result)
    elif transition.cancelling:
        transition.move(run, "cancelled", error_message=error, **result)
    elif event.status is JobStatus.CANCELLED and run.error_message is None:
        fail(transition, run, error, "engine", run.attempt, **result)
    else:
        fail_attempt(transition, run, error, "engine", run.attempt, **result)


def _parent(transition: Transition, step: str, attempt: int) -> StepRun:
    run = _reported(transition, step)
    if run.status is not StepStatus.SUSPENDED or attempt != run.attempt or transition.action(run).type != "task":
        raise StaleEvent(f"attempt {attempt} of step {run.name!r} waits for no child job")
    return run


def _reported(transition: Transition, name: str) -> StepRun:
    try:
        return transition.run(name)
    except KeyError:
        raise StaleEvent(f"job {transition.before.id} has no step {name!r}") from None
