"""The laws of a simulation, checked at every step: for the event, for each changed job, and for the whole world."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "core"))

from laws import LAWS

from gitflow.core.jobs.events import (
    CancelRequested,
    ChildEnded,
    JobAdmitted,
    JobExpired,
    JobPaused,
    JobRestarted,
    JobResumed,
    OwnerLost,
    StepClaimed,
    StepDecided,
    StepDue,
    StepExited,
    StepForced,
    StepReset,
    StepSkipped,
    SubtreeReplayed,
)
from gitflow.core.language.definition import NO_RETRY
from gitflow.core.machine.machine import outstanding
from gitflow.core.machine.outstanding import OCCASION, action_of, has_hooks, retry_due_at
from gitflow.core.status import JobStatus, StepStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.events import Event
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.machine.machine import Advance
    from storms.world import World

#: What opens again a step that has completed, or a job that has ended.
REOPENING = (StepReset, SubtreeReplayed, JobRestarted, StepForced)

#: What cancels steps.
CANCELLING = (CancelRequested, JobExpired, OwnerLost, JobRestarted)


def after_an_event(before: Job, event: Event, result: Advance) -> None:
    after = result.job
    owed = set(outstanding(after))
    assert set(result.effects) <= owed, "an effect is not owed"
    assert owed - set(outstanding(before)) <= set(result.effects), "what is newly owed was not ordered"
    is_reopening = isinstance(event, REOPENING) or before.restart_by is not None
    assert is_reopening or not before.ended, f"an ended job took in {event}"
    for name, run in result.changed.items():
        old = before.steps.get(name)
        if old is not None:
            assert run.attempt >= old.attempt, f"{name} counts its attempts backwards"
            # one that a person ended before its needs had ended is decided anew if an approval before it is not given
            counted = old.status is StepStatus.COMPLETED and not old.is_ahead
            done = counted and run.status is not StepStatus.COMPLETED
            assert is_reopening or not done, f"{name} had completed and does not stay so"
            _is_completed_by_what_may(before, old, run, event)
            is_new = run.status is StepStatus.CANCELLED and old.status is not StepStatus.CANCELLED and not run.is_loop
            assert not is_new or before.cancelling or isinstance(event, CANCELLING), f"nobody cancelled {name}"
    _is_as_asked(before, event, after)
    if after.ended and not before.ended:
        wanted = has_hooks(after, OCCASION[after.status]) and retry_due_at(after) is None
        effects = [effect for effect in result.effects if getattr(effect, "occasion", "") == OCCASION[after.status]]
        assert len(effects) == wanted, "the hooks of an end were not ordered once"


#: What an event that names a step makes of it.
MAKES: dict[type, Callable[[Any], StepStatus]] = {
    StepClaimed: lambda event: StepStatus.RUNNING,
    StepSkipped: lambda event: StepStatus.SKIPPED,
    StepForced: lambda event: StepStatus.COMPLETED,
    StepDecided: lambda event: StepStatus.COMPLETED if event.approved else StepStatus.FAILED,
}

#: By type of a suspending action: what completes its step, beside a person who says that it is.
COMPLETES = {"sleep": (StepDue,), "approval": (StepDecided, StepDue), "task": (ChildEnded,)}


def _comes_to(job: Job, event: StepExited) -> StepStatus:
    """A failed attempt is followed by another one if the budget and the exit code allow it."""
    run = job.steps[event.step]
    if event.killed and job.cancelling:
        return StepStatus.CANCELLED
    if event.error is None and not event.killed:
        return StepStatus.COMPLETED
    retry = job.plan.task.flow[run.loop_of or run.name].retry or action_of(job, run).retry or NO_RETRY
    is_left = event.attempt - run.first_attempt + 1 < retry.max_attempts and not job.cancelling
    is_allowed = event.may_retry and (not retry.on_exit_codes or event.exit_code in retry.on_exit_codes)
    return StepStatus.PENDING if is_left and is_allowed else StepStatus.FAILED


def _wanted(job: Job, event: Event) -> StepStatus | None:
    if job.restart_by is not None:
        return None  # the step may stand at its beginning again
    if isinstance(event, StepExited):
        return _comes_to(job, event)
    return MAKES[type(event)](event) if type(event) in MAKES else None


def _is_as_asked(before: Job, event: Event, after: Job) -> None:
    wanted = _wanted(before, event)
    assert wanted is None or after.steps[event.step].status is wanted, f"{event} led to another state"
    if isinstance(event, CancelRequested | JobExpired) and not before.cancelling:
        for name, run in before.steps.items():
            is_left = run.status is StepStatus.RUNNING or run.status.ended or run.child_job_id is not None
            assert is_left or after.steps[name].status is StepStatus.CANCELLED, f"{name} was not cancelled"
    if isinstance(event, JobPaused):
        assert after.status is JobStatus.PAUSED
    if isinstance(event, JobAdmitted | JobResumed):
        assert after.status is JobStatus.RUNNING or after.ended
    if before.cancelling and after.ended and before.restart_by is None and not isinstance(event, CancelRequested):
        assert after.status is before.cancel_status, f"it was to end as {before.cancel_status}"
    if before.ended:
        assert after.status is JobStatus.RUNNING or (after.ended and after.reopened == before.reopened + 1)
    if isinstance(event, OwnerLost):
        assert after.status is (before.cancel_status if before.cancelling else JobStatus.FAILED)


def _is_completed_by_what_may(job: Job, old: StepRun, run: StepRun, event: Event) -> None:
    if run.status is StepStatus.COMPLETED and old.status is not StepStatus.COMPLETED and not run.is_loop:
        by = COMPLETES.get(action_of(job, run).type)
        assert by is None or isinstance(event, (*by, StepForced)), f"{event} completed {run.name}"


def must_be_meant(refused: Exception) -> None:
    """An exception must be a deliberate refusal and not the result of an illegal move."""
    assert "which allows no move" not in str(refused), str(refused)


def of_the_world(world: World, touched: list[str]) -> None:
    assert len(world.running) <= world.slots, "more runs than there are slots"
    for job_id in touched:
        job = world.jobs[job_id]
        for law in LAWS:
            law(job)
        if not job.ended:
            _moves_on(world, job)
    _groups_hold(world)


def _groups_hold(world: World) -> None:
    counts: dict[str, int] = {}
    for job_id in world.open:
        job = world.jobs[job_id]
        group = world.group(job)
        if group is not None and job.status is not JobStatus.PENDING:
            counts[group] = counts.get(group, 0) + 1
            assert counts[group] <= job.plan.task.concurrency.limit, f"group {group} holds more than it may"


def _moves_on(world: World, job: Job) -> None:
    """Every open job and step has something outside that will move it."""
    if job.status is JobStatus.PENDING:
        holders, waiters = world.members(world.group(job) or "")
        is_behind = bool(holders) or any(one.job_id != job.id for one in waiters)
        assert is_behind or world.timers[job.id, "starts"], f"job {job.id} waits for nothing"
        return
    if job.expires_at is not None and not job.cancelling and job.status is not JobStatus.PAUSED:
        assert world.timers[job.id, "expires", job.expires_at], f"nothing ends job {job.id} when its time is up"
    for run in job.steps.values():
        if not run.status.ended and not run.is_loop:
            problem = _what_is_missing(world, job, run)
            assert problem is None, f"step {run.name} of job {job.id} is {run.status}: {problem}"


def _what_is_missing(world: World, job: Job, run: StepRun) -> str | None:
    key = (job.id, run.name)
    if run.status is StepStatus.RUNNING:
        if world.running.get(key) != run.attempt:
            return "no worker has it"
        return None if not job.cancelling or world.timers[job.id, "kill", run.name] else "nobody ends it"
    if run.status is StepStatus.SUSPENDED and action_of(job, run).type == "task":
        if run.child_job_id is None:
            return "it has no child job"
        return None if any(one in world.open for one in world.chain(run.child_job_id)) else "its child job has ended"
    if job.cancelling:
        return "nobody ends it"
    if job.status is JobStatus.PAUSED:
        return None
    if run.status is StepStatus.READY:
        return None if (*key, run.attempt + 1) in world.offers else "no worker is offered it"
    if run.due_at is not None:
        return None if world.timers[(*key, run.attempt, run.due_at)] else "its timer is forgotten"
    return None
