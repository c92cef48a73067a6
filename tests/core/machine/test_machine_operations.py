"""What a person can do to a job while it runs."""

import pytest
from engine import World, failed, flow, job_of, need, step

from gitflow.core.errors import Conflict, NotFound, StaleEvent
from gitflow.core.jobs.effects import ExpireJob, OfferStep, WakeStep
from gitflow.core.jobs.events import (
    ChildStarted,
    JobPaused,
    JobResumed,
    StepClaimed,
    StepDecided,
    StepDue,
    StepForced,
    StepSkipped,
)
from gitflow.core.language.definition import Action, Field, Retry
from gitflow.core.machine.machine import outstanding, waiting_on
from gitflow.core.status import JobStatus

NAP = Action("sleep", fields={"duration": 10})
ASK = Action("approval", timeout_s=10.0, input={"to": Field("to")})


def pausing(**steps):
    world = World(job_of(flow(**steps), timeout_s=60.0)).admit()
    world.tell(JobPaused(1.0, "ada"))
    return world


def test_a_pause_starts_nothing_new_and_lets_what_runs_finish():
    world = World(job_of(flow(build={}, lint={}, test={"build"}))).admit()
    world.claim("build")
    world.tell(JobPaused(1.0, "ada"))
    with pytest.raises(StaleEvent):
        world.claim("lint")
    world.exit("build")
    assert world.statuses() == {"build": "completed", "lint": "ready", "test": "ready"}
    assert outstanding(world.job) == ()
    effects = world.tell(JobResumed(2.0, "ada")).effects
    assert effects == (OfferStep("lint", 1), OfferStep("test", 1))


def test_the_time_limit_of_the_job_runs_on_during_a_pause():
    world = pausing(build={})
    assert outstanding(world.job) == (ExpireJob(60.0),)
    world.expire()
    assert world.job.status is JobStatus.TIMED_OUT


def test_what_falls_due_during_a_pause_takes_effect_at_the_resume():
    world = pausing(nap=step(action=NAP))
    with pytest.raises(StaleEvent):
        world.tell(StepDue(10.0, "nap", 1))
    assert WakeStep("nap", 1, 10.0) in world.tell(JobResumed(20.0, "ada")).effects
    world.tell(StepDue(20.0, "nap", 1))
    assert world.job.status is JobStatus.COMPLETED


def test_a_retry_waits_out_the_pause():
    world = World(job_of(flow(build=step(retry=Retry(2, 30.0))))).admit()
    world.claim("build")
    world.tell(JobPaused(1.0, "ada"))
    world.exit("build", **failed())
    assert outstanding(world.job) == ()
    assert world.tell(JobResumed(2.0, "ada")).effects == (WakeStep("build", 1, 30.0),)


def test_a_step_that_would_be_suspended_during_a_pause_is_suspended_at_the_resume():
    world = World(job_of(flow(build={}, nap=step("build", action=NAP)))).admit()
    world.claim("build")
    world.tell(JobPaused(1.0, "ada"))
    world.exit("build")
    assert world.statuses()["nap"] == "ready"
    world.tell(JobResumed(5.0, "ada"))
    assert (world.statuses()["nap"], world.job.steps["nap"].due_at) == ("suspended", 15.0)


def test_pause_and_resume_may_be_said_twice():
    world = pausing(build={})
    assert world.tell(JobPaused(2.0, "bob")).job.paused_at == 1.0
    world.tell(JobResumed(3.0, "ada"))
    assert world.tell(JobResumed(4.0, "ada")).effects == ()


def test_a_paused_job_may_be_cancelled_and_ends_when_nothing_is_left_to_run():
    world = pausing(build={})
    world.cancel()
    assert world.job.status is JobStatus.CANCELLED
    world = World(job_of(flow(build={}))).admit()
    world.claim("build")
    world.tell(JobPaused(1.0, "ada"))
    world.exit("build")
    assert world.job.status is JobStatus.COMPLETED


def test_a_job_that_has_not_started_or_has_ended_is_not_paused():
    world = World(job_of(flow(build={})))
    for event in (JobPaused(1.0, "ada"), JobResumed(1.0, "ada"), StepSkipped(1.0, "build", "ada")):
        with pytest.raises(Conflict, match="has not started"):
            world.tell(event)
    world.run()
    for event in (JobPaused(1.0, "ada"), JobResumed(1.0, "ada"), StepSkipped(1.0, "build", "ada")):
        with pytest.raises(Conflict, match="has ended"):
            world.tell(event)


def test_a_step_skipped_by_a_person_counts_as_completed():
    world = World(job_of(flow(build={}, test={"build"}, tidy=step(need("build", "failed"))))).admit()
    world.tell(StepSkipped(1.0, "build", "ada", "known to be broken"))
    assert world.statuses() == {"build": "skipped", "test": "ready", "tidy": "skipped"}
    assert world.job.steps["build"].skip_reason == "skipped by ada: known to be broken"


def test_a_skipped_step_is_no_longer_offered():
    world = World(job_of(flow(build={}, test={}))).admit()
    world.tell(StepSkipped(1.0, "build", "ada"))
    with pytest.raises(StaleEvent):
        world.tell(StepClaimed(1.0, "build", 1, "worker-1", "token"))


def test_an_instance_may_be_skipped_before_its_turn():
    world = World(job_of(flow(each=step(for_each=[1, 2, 3], sequential=True)))).admit()
    world.tell(StepSkipped(1.0, "each[1]", "ada"))
    world.run()
    assert (world.started, world.job.status) == (["each[0]", "each[2]"], JobStatus.COMPLETED)


def test_skipping_instances_ahead_of_their_turn_starts_no_more_than_may_run():
    world = World(job_of(flow(each=step(for_each=[1, 2, 3, 4], max_parallel=1)))).admit()
    world.tell(StepSkipped(1.0, "each[3]", "ada"))
    world.tell(StepSkipped(1.0, "each[1]", "ada"))
    assert [world.statuses()[f"each[{index}]"] for index in range(4)] == ["ready", "skipped", "pending", "skipped"]
    world.tell(StepSkipped(1.0, "each[0]", "ada"))
    assert world.statuses()["each[2]"] == "ready"


def test_a_step_that_runs_or_has_ended_is_not_skipped():
    world = World(job_of(flow(build={}, test={}))).admit()
    world.claim("build")
    with pytest.raises(Conflict, match="'build' is running and cannot be skipped"):
        world.tell(StepSkipped(1.0, "build", "ada"))
    with pytest.raises(NotFound):
        world.tell(StepSkipped(1.0, "biuld", "ada"))


def test_a_step_with_a_running_child_is_not_skipped():
    world = World(job_of(flow(call=step(action=Action("task", fields={"task": "other"}))))).admit()
    world.tell(ChildStarted(1.0, "call", 1, "child"))
    with pytest.raises(Conflict, match="waits for job child"):
        world.tell(StepSkipped(1.0, "call", "ada"))


def test_a_forced_step_is_completed_with_the_output_it_is_given():
    world = World(job_of(flow(build={}, test={"build"}))).admit()
    world.tell(StepForced(1.0, "build", "ada", {"n": 1}))
    assert world.statuses() == {"build": "completed", "test": "ready"}
    assert world.job.steps["build"].output == {"n": 1}


def test_of_what_has_ended_only_a_failed_step_is_forced():
    world = World(job_of(flow(build={}, test={"build"}, lint={}, tidy={}))).admit()
    for name in ("build", "tidy"):
        world.claim(name)
    world.exit("build", **failed())
    world.exit("tidy")
    for name in ("tidy", "test"):
        with pytest.raises(Conflict, match="cannot be forced"):
            world.tell(StepForced(1.0, name, "ada"))


def test_an_approval_completes_its_step_and_says_who_gave_it():
    world = World(job_of(flow(ask=step(action=ASK)))).admit()
    world.tell(StepDecided(5.0, "ask", "ada", True, {"to": "production"}))
    assert world.job.steps["ask"].output == {
        "approved": True,
        "approved_by": "ada",
        "approved_at": "1970-01-01T00:00:05Z",
        "input": {"to": "production"},
    }


def test_a_rejection_fails_its_step_and_is_never_tried_again():
    world = World(job_of(flow(ask=step(action=ASK, retry=Retry(5))))).admit()
    world.tell(StepDecided(5.0, "ask", "ada", False, reason="not today"))
    assert world.job.steps["ask"].error_message == "rejected by ada: not today"
    assert world.job.status is JobStatus.FAILED


def test_only_a_step_that_waits_for_an_approval_is_decided():
    world = World(job_of(flow(nap=step(action=NAP), build={}, each=step(for_each=[])))).admit()
    for name in ("nap", "build", "each"):
        with pytest.raises(Conflict):
            world.tell(StepDecided(5.0, name, "ada", True))


def test_a_step_says_what_it_waits_for():
    steps = flow(
        build=step(retry=Retry(2, 30.0)),
        lint={},
        test={"build"},
        nap=step(action=NAP),
        ask=step(action=ASK),
        wait=step(action=Action("wait", fields={"event": "go"})),
        call=step(action=Action("task", fields={"task": "other"})),
        each=step(for_each=[1, 2], sequential=True),
    )
    world = World(job_of(steps, max_parallel_steps=1))
    waits = {name: waiting_on(world.job, run) for name, run in world.job.steps.items()}
    assert (waits["build"], waits["test"]) == ("slot", "dependencies")
    world.admit()
    assert waiting_on(world.job, world.job.steps["lint"]) == "worker"
    world.claim("build")
    waits = {name: waiting_on(world.job, run) for name, run in world.job.steps.items()}
    assert waits == {
        "build": None,
        "lint": "slot",
        "test": "dependencies",
        "nap": "timer",
        "ask": "approval",
        "wait": "event",
        "call": "child",
        "each": None,
        "each[0]": "slot",
        "each[1]": "slot",
    }
    world.exit("build", **failed())
    assert waiting_on(world.job, world.job.steps["build"]) == "retry"
    world.tell(JobPaused(1.0, "ada"))
    assert waiting_on(world.job, world.job.steps["build"]) == "pause"
    assert waiting_on(world.job, world.job.steps["lint"]) == "pause"
