"""How a job ends: by itself, by a person, by its time limit, or with its owner; and what is owed then."""

import pytest
from engine import World, failed, finished, flow, job_of, step

from gitflow.core.errors import Conflict, StaleEvent
from gitflow.core.jobs.effects import CancelChild, CloseJob, ExpireJob, KillStep, RetryJob, RunHooks, StartChild
from gitflow.core.jobs.events import ChildEnded, ChildStarted, JobAdmitted, JobExpired, OwnerLost, StepExited, StepLost
from gitflow.core.language.definition import Action, Hook, Hooks, Retry
from gitflow.core.machine.machine import advance, outstanding
from gitflow.core.record import replace
from gitflow.core.status import JobStatus

HOOKS = Hooks(*((Hook("tell"),) for _ in range(4)))
CHILD = Action("task", fields={"task": "other"})
NAP = Action("sleep", fields={"duration": 10})


def mixed(**job):
    """A running step, a suspended one, one that is ready and one that waits."""
    steps = flow(build=step(action=Action("shell", grace_s=3.0)), nap=step(action=NAP), lint={}, test={"build"})
    world = World(job_of(steps, **job)).admit()
    world.claim("build")
    return world


def test_a_cancel_kills_what_runs_and_cancels_the_rest_at_once():
    world = mixed()
    assert world.cancel(reason="wrong branch").effects == (KillStep("build", 1, 3.0),)
    assert world.statuses() == {"build": "running", "nap": "cancelled", "lint": "cancelled", "test": "cancelled"}
    assert world.job.status is JobStatus.RUNNING
    assert world.job.cancel_requested_at == 0.0


def test_a_cancelled_job_ends_when_its_last_process_is_gone():
    world = mixed()
    world.cancel(reason="wrong branch")
    world.exit("build", exit_code=None, killed=True)
    assert (world.statuses()["build"], world.job.status) == ("cancelled", JobStatus.CANCELLED)
    assert world.job.error_message == "cancelled by ada: wrong branch"


def test_a_step_that_ends_by_itself_during_a_cancel_keeps_its_result():
    for outcome, status in (({}, "completed"), (failed(), "failed")):
        world = mixed()
        world.cancel()
        world.exit("build", **outcome)
        assert (world.statuses()["build"], world.job.status) == (status, JobStatus.CANCELLED)


def test_nothing_is_tried_again_during_a_cancel():
    world = World(job_of(flow(build=step(retry=Retry(5))))).admit()
    world.claim("build")
    world.cancel()
    world.exit("build", **failed())
    assert world.statuses() == {"build": "failed"}


def test_a_step_whose_worker_dies_during_a_cancel_is_cancelled():
    world = mixed()
    world.cancel()
    world.tell(StepLost(1.0, "build", 1, "its worker is gone"))
    assert world.job.status is JobStatus.CANCELLED


def test_a_cancel_waits_for_the_child_job_to_end():
    world = World(job_of(flow(call=step(action=CHILD)))).admit()
    world.tell(ChildStarted(0.0, "call", 1, "child"))
    assert world.cancel().effects == (CancelChild("call", "child"),)
    assert outstanding(world.job) == (CancelChild("call", "child"),)
    world.tell(ChildEnded(1.0, "call", 1, "child", JobStatus.CANCELLED))
    assert (world.statuses()["call"], world.job.status) == ("cancelled", JobStatus.CANCELLED)


def test_a_child_that_was_not_started_yet_is_not_waited_for():
    world = World(job_of(flow(call=step(action=CHILD)))).admit()
    assert world.effects == [StartChild("call", 1)]
    world.cancel()
    assert world.job.status is JobStatus.CANCELLED


def test_a_job_that_was_not_admitted_is_cancelled_at_once():
    world = World(job_of(flow(build={}, test={"build"})))
    assert world.cancel().effects == (CloseJob(),)
    assert world.statuses() == {"build": "cancelled", "test": "cancelled"}
    with pytest.raises(StaleEvent):
        world.tell(JobAdmitted(1.0))


def test_a_second_cancel_and_a_cancel_of_an_ended_job_are_refused():
    world = mixed()
    world.cancel()
    with pytest.raises(Conflict, match="already being cancelled"):
        world.cancel()
    world.exit("build")
    with pytest.raises(Conflict, match="has ended: cancelled"):
        world.cancel()


def test_a_cancelled_step_says_who_cancelled_it():
    world = mixed()
    world.cancel()
    assert world.job.steps["test"].error_message == "cancelled by ada"
    assert ("job.cancel_requested", None) in world.whats()


def test_the_time_limit_is_owed_from_the_creation_on():
    job = job_of(flow(build={}), at=100.0, timeout_s=60.0)
    assert (job.expires_at, outstanding(job)) == (160.0, (ExpireJob(160.0),))
    assert ExpireJob(160.0) in advance(job, JobAdmitted(101.0)).effects


def test_a_job_past_its_limit_is_killed_and_times_out():
    world = mixed(timeout_s=60.0)
    assert world.expire().effects == (KillStep("build", 1, 3.0),)
    world.exit("build", exit_code=None, killed=True)
    assert world.job.status is JobStatus.TIMED_OUT
    assert world.job.error_message == "it did not end within 60 s"


def test_a_time_limit_counts_once_and_never_early():
    for job in (job_of(flow(build={})), job_of(flow(build={}), timeout_s=60.0)):
        with pytest.raises(StaleEvent):
            advance(job, JobExpired(59.9))
    world = mixed(timeout_s=60.0)
    world.cancel()
    with pytest.raises(StaleEvent):
        world.expire()


def test_when_its_owner_dies_what_ran_has_failed_and_so_has_the_job():
    world = mixed()
    world.tell(OwnerLost(9.0))
    assert world.statuses() == {"build": "failed", "nap": "cancelled", "lint": "cancelled", "test": "cancelled"}
    reason = "interrupted: the process that ran it ended"
    assert (world.job.status, world.job.error_message) == (JobStatus.FAILED, reason)
    assert world.job.steps["build"].error_message == reason


def test_a_lost_owner_leaves_no_attempts():
    world = World(job_of(flow(build=step(retry=Retry(5))))).admit()
    world.claim("build")
    world.tell(OwnerLost(9.0))
    assert world.statuses() == {"build": "failed"}


def test_when_the_owner_dies_during_a_cancel_the_job_is_cancelled():
    world = mixed()
    world.cancel()
    world.tell(OwnerLost(9.0))
    assert (world.statuses()["build"], world.job.status) == ("cancelled", JobStatus.CANCELLED)


def test_a_lost_owner_ends_loops_and_jobs_that_never_started_too():
    world = World(job_of(flow(each=step(for_each=[1, 2], sequential=True)))).admit()
    world.claim("each[0]")
    world.tell(OwnerLost(9.0))
    assert world.statuses() == {"each": "failed", "each[0]": "failed", "each[1]": "cancelled"}
    world = World(job_of(flow(build={})))
    world.tell(OwnerLost(9.0))
    assert world.job.status is JobStatus.FAILED
    with pytest.raises(StaleEvent):
        world.tell(OwnerLost(10.0))


@pytest.mark.parametrize(
    ("outcome", "occasion"), [({}, "on_success"), (failed(), "on_error")], ids=["success", "failure"]
)
def test_the_end_fires_the_hooks_of_its_occasion_and_closes_the_job(outcome, occasion):
    world = finished(flow(build={}), {"build": [outcome]}, hooks=HOOKS)
    assert world.ends() == [RunHooks(occasion), CloseJob()]
    assert outstanding(world.job) == (RunHooks(occasion), CloseJob())


def test_a_cancel_fires_on_cancel_and_a_time_limit_on_error():
    for end, occasion in ((World.cancel, "on_cancel"), (World.expire, "on_error")):
        world = World(job_of(flow(build={}), hooks=HOOKS, timeout_s=5.0)).admit()
        end(world)
        assert world.ends() == [RunHooks(occasion), CloseJob()]


def test_a_job_without_hooks_is_only_closed():
    assert finished(flow(build={})).ends() == [CloseJob()]


def test_what_a_hook_started_fires_none():
    job = replace(job_of(flow(build={}), hooks=HOOKS), hook={"job_id": "other"})
    assert World(job).run().ends() == [CloseJob()]


def test_an_automatic_retry_comes_before_the_hooks_on_error():
    world = finished(flow(build={}), {"build": [failed()]}, hooks=HOOKS, retry=Retry(2, 30.0))
    assert world.ends() == [RetryJob(30.0), CloseJob()]


def test_the_hooks_on_error_fire_when_no_automatic_retry_is_left():
    job = replace(job_of(flow(build={}), hooks=HOOKS, retry=Retry(2, 30.0)), attempt=2)
    assert World(job, {"build": [failed()]}).run().ends() == [RunHooks("on_error"), CloseJob()]


def test_a_job_of_which_no_step_failed_is_not_tried_again():
    world = finished(flow(build={}), hooks=HOOKS, retry=Retry(2), output="{{ input.nothing }}", has_output=True)
    assert world.ends() == [RunHooks("on_error"), CloseJob()]
    world = World(job_of(flow(build={}), retry=Retry(2), timeout_s=5.0)).admit()
    world.claim("build")
    world.expire()
    world.exit("build")
    assert (world.job.status, world.ends()) == (JobStatus.TIMED_OUT, [CloseJob()])


def test_neither_success_nor_a_cancel_is_tried_again():
    world = finished(flow(build={}), hooks=HOOKS, retry=Retry(2))
    assert world.ends() == [RunHooks("on_success"), CloseJob()]
    world = World(job_of(flow(build={}), retry=Retry(2))).admit()
    world.cancel()
    assert world.ends() == [CloseJob()]


def test_waiting_for_a_person_or_an_event_fires_on_suspended():
    steps = flow(ask=step(action=Action("approval")), nap=step(action=NAP))
    world = World(job_of(steps, hooks=HOOKS)).admit()
    assert RunHooks("on_suspended", "ask", 1) in world.effects
    assert RunHooks("on_suspended", "nap", 1) not in world.effects


@pytest.mark.parametrize("how", ["failed", "cancelled", "timed_out"])
def test_a_job_that_did_not_complete_has_no_output(how):
    """Neither before it is opened again, nor after that ends otherwise."""
    world = World(job_of(flow(build={}, test={}), timeout_s=5.0)).admit()
    world.claim("build")
    world.exit("build", output={"version": 1})
    world.claim("test")
    if how == "failed":
        world.exit("test", output={"part": 1}, **failed())
    else:
        world.cancel() if how == "cancelled" else world.expire()
        world.exit("test", output={"part": 1}, exit_code=None, killed=True)
    assert (world.job.status.value, world.job.output) == (how, None)
    assert world.job.steps["build"].output == {"version": 1}


def test_a_report_after_the_end_is_stale():
    world = finished(flow(build={}))
    with pytest.raises(StaleEvent):
        world.tell(StepExited(99.0, "build", 1))
