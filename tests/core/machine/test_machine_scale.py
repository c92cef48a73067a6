"""Large flows: they end, however deep or wide, and the work is counted rather than timed."""

import functools
import sys

import pytest
from engine import SHELL, flow, job_of, need, step

from gitflow.core.jobs.effects import OfferStep
from gitflow.core.jobs.events import (
    CancelRequested,
    JobAdmitted,
    JobRestarted,
    OwnerLost,
    StepClaimed,
    StepExited,
    StepReset,
    SubtreeReplayed,
)
from gitflow.core.language.definition import Step, StepNeed
from gitflow.core.machine.machine import advance
from gitflow.core.status import JobStatus, StepStatus

MANY = 2_000  #: deeper than Python's stack; that the cost is linear is counted at smaller sizes


def chain(count):
    steps = [Step(f"s{n}", inline=SHELL, needs=(StepNeed(f"s{n - 1}"),) if n else ()) for n in range(count)]
    return {one.name: one for one in steps}


def fan_out(count):
    return {"root": Step("root", inline=SHELL)} | {
        f"s{n}": Step(f"s{n}", inline=SHELL, needs=(StepNeed("root"),)) for n in range(count)
    }


def fan_in(count):
    wide = {f"s{n}": Step(f"s{n}", inline=SHELL) for n in range(count)}
    return wide | {"end": Step("end", inline=SHELL, needs=tuple(StepNeed(name) for name in wide))}


def looped(count, **fields):
    return flow(each=step(for_each=list(range(count)), **fields))


def drive(job):
    """Runs the job to its end; how many rows its events changed in all."""
    result = advance(job, JobAdmitted(0.0))
    ahead, changed = list(result.effects), len(result.changed)
    while ahead:
        effect = ahead.pop()
        if isinstance(effect, OfferStep):
            claimed = advance(result.job, StepClaimed(0.0, effect.step, effect.attempt, "w", "t"))
            result = advance(claimed.job, StepExited(0.0, effect.step, effect.attempt, exit_code=0))
            ahead.extend(result.effects)
            changed += len(claimed.changed) + len(result.changed)
    return result.job, changed


SHAPES = {
    "chain": chain,
    "fan out": fan_out,
    "fan in": fan_in,
    "loop": looped,
    "narrow loop": lambda count: looped(count, max_parallel=3),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_large_flow_completes_and_changes_a_few_rows_a_step(shape):
    job, changed = drive(job_of(shape(MANY)))
    assert job.status is JobStatus.COMPLETED
    assert changed <= 7 * MANY


def calls(work):
    """How many Python functions ``work`` calls."""
    count = 0

    def counted(frame, what, argument):
        nonlocal count
        count += what == "call"

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_calls_grow_as_the_steps_do(shape):
    small, large = (job_of(shape(count)) for count in (200, 800))
    assert calls(lambda: drive(large)) < 4.5 * calls(lambda: drive(small))


@pytest.mark.parametrize("shape", [chain, fan_out], ids=["chain", "fan out"])
def test_thousands_of_skips_follow_one_failure(shape):
    job = advance(job_of(shape(MANY)), JobAdmitted(0.0)).job
    first = next(iter(job.steps))
    job = advance(job, StepClaimed(0.0, first, 1, "w", "t")).job
    result = advance(job, StepExited(0.0, first, 1, exit_code=1, error="Exit code: 1"))
    assert result.job.status is JobStatus.FAILED
    assert sum(run.status is StepStatus.SKIPPED for run in result.job.steps.values()) >= MANY - 1


@pytest.mark.parametrize("event", [CancelRequested(1.0, "ada"), OwnerLost(1.0)], ids=["cancel", "lost owner"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_large_flow_is_ended_in_one_event(shape, event):
    job = advance(job_of(shape(MANY)), JobAdmitted(0.0)).job
    assert advance(job, event).job.ended


def first_of(job):
    return next(iter(job.steps))


OPENING = {
    "restart": lambda job: JobRestarted(1.0, "ada"),
    "replay": lambda job: SubtreeReplayed(1.0, first_of(job), "ada"),
    "retry": lambda job: StepReset(1.0, first_of(job), "ada"),
}


@functools.cache
def cancelled_anew(shape, count):
    """A job that was driven to its end, restarted and cancelled."""
    restarted = advance(drive(job_of(shape(count)))[0], JobRestarted(0.5, "ada")).job
    return advance(restarted, CancelRequested(0.7, "ada")).job


@pytest.mark.parametrize("opening", OPENING.values(), ids=OPENING)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_what_runs_again_costs_what_it_changes(shape, opening):
    small, large = cancelled_anew(shape, 200), cancelled_anew(shape, 800)
    costs = [calls(lambda job=job: advance(job, opening(job))) for job in (small, large)]
    assert costs[1] < 4.5 * costs[0]
    assert not advance(large, opening(large)).job.ended


def test_thousands_of_instances_are_skipped_after_one_failure():
    job = advance(job_of(looped(MANY, sequential=True)), JobAdmitted(0.0)).job
    job = advance(job, StepClaimed(0.0, "each[0]", 1, "w", "t")).job
    assert advance(job, StepExited(0.0, "each[0]", 1, exit_code=1, error="no")).job.status is JobStatus.FAILED


def test_a_deep_flow_of_neutral_skips_does_not_recurse():
    steps = chain(MANY) | {"s0": Step("s0", inline=SHELL, when="false")}
    assert advance(job_of(steps), JobAdmitted(0.0)).job.status is JobStatus.COMPLETED


def test_a_need_that_accepts_everything_runs_after_thousands_of_failures():
    wide = {f"s{n}": Step(f"s{n}", inline=SHELL, when="input.nothing") for n in range(MANY)}
    end = Step("end", inline=SHELL, needs=tuple(need(name, "any") for name in wide))
    result = advance(job_of(wide | {"end": end}), JobAdmitted(0.0))
    assert result.effects == (OfferStep("end", 1),)
