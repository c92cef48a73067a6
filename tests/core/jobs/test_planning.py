"""From a snapshot to a plan, to a job, and to the job that retries it."""

import pytest
from engine import (
    SHELL,
    World,
    all_of,
    any_of,
    counters,
    failed,
    finished,
    flow,
    job_of,
    need,
    plan_of,
    recount,
    step,
)

from gitflow.core.errors import Conflict, InvalidInput, NotFound
from gitflow.core.jobs.events import EventReceived, JobRestarted, OwnerLost, StepReset, StepSkipped, SubtreeReplayed
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import new_job, plan_task, retry_job
from gitflow.core.language.definition import Action, Field, Hook, Hooks, Step, Task
from gitflow.core.language.snapshot import Snapshot
from gitflow.core.machine.machine import outstanding
from gitflow.core.problems import Place
from gitflow.core.record import replace
from gitflow.core.status import JobStatus

GREET = Action("shell", "greet", input={"name": Field("name")})
FAILING = {"test": [failed()]}


def snapshot(**parts):
    return Snapshot("default", "abc123", **{"actions": {"greet": GREET}, **parts})


def made(plan, **wanted):
    defaults = {"id": "job-1", "workspace": "default", "revision": "abc123", "input": {}, "at": 5.0}
    return new_job(plan, **{**defaults, "source": Source(), **wanted})


def again(job, **wanted):
    return retry_job(job, **{"id": "job-2", "at": 50.0, "source": Source("api"), **wanted})


def test_a_plan_holds_every_action_by_the_name_of_its_step():
    steps = {"say-hello": Step("say-hello", action="greet"), "loud": Step("loud", inline=SHELL)}
    plan = plan_task(snapshot(tasks={"hello": Task("hello", steps)}), "hello")
    assert plan.actions == {"say-hello": GREET, "loud": SHELL}
    assert plan.template_names == {"say_hello": "say-hello"}


def test_a_plan_knows_nested_needs():
    steps = flow(a={}, b={}, c={}, d=step(any_of("a", all_of("b", need("c", "any")))))
    plan = plan_task(snapshot(tasks={"t": Task("t", steps)}), "t")
    assert plan.graph.needs["d"] == ("a", "b", "c")


def test_an_unknown_task_or_action_is_named_with_a_near_name():
    shot = snapshot(tasks={"hello": Task("hello", {"say": Step("say", action="great")})})
    with pytest.raises(NotFound, match="task named 'helo'; did you mean \"hello\""):
        plan_task(shot, "helo")
    with pytest.raises(NotFound, match="action named 'great'; did you mean \"greet\""):
        plan_task(shot, "hello")
    with pytest.raises(NotFound, match="action named 'gone'"):
        plan_task(shot, "_hook:gone")


def test_the_hooks_of_a_task_replace_the_workspaces_occasion_by_occasion():
    own, shared = (Hook("own"),), (Hook("shared"),)
    tasks = {"t": Task("t", {}, hooks=Hooks(on_error=own))}
    hooks = plan_task(snapshot(tasks=tasks, hooks=Hooks(shared, shared, shared, shared)), "t").hooks
    assert hooks == Hooks(on_success=shared, on_error=own, on_cancel=shared, on_suspended=shared)


def test_a_hook_runs_its_action_with_the_jobs_input_and_fires_no_hooks():
    hooks = Hooks(*(((Hook("greet"),)) for _ in range(4)))
    plan = plan_task(snapshot(hooks=hooks), "_hook:greet")
    assert (plan.task.name, plan.task.input) == ("_hook:greet", GREET.input)
    assert list(plan.actions.values()) == [GREET]
    assert plan.hooks == Hooks()
    assert World(made(plan, input={"name": "x"})).run().job.status is JobStatus.COMPLETED


def test_a_new_job_takes_from_its_task_what_it_is_not_given():
    task = Task("t", {}, priority=3, labels={"team": "a", "kind": "x"}, timeout_s=60.0)
    plan = plan_task(snapshot(tasks={"t": task}), "t")
    job = made(plan)
    assert (job.priority, job.labels, job.expires_at) == (3, {"team": "a", "kind": "x"}, 65.0)
    job = made(plan, priority=0, labels={"team": "b"})
    assert (job.priority, job.labels) == (0, {"team": "b", "kind": "x"})
    assert job.version == 0


def test_the_steps_of_a_job_keep_the_order_of_the_text():
    assert list(job_of(flow(ship={"build"}, build={})).steps) == ["ship", "build"]


def test_a_retry_carries_over_what_completed_and_runs_the_rest():
    outcomes = {**FAILING, "build": [{"output": {"n": 1}}]}
    before = finished(flow(build={}, test={"build"}, ship={"test"}, lint={}), outcomes).job
    job = again(before)
    assert (job.status, job.retry_of_job_id, job.created_at) == (JobStatus.PENDING, "job-1", 50.0)
    assert {name: run.status.value for name, run in job.steps.items()} == {
        "build": "completed",
        "test": "pending",
        "ship": "pending",
        "lint": "completed",
    }
    assert job.steps["build"] == before.steps["build"]
    world = World(job).run()
    assert world.started == ["test", "ship"]
    assert world.job.status is JobStatus.COMPLETED


def test_a_retry_counts_only_what_is_open():
    job = again(finished(flow(build={}, test={"build"}, ship={"test", "build"}), FAILING).job)
    assert counters(job) == recount(job)
    assert (job.open_steps, job.steps["ship"].open_needs) == (2, 1)


def test_what_completed_after_a_failure_is_not_repeated():
    job = again(finished(flow(test={}, tidy=step(need("test", "any"))), FAILING).job)
    assert counters(job) == recount(job)
    assert World(job).run().started == ["test"]


def test_a_retry_carries_over_the_completed_instances_of_every_loop():
    steps = flow(each=step(for_each=[1, 2]), broken=step(for_each=[1, 2]), test={"each"})
    job = again(finished(steps, {**FAILING, "broken[0]": [failed()]}).job)
    assert list(job.steps) == ["each", "broken", "test", "each[0]", "each[1]", "broken[1]"]
    world = World(job).run()
    assert world.started == ["broken[0]", "test"]
    assert (world.job.status, world.job.steps["broken"].ended_instances) == ("completed", 2)


def kept_by_a_loop_that_never_began():
    """A job that retries another one, and was cancelled at once; and the instance that its loop would have kept."""
    steps = flow(loop=step(for_each=[1, 2]))
    world = World(again(finished(steps, {"loop[0]": [failed()]}).job))
    world.cancel()
    assert world.statuses() == {"loop": "cancelled", "loop[1]": "completed"}
    return world


def test_an_instance_that_was_carried_over_runs_again_only_with_its_loop():
    world = kept_by_a_loop_that_never_began()
    for event in (StepReset, SubtreeReplayed):
        with pytest.raises(Conflict, match="its loop has not begun; retry 'loop' instead"):
            world.tell(event(60.0, "loop[1]", "ada"))
    world.tell(StepReset(60.0, "loop", "ada"))
    assert world.run().started == ["loop[0]"]
    assert counters(world.job) == recount(world.job)


def test_a_job_that_starts_again_keeps_nothing_that_was_carried_over_for_its_loops():
    world = kept_by_a_loop_that_never_began()
    world.tell(JobRestarted(60.0, "ada"))
    assert world.run().started == ["loop[0]", "loop[1]"]
    assert [world.job.steps[name].attempt for name in ("loop[0]", "loop[1]")] == [2, 2]
    assert counters(world.job) == recount(world.job)


def test_an_instance_is_carried_over_only_for_the_item_it_completed():
    steps = flow(loop=step(for_each="{{ input.items }}"), after={"loop"})
    ended = World(job_of(steps, input={"items": ["a", "b", "c", "d"]}), {"loop[1]": [failed()]}).admit().run().job
    other = retry_job(ended, id="again", at=50.0, source=Source("api"), input={"items": ["a", "b", "x"]})
    world = World(other).run()
    assert world.started == ["loop[1]", "loop[2]", "after"]
    assert [run.name for run in world.job.in_order()] == ["loop", "loop[0]", "loop[1]", "loop[2]", "after"]


def test_a_retry_keeps_what_the_job_was_asked_to_do():
    before = replace(job_of(flow(test={}), input={"n": 1}, priority=4, timeout_s=60.0), depth=2, hook={"job_id": "x"})
    job = again(World(before, FAILING).run().job)
    assert (job.input, job.priority, job.depth, job.hook) == ({"n": 1}, 4, 2, {"job_id": "x"})
    assert (job.expires_at, job.worker_id, job.error_message, job.completed_at) == (110.0, None, None, None)
    assert (job.source, job.attempt, again(before_ended(job), attempt=2).attempt) == (Source("api"), 1, 2)


def before_ended(job):
    world = World(job)
    world.cancel()
    return world.job


def test_a_retry_finishes_a_job_that_was_interrupted():
    world = World(job_of(flow(build={}, test={"build"}, ship={"test"}))).admit()
    world.claim("build")
    world.exit("build")
    world.claim("test")
    world.tell(OwnerLost(9.0))
    assert World(again(world.job)).run().started == ["test", "ship"]


def test_a_retry_starts_with_nothing_owed_but_its_time_limit():
    assert outstanding(again(finished(flow(test={}), FAILING).job)) == ()


def test_a_job_that_has_not_ended_is_not_retried():
    with pytest.raises(Conflict, match="has not ended: pending"):
        again(job_of(flow(build={})))


def test_a_job_of_which_nothing_is_left_is_not_retried():
    with pytest.raises(Conflict, match="job job-1 has no step left to run"):
        again(finished(flow(build={}, maybe=step(when="false"))).job)


def test_a_step_that_a_person_skipped_is_decided_again():
    world = World(job_of(flow(build={}, test={"build"}))).admit()
    world.tell(StepSkipped(1.0, "build", "ada"))
    world.outcomes = FAILING
    assert World(again(world.run().job)).run().started == ["build", "test"]


THREE = flow(build={}, test={"build"}, ship={"test"}, lint={})


def left(job):
    """What the new job has still to run; its counts are right."""
    assert counters(job) == recount(job)
    return [name for name, run in job.steps.items() if run.status.value == "pending"]


def test_a_retry_from_the_start_carries_nothing_over():
    assert left(again(finished(THREE).job, from_start=True)) == ["build", "test", "ship", "lint"]


def test_a_retry_from_a_step_runs_it_and_what_depends_on_it():
    job = again(finished(THREE).job, from_step="test")
    assert left(job) == ["test", "ship"]
    assert World(job).run().started == ["test", "ship"]


def test_a_retry_from_a_step_also_runs_what_did_not_complete():
    job = again(finished(THREE, {"lint": [failed()]}).job, from_step="ship")
    assert left(job) == ["ship", "lint"]


def test_a_retry_begins_with_no_events_and_no_attempts():
    world = World(job_of(THREE)).admit()
    world.tell(EventReceived(0.0, "e1", "go"))
    job = again(world.run().job, from_start=True)
    assert (job.sent_events, job.steps["build"].attempt, job.restart_by) == ((), 0, None)


def test_a_retry_from_nowhere_is_refused():
    job = finished(THREE).job
    with pytest.raises(NotFound, match="step named 'tset'; did you mean \"test\""):
        again(job, from_step="tset")
    with pytest.raises(InvalidInput, match="from its start or from a step; give one of them"):
        again(job, from_step="test", from_start=True)
    with pytest.raises(Conflict, match="no step left to run"):
        again(finished({}).job, from_start=True)


def latest(**steps):
    return {"plan": plan_of(flow(**steps)), "revision": "def456", "input": {"n": 2}}


def test_a_retry_at_the_latest_revision_carries_over_what_is_defined_as_it_was():
    before = finished(THREE, FAILING).job
    job = again(before, **latest(build={}, test={"build"}, ship={"test"}, lint={}))
    assert left(job) == ["test", "ship"]
    assert (job.revision, job.input) == ("def456", {"n": 2})


def test_what_is_defined_otherwise_runs_with_all_that_depends_on_it():
    before = finished(THREE, FAILING).job
    job = again(before, **latest(build={}, test={"build"}, ship={"test"}, lint=step(timeout_s=5.0)))
    assert left(job) == ["test", "ship", "lint"]
    changed = step(action=replace(SHELL, env={"A": "b"}))
    assert left(again(finished(THREE).job, **latest(build=changed, test={"build"}, ship={"test"}, lint={}))) == [
        "build",
        "test",
        "ship",
    ]


def test_steps_come_and_go_with_the_latest_revision():
    before = finished(flow(build={}, old={"build"}, end=step(need("old", "any"))), {"old": [failed()]}).job
    job = again(before, **latest(build={}, new={"build"}, end=step(need("new", "any"))))
    assert list(job.steps) == ["build", "new", "end"]
    assert left(job) == ["new", "end"]
    assert World(job).run().job.status is JobStatus.COMPLETED


def test_where_a_step_is_written_does_not_make_it_another():
    before = finished(THREE, FAILING).job
    moved = step(where=Place("x.yaml", 9, 9), action=replace(SHELL, where=Place("x.yaml", 10, 9)))
    assert left(again(before, **latest(build=moved, test={"build"}, ship={"test"}, lint={}))) == ["test", "ship"]


def test_a_retry_at_the_latest_revision_of_which_nothing_would_run_is_refused():
    same = latest(build={}, test={"build"}, ship={"test"}, lint={})
    with pytest.raises(Conflict, match="no step left to run"):
        again(finished(THREE).job, **same)
    with pytest.raises(Conflict, match="no step left to run"):
        again(finished(flow(build={}, maybe=step(when="false"))).job, **latest(build={}, maybe=step(when="false")))
