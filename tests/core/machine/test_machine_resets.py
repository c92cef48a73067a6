"""What runs again: a step, a subtree, a whole job; and an ended job that is opened for it."""

import pytest
from engine import World, all_of, any_of, counters, failed, finished, flow, job_of, need, recount, step

from gitflow.core.errors import Conflict, NotFound
from gitflow.core.jobs.effects import CancelChild, CloseJob, ExpireJob, KillStep, OfferStep, RunHooks
from gitflow.core.jobs.events import (
    CancelRequested,
    ChildEnded,
    ChildStarted,
    EventReceived,
    JobExpired,
    JobPaused,
    JobRestarted,
    OwnerLost,
    StepDecided,
    StepExited,
    StepForced,
    StepReset,
    StepSkipped,
    SubtreeReplayed,
)
from gitflow.core.jobs.hooks import hook_context
from gitflow.core.language.definition import Action, Hook, Hooks, Retry
from gitflow.core.status import JobStatus

ASK = Action("approval")
CALL = Action("task", fields={"task": "other"})
HOOKS = Hooks(*((Hook("tell"),) for _ in range(4)))
CHAIN = flow(build={}, test={"build"}, ship={"test"})


def again(world, name, at=20.0):
    world.now = at
    return world.tell(StepReset(at, name, "ada"))


def replayed(world, name, at=20.0):
    world.now = at
    return world.tell(SubtreeReplayed(at, name, "ada"))


def restarted(world, at=20.0):
    world.now = at
    return world.tell(JobRestarted(at, "ada"))


def forced(world, name, output=None, at=20.0):
    world.now = at
    return world.tell(StepForced(at, name, "ada", output))


def test_a_retried_step_goes_on_counting_its_attempts_with_a_fresh_budget():
    world = finished(flow(test=step(retry=Retry(2))), {"test": [failed(), failed(), failed(), {}]})
    assert (world.job.status, world.job.steps["test"].attempt) == (JobStatus.FAILED, 2)
    assert OfferStep("test", 3) in again(world, "test").effects
    world.run()
    assert (world.job.status, world.job.steps["test"].attempt) == (JobStatus.COMPLETED, 4)


def test_a_retried_step_stands_as_if_it_had_never_run():
    world = finished(CHAIN, {"test": [failed(output={"n": 1})]})
    again(world, "test")
    run = world.job.steps["test"]
    assert (run.output, run.exit_code, run.error_message, run.started_at, run.worker_id) == (None,) * 5


def test_what_was_skipped_because_of_a_retried_step_waits_again():
    world = finished(CHAIN, {"test": [failed(), {}]})
    again(world, "test")
    assert world.statuses() == {"build": "completed", "test": "ready", "ship": "pending"}
    assert world.job.steps["ship"].skip_reason is None
    assert world.run().statuses() == {"build": "completed", "test": "completed", "ship": "completed"}


def test_what_completed_after_a_retried_step_stays():
    world = finished(CHAIN)
    again(world, "build")
    assert world.statuses() == {"build": "ready", "test": "completed", "ship": "completed"}
    world.started.clear()
    assert world.run().started == ["build"]


def test_what_its_own_condition_skipped_is_decided_again_and_what_a_person_skipped_is_not():
    steps = flow(build={}, maybe=step("build", when="build.output.n > 1"), other={"build"}, end={"other"})
    world = World(job_of(steps), {"build": [{"output": {"n": 1}}, {"output": {"n": 2}}]}).admit()
    world.tell(StepSkipped(0.0, "other", "ada"))
    assert world.run().statuses()["maybe"] == "skipped"
    again(world, "build")
    assert world.statuses() == {"build": "ready", "maybe": "pending", "other": "skipped", "end": "completed"}
    assert world.run().statuses()["maybe"] == "completed"


def test_what_was_about_to_begin_waits_for_a_retried_step():
    steps = flow(build={}, test={"build"}, ask=step("build", action=ASK), late=step("build", retry=Retry(2, 60.0)))
    world = World(job_of(steps)).admit()
    world.claim("build")
    world.exit("build")
    world.claim("late")
    world.exit("late", **failed())
    again(world, "build")
    assert world.statuses() == {"build": "ready", "test": "pending", "ask": "pending", "late": "pending"}
    assert world.job.steps["late"].due_at is None
    with pytest.raises(Conflict):
        world.tell(StepDecided(20.0, "ask", "ada", True))
    world.claim("build")
    world.exit("build")
    assert world.statuses() == {"build": "completed", "test": "ready", "ask": "suspended", "late": "ready"}
    assert world.job.steps["ask"].attempt == 2


def test_a_step_is_not_retried_under_one_that_depends_on_it_and_runs():
    world = World(job_of(CHAIN)).admit()
    for name in ("build", "test", "ship"):
        world.claim(name)
        if name != "ship":
            world.exit(name)
    for ask in (again, replayed):
        with pytest.raises(Conflict, match="step 'ship' depends on 'build' and is running; it must end first"):
            ask(world, "build")


def test_a_step_is_not_retried_under_a_child_job_that_depends_on_it():
    world = World(job_of(flow(build={}, call=step("build", action=CALL)))).admit()
    world.claim("build")
    world.exit("build")
    world.tell(ChildStarted(0.0, "call", 1, "child"))
    with pytest.raises(Conflict, match="'call' depends on 'build' and is suspended"):
        again(world, "build")


@pytest.mark.parametrize("ask", [again, replayed])
def test_only_what_has_ended_runs_again(ask):
    world = World(job_of(flow(build={}, test={"build"})))
    with pytest.raises(Conflict, match="has not started"):
        ask(world, "build")
    world.admit()
    with pytest.raises(Conflict, match="'build' is ready and cannot be re"):
        ask(world, "build")
    with pytest.raises(NotFound):
        ask(world, "biuld")
    world.claim("build")
    world.cancel()
    with pytest.raises(Conflict, match="is being cancelled"):
        ask(world, "test")


def test_an_ended_job_is_opened_again_with_a_time_limit_that_begins_anew():
    world = finished(flow(test={}), {"test": [failed(), {}]}, timeout_s=60.0, hooks=HOOKS)
    assert again(world, "test").effects == (OfferStep("test", 2), ExpireJob(80.0))
    job = world.job
    assert (job.status, job.reopened, job.completed_at, job.error_message) == (JobStatus.RUNNING, 1, None, None)
    world.effects.clear()
    world.run()
    assert world.ends() == [RunHooks("on_success"), CloseJob()]
    assert hook_context(world.job)["reopened"] is True
    assert ("job.reopened", None) in world.whats()


def test_the_time_limit_of_a_job_that_was_opened_again_is_told_as_the_author_wrote_it():
    world = finished(flow(test={}), timeout_s=60.0)
    again(world, "test", at=500.0)
    world.tell(JobExpired(560.0))
    assert world.job.error_message == "it did not end within 60 s"


def test_a_cancelled_job_that_is_opened_again_is_no_longer_being_cancelled():
    world = World(job_of(flow(build={}, test={"build"}, other={}))).admit()
    world.claim("build")
    world.cancel()
    world.run()
    again(world, "build")
    assert not world.job.cancelling
    assert world.statuses() == {"build": "ready", "test": "pending", "other": "cancelled"}
    world.run()
    assert (world.job.status, world.statuses()["test"]) == (JobStatus.CANCELLED, "completed")
    assert world.job.error_message == 'steps were cancelled before and not run again: "other"'


def test_a_job_that_was_interrupted_goes_on_where_it_is_retried():
    world = World(job_of(CHAIN)).admit()
    world.claim("build")
    world.tell(OwnerLost(1.0))
    again(world, "build")
    assert world.run().job.status is JobStatus.COMPLETED


def test_a_late_report_of_an_attempt_before_the_reset_changes_nothing():
    world = finished(flow(test={}), {"test": [failed()]})
    again(world, "test")
    with pytest.raises(Exception, match="attempt 1 of step 'test' is not in progress"):
        world.tell(StepExited(21.0, "test", 1, exit_code=0))


def test_a_replay_resets_the_step_and_all_that_depends_on_it():
    world = finished(flow(build={}, test={"build"}, ship={"test"}, lint={}))
    assert replayed(world, "build").reset_steps == 3
    assert world.statuses() == {"build": "ready", "test": "pending", "ship": "pending", "lint": "completed"}
    world.started.clear()
    assert world.run().started == ["build", "test", "ship"]
    assert all(world.job.steps[name].attempt == 2 for name in ("build", "test", "ship"))


def test_a_replay_takes_back_what_a_person_decided():
    world = World(job_of(CHAIN)).admit()
    world.tell(StepForced(0.0, "test", "ada", {"n": 1}))
    world.tell(StepSkipped(0.0, "build", "ada"))
    world.run()
    assert replayed(world, "build").reset_steps == 3
    assert world.statuses() == {"build": "ready", "test": "pending", "ship": "pending"}


def test_a_retried_loop_drops_its_instances_and_their_attempts_go_on_counting():
    outcomes = {"list": [{"output": {"items": 3}}, {"output": {"items": 1}}], "each[0]": [failed(), {}]}
    steps = flow(list={}, each=step("list", for_each="range(list.output.items) | list", retry=Retry(2)))
    world = World(job_of(steps), outcomes).run()
    result = replayed(world, "list")
    assert result.removed == ("each[0]", "each[1]", "each[2]")
    assert world.statuses() == {"list": "ready", "each": "pending"}
    world.run()
    assert list(world.job.steps) == ["list", "each", "each[0]"]
    assert (world.job.steps["each[0]"].attempt, world.job.status) == (3, JobStatus.COMPLETED)


def test_a_loop_that_runs_again_at_once_removes_only_what_it_does_not_make_again():
    world = finished(flow(each=step(for_each=[1, 2])))
    result = again(world, "each")
    assert (result.removed, world.statuses()["each[1]"]) == ((), "ready")
    assert set(result.changed) == {"each", "each[0]", "each[1]"}
    world.run()
    assert [world.job.steps[f"each[{index}]"].attempt for index in (0, 1)] == [2, 2]


def test_a_retried_instance_opens_its_loop_and_what_the_loop_kept_from_running():
    steps = flow(each=step(for_each=[1, 2, 3]), end={"each"})
    world = finished(steps, {"each[1]": [failed(), {}]})
    assert world.statuses()["end"] == "skipped"
    again(world, "each[1]")
    assert world.statuses() == {
        "each": "running",
        "end": "pending",
        "each[0]": "completed",
        "each[1]": "ready",
        "each[2]": "completed",
    }
    assert world.run().job.status is JobStatus.COMPLETED


def test_the_instances_after_a_retried_one_of_a_sequential_loop_have_their_turn():
    world = finished(flow(each=step(for_each=[1, 2, 3], sequential=True)), {"each[0]": [failed(), {}]})
    assert world.statuses() == {"each": "failed", "each[0]": "failed", "each[1]": "skipped", "each[2]": "skipped"}
    again(world, "each[0]")
    world.started.clear()
    assert world.run().started == ["each[0]", "each[1]", "each[2]"]
    assert world.most_at_once == 1


def test_a_retried_instance_of_a_loop_that_runs_waits_for_a_place():
    world = World(job_of(flow(each=step(for_each=[1, 2, 3, 4], max_parallel=2, continue_on_failure=True)))).admit()
    for index in (0, 1):
        world.claim(f"each[{index}]")
    world.exit("each[0]", **failed())
    again(world, "each[0]")
    assert [world.statuses()[f"each[{index}]"] for index in range(4)] == ["pending", "running", "ready", "pending"]
    world.claim("each[2]")
    world.exit("each[1]")
    assert [world.statuses()[f"each[{index}]"] for index in (0, 3)] == ["ready", "pending"]
    world.run()
    assert (world.job.status, world.most_at_once) == (JobStatus.COMPLETED, 2)


def test_an_instance_that_no_worker_has_taken_yet_holds_its_place_against_one_that_is_retried():
    world = World(job_of(flow(each=step(for_each=[1, 2, 3, 4], max_parallel=2, continue_on_failure=True)))).admit()
    world.claim("each[0]")
    world.exit("each[0]", **failed())
    again(world, "each[0]")
    assert [world.statuses()[f"each[{index}]"] for index in range(4)] == ["pending", "ready", "ready", "pending"]


def test_an_instance_that_is_skipped_before_a_worker_takes_it_gives_its_place_to_the_next():
    world = World(job_of(flow(each=step(for_each=[1, 2, 3], max_parallel=1)))).admit()
    world.tell(StepSkipped(0.0, "each[0]", "ada"))
    assert world.statuses() == {"each": "running", "each[0]": "skipped", "each[1]": "ready", "each[2]": "pending"}
    assert world.run().started == ["each[1]", "each[2]"]


def test_a_failed_step_that_is_forced_lets_what_it_kept_from_running_run():
    world = finished(
        flow(build={}, test={"build"}, ship={"test"}, tidy=step(need("test", "any"))), {"test": [failed()]}
    )
    forced(world, "test", {"n": 1})
    assert world.statuses() == {"build": "completed", "test": "completed", "ship": "ready", "tidy": "completed"}
    assert (world.job.status, world.job.reopened) == (JobStatus.RUNNING, 1)
    world.run()
    assert (world.job.status, world.job.steps["test"].error_message) == (JobStatus.COMPLETED, None)


def test_a_job_of_which_nothing_is_left_ends_as_soon_as_its_failed_step_is_forced():
    world = finished(flow(build={}, test={"build"}), {"test": [failed()]}, hooks=HOOKS)
    assert forced(world, "test", {"n": 1}).effects == (RunHooks("on_success"), CloseJob())
    assert (world.job.status, world.job.reopened, world.job.output) == (JobStatus.COMPLETED, 1, {"test": {"n": 1}})


def test_a_failed_instance_is_forced_without_freeing_its_place_twice():
    world = World(job_of(flow(each=step(for_each=[1, 2, 3], max_parallel=1, continue_on_failure=True)))).admit()
    world.claim("each[0]")
    world.exit("each[0]", **failed())
    forced(world, "each[0]", {"n": 1})
    assert [world.statuses()[f"each[{index}]"] for index in range(3)] == ["completed", "ready", "pending"]
    assert world.run().job.steps["each"].output == [{"n": 1}, None, None]


def test_a_failed_instance_of_an_ended_loop_is_forced():
    world = finished(flow(each=step(for_each=[1, 2], sequential=True), end={"each"}), {"each[0]": [failed()]})
    forced(world, "each[0]")
    assert world.statuses() == {"each": "running", "end": "pending", "each[0]": "completed", "each[1]": "ready"}
    assert world.run().job.status is JobStatus.COMPLETED


def test_a_step_is_not_forced_under_what_would_wait_for_it_again():
    steps = flow(test={}, ship={"test"}, tidy=step(need("ship", "any")))
    world = World(job_of(steps)).admit()
    world.claim("test")
    world.exit("test", **failed())
    world.claim("tidy")
    with pytest.raises(Conflict, match="'tidy' depends on 'test' and is running"):
        forced(world, "test")


def test_an_instance_is_not_forced_under_what_uses_its_loop_when_others_would_then_run():
    world = World(job_of(flow(each=step(for_each=[1, 2], sequential=True), tidy=step(need("each", "any"))))).admit()
    world.claim("each[0]")
    world.exit("each[0]", **failed())
    world.claim("tidy")
    with pytest.raises(Conflict, match="'tidy' depends on 'each' and is running"):
        forced(world, "each[0]")


def test_what_was_about_to_begin_waits_again_for_the_rest_of_a_loop():
    world = World(job_of(flow(each=step(for_each=[1, 2], sequential=True), tidy=step(need("each", "any"))))).admit()
    world.claim("each[0]")
    world.exit("each[0]", **failed())
    assert world.statuses()["tidy"] == "ready"
    forced(world, "each[0]")
    assert world.statuses() == {"each": "running", "tidy": "pending", "each[0]": "completed", "each[1]": "ready"}
    assert world.run().job.status is JobStatus.COMPLETED


def test_a_step_that_waits_for_its_retry_may_be_skipped_though_its_last_child_is_known():
    world = World(job_of(flow(call=step(action=CALL, retry=Retry(2, 5.0))))).admit()
    world.tell(ChildStarted(0.0, "call", 1, "child"))
    world.tell(ChildEnded(0.0, "call", 1, "child", JobStatus.FAILED))
    assert (world.statuses()["call"], world.job.steps["call"].child_job_id) == ("pending", "child")
    world.tell(StepSkipped(1.0, "call", "ada"))
    assert world.job.status is JobStatus.COMPLETED


def test_a_restart_of_an_ended_job_runs_all_of_it_at_its_own_revision():
    world = World(job_of(flow(build={}, each=step("build", for_each=[1, 2])), timeout_s=60.0)).admit()
    world.tell(EventReceived(0.0, "e1", "go"))
    world.run()
    result = restarted(world)
    assert (result.reset_steps, world.job.sent_events, result.removed) == (2, (), ("each[0]", "each[1]"))
    job = world.job
    assert (job.id, job.started_at, job.expires_at, job.reopened) == ("job-1", 20.0, 80.0, 1)
    world.started.clear()
    assert world.run().started == ["build", "each[0]", "each[1]"]


def test_a_running_job_is_cancelled_before_it_is_restarted():
    world = World(job_of(flow(build={}, call=step(action=CALL), test={"build"}), hooks=HOOKS)).admit()
    world.claim("build")
    world.tell(ChildStarted(0.0, "call", 1, "child"))
    effects = restarted(world, at=5.0).effects
    assert {type(effect) for effect in effects} == {KillStep, CancelChild}
    assert (world.job.cancelling, world.job.restart_by) == (True, "ada")
    assert world.statuses()["test"] == "cancelled"
    world.effects.clear()
    world.run()
    assert (world.job.status, world.job.restart_by, world.job.cancel_status) == (JobStatus.COMPLETED, None, None)
    assert world.ends() == [RunHooks("on_success"), CloseJob()]
    assert world.job.reopened == 0
    assert [what for what, _ in world.whats() if what.startswith("job.")] == [
        "job.running",
        "job.restart_requested",
        "job.restarted",
        "job.completed",
    ]


def test_a_restart_may_be_asked_for_twice_and_a_cancel_takes_it_back():
    world = World(job_of(CHAIN)).admit()
    world.claim("build")
    restarted(world)
    assert restarted(world).history == ()
    world.tell(CancelRequested(21.0, "bob"))
    world.exit("build", killed=True)
    assert (world.job.status, world.job.error_message) == (JobStatus.CANCELLED, "cancelled by bob")


def test_a_job_that_is_being_cancelled_may_be_restarted_instead():
    world = World(job_of(CHAIN)).admit()
    world.claim("build")
    world.cancel()
    restarted(world)
    world.exit("build", killed=True)
    assert (world.job.status, world.statuses()["build"]) == (JobStatus.RUNNING, "ready")


def test_a_restart_dies_with_the_owner_of_the_job():
    world = World(job_of(CHAIN)).admit()
    world.claim("build")
    restarted(world)
    world.tell(OwnerLost(30.0))
    assert (world.job.status, world.job.restart_by) == (JobStatus.CANCELLED, None)


def test_a_paused_job_that_is_restarted_runs():
    world = World(job_of(flow(build={}, lint={}))).admit()
    world.tell(JobPaused(1.0, "ada"))
    effects = restarted(world).effects
    assert effects == (OfferStep("build", 1), OfferStep("lint", 1))
    assert (world.job.status, world.job.paused_at) == (JobStatus.RUNNING, None)


def test_a_job_of_nothing_restarts_and_ends_again():
    world = finished({})
    assert restarted(world).effects == (CloseJob(),)
    assert (world.job.status, world.job.reopened) == (JobStatus.COMPLETED, 1)


@pytest.mark.parametrize("wanted", [all_of("a", "b"), any_of("a", "b")])
def test_the_counts_are_right_after_any_reset(wanted):
    world = finished(flow(a={}, b={}, c=step(wanted), d={"c"}), {"a": [failed(), {}]})
    again(world, "a")
    assert counters(world.job) == recount(world.job)
    world.run()
    assert counters(world.job) == recount(world.job)
