"""The same as the sentences, as data: what holds a step or a job back, and what let it go."""

from engine import World, failed, finished, flow, job_of, step

from gitflow.core.jobs.events import JobPaused, StepSkipped
from gitflow.core.language.definition import Action, Retry
from gitflow.core.machine.causes import (
    Cause,
    Queue,
    causes_of_job,
    causes_of_step,
    max_attempts,
    unblocked_by,
    waited_s,
)
from gitflow.core.record import replace


def causes(world, name="it"):
    return causes_of_step(world.job, world.job.steps[name])


def ready(**fields):
    task = {key: fields.pop(key) for key in ("max_parallel_steps",) if key in fields}
    return World(job_of(flow(it=step(**fields), other={}), **task)).admit()


def suspended(type, timeout_s=None, **fields):
    return ready(action=Action(type, fields=fields, timeout_s=timeout_s))


def test_a_step_waits_for_each_dependency_that_is_open():
    world = World(job_of(flow(a={}, b={}, it={"a", "b"}))).admit()
    assert causes(world) == (Cause("dependency", "a", value="ready"), Cause("dependency", "b", value="ready"))


def test_a_ready_step_waits_for_a_worker_with_tags_or_for_the_limit():
    assert causes(ready(action=Action("shell", tags=("gpu",)))) == (Cause("worker", value=["gpu"]),)
    world = ready(max_parallel_steps=1)
    world.claim("other")
    assert causes(world) == (Cause("limit", expression="max_parallel_steps", value=1),)


def test_what_a_suspended_step_waits_for():
    assert causes(suspended("approval", 5.0, approvers=["ops"])) == (Cause("approval", value=["ops"], until=5.0),)
    assert causes(suspended("wait", 5.0, event="go")) == (Cause("event", value="go", until=5.0),)
    assert causes(suspended("sleep", duration=9)) == (Cause("timer", until=9.0),)


def test_a_step_that_will_be_tried_again_waits_until_then():
    world = ready(retry=Retry(2, delay_s=30.0))
    world.claim("it")
    world.exit("it", **failed())
    (cause,) = causes(world)
    assert (cause.kind, cause.value, cause.until) == ("retry", 1, world.job.steps["it"].due_at)


def test_a_skipped_step_names_its_condition_or_the_dependency_that_refused_it():
    world = finished(flow(it=step(when="false")))
    assert causes(world) == (Cause("condition", expression="false", value=False),)
    world = finished(flow(a={}, it={"a"}), {"a": [failed()]})
    assert causes(world) == (Cause("dependency", "a", value="failed"),)
    world = ready()
    world.tell(StepSkipped(0.0, "it", "ada"))
    assert causes(world) == (Cause("person"),)


def test_a_completed_step_says_what_let_it_run_at_which_attempt_and_how_long_it_waited():
    world = finished(flow(a={}, b={}, it=step("a", "b", retry=Retry(3))), {"it": [failed(), {}]})
    run = world.job.steps["it"]
    last = unblocked_by(world.job, run)
    assert last is not None
    assert causes(world) == (Cause("dependency", last.name, value="completed"),)
    assert (run.attempt, max_attempts(world.job, run)) == (2, 3)
    assert waited_s(replace(run, ready_at=1.0, started_at=3.5)) == 2.5
    assert waited_s(replace(run, suspended_at=1.0, completed_at=61.0)) == 60.0


def test_a_job_that_has_not_begun_says_who_holds_its_group_and_how_many_are_before_it():
    job = replace(job_of(flow(it={})), group="g", group_limit=1)
    assert causes_of_job(job, Queue(("x",), 2)) == (Cause("limit", None, "g", 1, None, "x", 2),)
    assert causes_of_job(job) == (Cause("limit", expression="g", value=1),)
    assert causes_of_step(job, job.steps["it"], Queue(("x",), 2)) == causes_of_job(job, Queue(("x",), 2))


def test_a_job_waits_for_what_its_steps_wait_for():
    world = suspended("wait", 5.0, event="go")
    waits = Cause("event", "it", value="go", until=5.0)
    assert causes_of_job(world.job) == (waits, Cause("worker", "other", value=[]))
    world.tell(JobPaused(0.0, "ada"))
    assert causes_of_job(world.job) == (Cause("pause"),)
    assert causes_of_job(finished(flow(it={}), {"it": [failed()]}).job) == (Cause("dependency", "it", value="failed"),)
