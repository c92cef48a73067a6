"""What workers, timers and children report, and what is too late or said twice."""

import pytest
from engine import SHELL, World, failed, flow, job_of, step

from gitflow.core.errors import StaleEvent
from gitflow.core.jobs.effects import CancelChild, OfferStep, StartChild, WakeStep
from gitflow.core.jobs.events import (
    ChildEnded,
    ChildStarted,
    JobAdmitted,
    StepClaimed,
    StepDue,
    StepExited,
    StepLost,
)
from gitflow.core.language.definition import Action, Retry
from gitflow.core.machine.machine import advance, outstanding
from gitflow.core.status import JobStatus

CHILD = Action("task", fields={"task": "other"}, timeout_s=60.0)
NAP = Action("sleep", fields={"duration": 10})


def running(**steps):
    """A world in which ``build`` runs."""
    world = World(job_of(flow(**{"build": step(retry=Retry(2, 30.0)), **steps}))).admit()
    world.claim("build")
    return world


def stale(world, *events):
    for event in events:
        with pytest.raises(StaleEvent):
            advance(world.job, event)


def test_a_claim_records_who_runs_what():
    world = World(job_of(flow(build={}))).admit()
    world.tell(StepClaimed(7.0, "build", 1, "worker-9", "token-9", {"name": "x"}))
    run = world.job.steps["build"]
    assert (run.status.value, run.attempt, run.worker_id, run.run_token) == ("running", 1, "worker-9", "token-9")
    assert (run.input, run.started_at, run.ready_at) == ({"name": "x"}, 7.0, 0.0)
    assert (world.job.worker_id, world.job.busy_steps) == ("worker-9", 1)


def test_only_the_attempt_that_is_offered_can_be_claimed():
    world = World(job_of(flow(build={}, test={"build"}))).admit()
    claim = ("worker-1", "token")
    stale(
        world,
        StepClaimed(1.0, "build", 0, *claim),
        StepClaimed(1.0, "build", 2, *claim),
        StepClaimed(1.0, "test", 1, *claim),
        StepClaimed(1.0, "nobody", 1, *claim),
    )
    world.claim("build")
    stale(world, StepClaimed(1.0, "build", 1, *claim), StepClaimed(1.0, "build", 2, *claim))


def test_no_more_steps_run_at_once_than_the_task_allows():
    world = World(job_of(flow(a={}, b={}, c={}), max_parallel_steps=2)).admit()
    world.claim("a")
    world.claim("b")
    stale(world, StepClaimed(1.0, "c", 1, "worker-1", "token"))
    assert OfferStep("c", 1) in outstanding(world.job)
    world.exit("a")
    world.claim("c")


def test_a_report_of_another_attempt_changes_nothing():
    world = running()
    stale(world, StepExited(1.0, "build", 0), StepExited(1.0, "build", 2), StepLost(1.0, "build", 2, "gone"))
    world.exit("build", **failed())
    stale(world, StepExited(1.0, "build", 1), StepExited(1.0, "build", 2, error="no"))
    world.run()
    stale(world, StepExited(99.0, "build", 1), StepExited(99.0, "build", 2), StepLost(99.0, "build", 2, "gone"))


def test_an_exit_keeps_what_the_attempt_came_to():
    world = running()
    world.tell(StepExited(9.0, "build", 1, exit_code=0, output={"n": 1}))
    run = world.job.steps["build"]
    assert (run.status.value, run.exit_code, run.output, run.completed_at) == ("completed", 0, {"n": 1}, 9.0)


def test_a_failed_step_keeps_its_output_too():
    world = World(job_of(flow(build={}))).admit()
    world.claim("build")
    world.exit("build", **failed(3, output={"n": 1}))
    run = world.job.steps["build"]
    assert (run.status.value, run.exit_code, run.error_message, run.output) == (
        "failed",
        3,
        "Exit code: 3",
        {"n": 1},
    )


def test_a_step_that_was_stopped_though_nobody_asked_has_failed():
    world = World(job_of(flow(build={}))).admit()
    world.claim("build")
    world.exit("build", exit_code=None, killed=True)
    assert world.job.steps["build"].error_message == "it was stopped from outside"


def test_a_ready_step_that_cannot_be_started_fails_without_having_run():
    world = World(job_of(flow(build={}, test={"build"}))).admit()
    stale(world, StepExited(1.0, "build", 1), StepExited(1.0, "build", 2, error="no such file"))
    world.tell(StepExited(1.0, "build", 1, error="no such file", may_retry=False))
    assert world.statuses() == {"build": "failed", "test": "skipped"}
    assert (world.job.busy_steps, world.job.steps["build"].attempt) == (0, 1)


def test_a_ready_step_that_cannot_be_started_may_be_tried_again():
    world = World(job_of(flow(build=step(retry=Retry(2, 5.0))))).admit()
    world.tell(StepExited(1.0, "build", 1, error="no room"))
    assert world.job.steps["build"].due_at == 6.0
    world.run()
    assert (world.job.status, world.job.steps["build"].attempt) == (JobStatus.COMPLETED, 2)


def test_a_lost_step_runs_again_while_attempts_are_left():
    world = running()
    world.tell(StepLost(4.0, "build", 1, "its worker is gone"))
    assert (world.job.steps["build"].due_at, world.job.busy_steps) == (34.0, 0)
    world.now = 40.0
    world.tell(StepDue(40.0, "build", 1))
    world.claim("build")
    world.tell(StepLost(50.0, "build", 2, "its worker is gone"))
    assert world.job.steps["build"].error_message == "its worker is gone"
    assert world.job.status is JobStatus.FAILED


def test_a_lost_step_has_no_exit_code_that_could_forbid_another_attempt():
    world = World(job_of(flow(build=step(retry=Retry(2, on_exit_codes=(75,)))))).admit()
    world.claim("build")
    world.tell(StepLost(4.0, "build", 1, "its worker is gone"))
    assert world.statuses() == {"build": "pending"}


def test_a_timer_counts_once():
    world = running()
    stale(world, StepDue(1.0, "build", 1))
    world.exit("build", **failed())
    stale(world, StepDue(99.0, "build", 2))
    world.tell(StepDue(99.0, "build", 1))
    assert world.job.steps["build"].due_at is None
    stale(world, StepDue(99.0, "build", 1))


def test_a_timer_that_callbacks_twice_does_not_shorten_the_wait_for_the_retry():
    wait = Action("wait", fields={"event": "go"}, timeout_s=5.0)
    world = World(job_of(flow(wait=step(action=wait, retry=Retry(2, 30.0))))).admit()
    world.tell(StepDue(5.0, "wait", 1))
    assert world.job.steps["wait"].due_at == 35.0
    stale(world, StepDue(5.0, "wait", 1), StepDue(34.9, "wait", 1))
    world.tell(StepDue(35.0, "wait", 1))
    assert world.job.steps["wait"].attempt == 2


def test_admission_counts_once():
    world = running()
    stale(world, JobAdmitted(1.0))


def test_a_suspended_step_orders_its_child_until_it_has_one():
    world = World(job_of(flow(call=step(action=CHILD)))).admit()
    assert outstanding(world.job) == (StartChild("call", 1), WakeStep("call", 1, 60.0))
    stale(world, ChildStarted(1.0, "call", 2, "child"))
    world.tell(ChildStarted(1.0, "call", 1, "child"))
    assert outstanding(world.job) == (WakeStep("call", 1, 60.0),)
    stale(world, ChildStarted(1.0, "call", 1, "child"), ChildStarted(1.0, "call", 1, "other"))


def test_only_the_child_that_is_awaited_ends_its_step():
    world = World(job_of(flow(call=step(action=CHILD), nap=step(action=NAP), build={}))).admit()
    world.tell(ChildStarted(1.0, "call", 1, "child"))
    done = JobStatus.COMPLETED
    stale(
        world,
        ChildEnded(2.0, "call", 1, "other", done),
        ChildEnded(2.0, "call", 2, "child", done),
        ChildEnded(2.0, "nap", 1, "child", done),
        ChildEnded(2.0, "build", 0, "child", done),
    )
    world.tell(ChildEnded(2.0, "call", 1, "child", done))
    stale(world, ChildEnded(2.0, "call", 1, "child", done))


def test_a_child_that_cannot_be_started_fails_its_step():
    world = World(job_of(flow(call=step(action=CHILD)))).admit()
    stale(world, StepExited(1.0, "call", 1))
    world.tell(StepExited(1.0, "call", 1, error="there is no task named 'other'", may_retry=False))
    assert world.job.error_message == "step \"call\" failed: there is no task named 'other'"


def test_a_step_whose_child_runs_ends_only_with_its_child():
    world = World(job_of(flow(call=step(action=CHILD)))).admit()
    world.tell(ChildStarted(1.0, "call", 1, "child"))
    stale(world, StepExited(1.0, "call", 1, error="no"))


def test_a_child_that_ends_again_after_its_step_has_ended_touches_nothing():
    """A person opened the child again, or retried it."""
    world = World(job_of(flow(call=step(action=CHILD), other={}))).admit()
    world.tell(ChildStarted(1.0, "call", 1, "child"))
    world.tell(ChildEnded(2.0, "call", 1, "child", JobStatus.FAILED))
    stale(world, ChildEnded(3.0, "call", 1, "child", JobStatus.COMPLETED))
    assert world.statuses() == {"call": "failed", "other": "ready"}


def test_a_step_with_a_child_is_not_counted_among_those_that_run():
    world = World(job_of(flow(call=step(action=CHILD), other={}), max_parallel_steps=1)).admit()
    world.tell(ChildStarted(1.0, "call", 1, "child"))
    world.claim("other")
    assert world.statuses() == {"call": "suspended", "other": "running"}


def test_a_child_that_takes_too_long_is_cancelled_before_its_step_ends():
    world = World(job_of(flow(call=step(action=CHILD)))).admit()
    world.tell(ChildStarted(1.0, "call", 1, "child"))
    assert world.tell(StepDue(60.0, "call", 1)).effects == (CancelChild("call", "child"),)
    assert world.statuses() == {"call": "suspended"}
    world.tell(ChildEnded(61.0, "call", 1, "child", JobStatus.CANCELLED))
    assert world.job.steps["call"].error_message == "the child job did not end within 60 s"


def test_a_child_that_was_never_started_times_out_at_once():
    world = World(job_of(flow(call=step(action=CHILD)))).admit()
    world.tell(StepDue(60.0, "call", 1))
    assert world.statuses() == {"call": "failed"}


def test_a_wait_that_times_out_fails_and_an_approval_does_what_it_says():
    wait, ask = Action("wait", fields={"event": "go"}), Action("approval", timeout_s=5.0)
    trusting = Action("approval", timeout_s=5.0, fields={"on_timeout": "approve"})
    world = World(job_of(flow(wait=step(action=wait), ask=step(action=ask), trust=step(action=trusting)))).run()
    assert world.now == 86_400.0
    assert world.statuses() == {"wait": "failed", "ask": "failed", "trust": "completed"}
    assert world.job.steps["ask"].error_message == "nobody decided within 5 s"
    assert world.job.steps["trust"].output["approved_by"] is None


def test_a_refused_report_leaves_the_job_as_it_was():
    world = running()
    before = world.job
    stale(world, StepExited(1.0, "build", 9))
    assert world.job is before
    assert before == advance(World(job_of(flow(build=step(retry=Retry(2, 30.0))))).admit().job, world.events[-1]).job


def test_a_loop_itself_is_never_claimed_nor_reported():
    world = World(job_of(flow(each=step(for_each=[1, 2])))).admit()
    stale(
        world,
        StepClaimed(1.0, "each", 1, "worker-1", "token"),
        StepExited(1.0, "each", 0),
        StepLost(1.0, "each", 0, "gone"),
        StepDue(1.0, "each", 0),
    )


def test_the_type_of_an_action_decides_whether_a_worker_is_asked():
    assert not SHELL.suspends
    world = World(job_of(flow(build={}, nap=step(action=NAP)))).admit()
    assert outstanding(world.job) == (OfferStep("build", 1), WakeStep("nap", 1, 10.0))
