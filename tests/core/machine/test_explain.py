"""Why a step stands as it does: one sentence for every state and for everything a step may wait for."""

import pytest
from engine import World, failed, finished, flow, job_of, step

from gitflow.core.jobs.events import (
    ChildStarted,
    JobPaused,
    Rights,
    StepDecided,
    StepForced,
    StepReset,
    StepSkipped,
)
from gitflow.core.language.definition import Action, Retry
from gitflow.core.machine.explain import DECISIONS, Circumstances, explain
from gitflow.core.record import replace

CALL = Action("task", fields={"task": "other"})


def told(world, name="it"):
    return explain(world.job)[name]


def ready(**fields):
    task = {key: fields.pop(key) for key in ("max_parallel_steps",) if key in fields}
    return World(job_of(flow(it=step(**fields), other={}), **task)).admit()


def suspended(type, timeout_s=None, **fields):
    return ready(action=Action(type, fields=fields, timeout_s=timeout_s))


def test_a_step_that_waits_for_others_names_them():
    wide = {f"s{n}": {} for n in range(7)}
    world = World(job_of(flow(**wide, it=set(wide)))).admit()
    world.claim("s0")
    named = '"s0" (running), "s1" (ready), "s2" (ready), "s3" (ready), "s4" (ready)'
    assert told(world) == f"it waits for {named} and 2 more"


def test_a_job_that_has_not_begun_says_so():
    assert told(World(job_of(flow(it={})))) == "the job has not started"
    world = World(replace(job_of(flow(it={})), group="g", group_limit=2, starts_at=60.0))
    due = "it starts no earlier than 1970-01-01T00:01:00Z"
    assert told(world) == f'the job has not started; {due}; its concurrency group "g" runs 2 at once'


def test_a_ready_step_waits_for_a_worker_or_for_a_slot():
    assert told(ready()) == "it waits for a worker"
    tagged = Action("shell", tags=("linux", "gpu"))
    assert told(ready(action=tagged)) == "it waits for a worker with the tags linux, gpu since 1970-01-01T00:00:00Z"
    world = ready(max_parallel_steps=1)
    world.claim("other")
    assert told(world) == "the job runs at most 1 steps at once"


def test_an_instance_waits_for_its_turn():
    world = ready(for_each=[1, 2, 3], max_parallel=2)
    assert told(world, "it[2]") == 'the loop "it" runs 2 of its instances at once'
    assert told(world) == "0 of its 3 instances have ended"


def test_a_step_that_will_be_tried_again_says_when_and_why():
    world = ready(retry=Retry(2, 30.0))
    world.claim("it")
    world.exit("it", **failed(75))
    assert told(world) == "attempt 1 failed: Exit code: 75; the next one is due at 1970-01-01T00:00:30Z"


def test_a_paused_job_says_so():
    world = ready()
    world.tell(JobPaused(5.0, "ada"))
    assert told(world) == "the job is paused since 1970-01-01T00:00:05Z"


def test_a_suspended_step_says_what_ends_it():
    until = "until 1970-01-01T00:00:10Z"
    assert told(suspended("approval")) == "it waits for somebody to approve"
    world = suspended("approval", 10.0, message="Ship it?", approvers=["ada", "bob"])
    assert told(world) == f"it waits for ada or bob to approve {until}: Ship it?"
    assert told(suspended("wait", 10.0, event="go")) == f'it waits for an event of type "go" {until}'
    world = suspended("sleep", duration=10)
    assert told(world) == f"it sleeps {until}"
    world.tell(JobPaused(5.0, "ada"))
    assert told(world) == f"it sleeps {until}; the job is paused, so it takes effect at the resume"


def test_a_step_with_a_child_names_it():
    world = ready(action=CALL)
    assert told(world) == "its child job is about to start"
    world.tell(ChildStarted(0.0, "it", 1, "job-9"))
    assert told(world) == "it waits for its child job job-9"
    world.cancel()
    assert told(world) == "it waits for its child job job-9, which is being cancelled: cancelled by ada"


def test_a_running_step_says_where_and_since_when():
    world = ready()
    world.claim("it")
    assert told(world) == "attempt 1 runs on worker-1 since 1970-01-01T00:00:00Z"
    world.cancel(reason="enough")
    assert told(world).endswith("; it is being stopped: cancelled by ada: enough")
    assert told(world, "other") == "it was cancelled: cancelled by ada: enough"


def test_what_has_ended_says_how():
    world = finished(flow(it=step(retry=Retry(2))), {"it": [failed(), {}]})
    sentence = (
        "it completed at attempt 2 of 2 with exit code 0; it could start with the job, and it waited 0 ms for a worker"
    )
    assert told(world) == sentence
    world = finished(flow(first={}, it={"first"}), {"first": [failed()]})
    assert told(world, "first") == "attempt 1 failed: Exit code: 1"
    assert told(world) == 'it was skipped: it depends on "first", which failed'
    world = finished(flow(it=step(when="nonsense.here", continue_on_failure=True)))
    assert told(world).startswith("it failed: when: ")
    assert told(world).endswith("; the job continues without it")


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (StepForced(0.0, "it", "ada"), "it was declared completed by a person"),
        (StepSkipped(0.0, "it", "ada", "why not"), "it was skipped: skipped by ada: why not"),
    ],
)
def test_what_a_person_decided_is_told(event, sentence):
    world = ready()
    world.tell(event)
    assert told(world) == sentence


def beside(world, *more, **circumstances):
    """The circumstances that the world's own history gives."""
    decisions = tuple(entry for entry in world.history if entry.what in DECISIONS)
    return explain(world.job, Circumstances((*decisions, *more), **circumstances))


@pytest.mark.parametrize(("reason", "told_reason"), [("checked", ": checked"), ("", "")])
def test_who_approved_and_why_is_told(reason, told_reason):
    world = suspended("approval")
    world.tell(StepDecided(1.0, "it", "ada", True, reason=reason))
    assert beside(world)["it"] == f"it was approved by ada{told_reason}"
    assert told(world) == "it completed; it could start with the job; it was suspended for 1 s"


@pytest.mark.parametrize("name", ["it", "other"])
def test_who_declared_a_step_completed_and_why_is_told(name):
    world = suspended("approval")
    world.tell(StepForced(1.0, name, "ada", reason="done by hand"))
    assert beside(world)[name] == "it was declared completed by ada: done by hand"


def test_who_acted_for_the_approvers_is_told():
    world = suspended("approval", approvers=["boss"])
    world.tell(StepDecided(1.0, "it", "root", True, reason="boss is ill", rights=Rights(may_override=True)))
    assert beside(world)["it"] == "it was approved by root, who acted for its approvers: boss is ill"


def test_a_decision_before_a_reset_is_not_told_of_what_came_after():
    world = suspended("approval")
    world.tell(StepDecided(1.0, "it", "ada", True, reason="checked"))
    world.tell(StepReset(2.0, "it", "ada"))
    world.tell(StepDecided(3.0, "it", "bob", True))
    assert beside(world)["it"] == "it was approved by bob"


def test_an_early_end_says_that_it_does_not_count_yet():
    world = World(job_of(flow(first={}, it={"first"}))).admit()
    world.tell(StepForced(1.0, "it", "ada"))
    assert beside(world)["it"].endswith(
        "by ada; the steps that depend on it wait until its own dependencies have ended"
    )


def test_who_paused_a_job_is_told():
    world = ready()
    world.tell(JobPaused(60.0, "ada"))
    assert beside(world)["it"] == "the job is paused since 1970-01-01T00:01:00Z, by ada"


def test_who_holds_the_group_that_a_job_waits_for_is_told():
    world = World(replace(job_of(flow(it={})), group="g", group_limit=2))
    found = beside(world, holders=("job 1 of task 'a'", "3 more"))["it"]
    assert (
        found
        == "the job has not started; its concurrency group \"g\" runs 2 at once, held now by job 1 of task 'a', 3 more"
    )


def test_reasons_are_masked():
    world = suspended("approval")
    world.tell(StepDecided(1.0, "it", "ada", True, reason="hunter2 is right"))
    world.job = replace(world.job, secrets=("hunter2",))
    assert "hunter2" not in beside(world)["it"]


def test_a_step_that_ran_when_its_job_was_cancelled_says_who_cancelled_it_and_why():
    world = ready()
    world.claim("it")
    world.cancel("ada", "wrong branch")
    world.exit("it", exit_code=None, killed=True)
    assert told(world) == "it was cancelled: cancelled by ada: wrong branch"
    assert told(world, "other") == "it was cancelled: cancelled by ada: wrong branch"
