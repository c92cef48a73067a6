"""Deadlines: a job or a step that passes its own is late, once, and its status stays what it is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from engine import World, flow, job_of, step
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.errors import Conflict, NotFound, StaleEvent
from gitflow.core.jobs.effects import RunHooks, WatchDeadline
from gitflow.core.jobs.events import DeadlinePassed, JobPaused, JobResumed, StepDue, StepReset
from gitflow.core.language.definition import Action, Hook, Hooks, Retry
from gitflow.core.machine.machine import outstanding
from gitflow.core.record import replace

WAIT = Action("wait", fields={"event": "go"})


def late(world: World) -> list[tuple[str, str | None]]:
    return [(entry.what, entry.step) for entry in world.history if entry.what in ("job.late", "step.late")]


def watched(job) -> set[tuple[float, str | None]]:
    return {(effect.due_at, effect.step) for effect in outstanding(job) if isinstance(effect, WatchDeadline)}


def test_a_job_is_late_counted_from_its_creation_also_while_it_waits_to_begin():
    world = World(job_of(flow(a=set()), at=100.0, deadline_s=45.0))
    assert watched(world.job) == {(145.0, None)}
    with pytest.raises(StaleEvent):
        world.tell(DeadlinePassed(144.9))
    world.tell(DeadlinePassed(145.0))
    assert (world.job.status, world.job.late_at, late(world)) == ("pending", 145.0, [("job.late", None)])
    assert watched(world.job) == set()
    with pytest.raises(StaleEvent):
        world.tell(DeadlinePassed(146.0))


def test_a_step_is_late_counted_from_being_ready_over_all_its_attempts():
    flow_ = flow(a=step(deadline_s=10.0, retry=Retry(2, 7.0)), b=step("a", deadline_s=5.0))
    world = World(job_of(flow_, at=0.0)).admit()
    assert watched(world.job) == {(10.0, "a")}
    world.claim("a")
    world.now = 4.0
    world.exit("a", exit_code=1, error="no")
    assert watched(world.job) == {(10.0, "a")}
    world.now = 11.0
    world.tell(StepDue(11.0, "a", 1))
    world.tell(DeadlinePassed(11.0, "a"))
    assert (world.job.steps["a"].status, world.job.steps["a"].late_at) == ("ready", 11.0)
    with pytest.raises(StaleEvent):
        world.tell(DeadlinePassed(12.0, "a"))
    world.claim("a")
    world.exit("a")
    assert watched(world.job) == {(16.0, "b")}


def test_what_ends_in_time_is_not_late_and_what_has_ended_cannot_become_so():
    world = World(job_of(flow(a=step(deadline_s=5.0)), deadline_s=9.0)).run()
    for event in (DeadlinePassed(50.0), DeadlinePassed(50.0, "a"), DeadlinePassed(50.0, "none")):
        with pytest.raises((StaleEvent, Conflict)):
            world.tell(event)
    assert late(world) == []


def test_a_loop_has_one_deadline_as_a_whole():
    world = World(job_of(flow(a=step(for_each=[1, 2], deadline_s=5.0)))).admit()
    assert watched(world.job) == {(5.0, "a")}


def test_a_step_that_runs_anew_can_be_late_once_more():
    world = World(job_of(flow(a=step(action=WAIT, deadline_s=5.0)))).admit()
    world.tell(DeadlinePassed(6.0, "a"))
    world.now = 90_000.0
    world.tell(StepDue(90_000.0, "a", 1))
    world.tell(StepReset(90_001.0, "a", "ada"))
    assert watched(world.job) == {(90_006.0, "a")}
    world.tell(DeadlinePassed(90_006.0, "a"))
    assert late(world) == [("step.late", "a")] * 2


def test_lateness_runs_hooks_and_is_outstanding_again_after_a_takeover():
    job = job_of(flow(a=step(action=WAIT, deadline_s=5.0)), deadline_s=9.0)
    world = World(replace(job, plan=replace(job.plan, hooks=Hooks(on_late=(Hook("tell"),))))).admit()
    assert RunHooks("on_late", "a", 1) in world.tell(DeadlinePassed(5.0, "a")).effects
    assert RunHooks("on_late") in world.tell(DeadlinePassed(9.0)).effects
    assert {effect for effect in outstanding(world.job) if isinstance(effect, RunHooks)} == {
        RunHooks("on_late"),
        RunHooks("on_late", "a", 1),
    }


EVENTS = st.lists(
    st.sampled_from(["job", "a", "b", "claim a", "exit a", "fail a", "pause", "resume", "due a"]), max_size=30
)


@given(EVENTS, st.lists(st.floats(0.1, 9.0), min_size=30, max_size=30))
def test_late_is_recorded_once_and_only_after_the_deadline(events, pauses):
    flow_ = flow(a=step(deadline_s=7.0, retry=Retry(3)), b=step("a", action=WAIT, deadline_s=7.0))
    world = World(job_of(flow_, deadline_s=20.0)).admit()
    for event, pause in zip(events, pauses, strict=False):
        world.now += pause
        before = world.job
        with suppress(StaleEvent, Conflict, NotFound):
            match event.split():
                case ["job"]:
                    world.tell(DeadlinePassed(world.now))
                case ["claim", name]:
                    world.claim(name)
                case ["exit", name]:
                    world.exit(name)
                case ["fail", name]:
                    world.exit(name, exit_code=1, error="no")
                case ["pause"]:
                    world.tell(JobPaused(world.now, "ada"))
                case ["resume"]:
                    world.tell(JobResumed(world.now, "ada"))
                case ["due", name]:
                    world.tell(StepDue(world.now, name, before.steps[name].attempt))
                case [name]:
                    world.tell(DeadlinePassed(world.now, name))
                    assert world.job.steps[name].status is before.steps[name].status
        assert all(count == 1 for count in map(late(world).count, late(world)))
        if not world.job.ended:  # what is not late yet is watched, and what is late is not
            assert watched(world.job) == {
                *([(20.0, None)] if world.job.late_at is None else []),
                *(
                    (run.deadline_at, run.name)
                    for run in world.job.steps.values()
                    if run.deadline_at is not None and run.late_at is None and not run.status.ended
                ),
            }
    for entry in world.history:
        if entry.what == "job.late":
            assert entry.at >= 20.0
