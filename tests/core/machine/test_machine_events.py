"""Events that are sent to a job, and the steps that wait for them."""

import pytest
from engine import World, finished, flow, job_of, step

from gitflow.core.errors import Conflict
from gitflow.core.jobs.effects import WakeStep
from gitflow.core.jobs.events import EventReceived, JobPaused, JobResumed, StepDue, StepReset
from gitflow.core.jobs.job import SentEvent
from gitflow.core.language.definition import Action, Field, Retry
from gitflow.core.machine.inbox import MAX_EVENTS
from gitflow.core.status import JobStatus


def waiting(type="go", **fields):
    return Action("wait", fields={"event": type}, **fields)


def sent(world, id, type="go", payload=None, at=0.0):
    world.now = at
    return world.tell(EventReceived(at, id, type, payload, "ada"))


def test_an_event_completes_the_step_that_waits_for_it_and_its_payload_is_the_output():
    world = World(job_of(flow(wait=step(action=waiting()), end={"wait"}))).admit()
    sent(world, "e1", payload={"n": 1})
    assert world.statuses() == {"wait": "completed", "end": "ready"}
    assert world.job.steps["wait"].output == {"n": 1}


def test_an_event_that_comes_early_is_kept_and_completes_a_step_at_once():
    world = World(job_of(flow(build={}, wait=step("build", action=waiting()), end={"wait"})))
    sent(world, "e1", payload=[1])
    assert [one.id for one in world.job.sent_events] == ["e1"]
    world.run()
    assert (world.job.steps["wait"].output, world.job.status) == ([1], JobStatus.COMPLETED)
    assert world.job.sent_events == (SentEvent("e1", "go", None, "ada", 0.0, "wait"),)


def test_kept_events_are_taken_first_come_first_served():
    world = World(job_of(flow(build={}, each=step("build", action=waiting(), for_each=[1, 2], sequential=True))))
    for id, type in (("e1", "go"), ("e2", "stop"), ("e3", "go")):
        sent(world, id, type, payload=id)
    assert world.run().job.steps["each"].output == ["e1", "e3"]
    assert [one.id for one in world.job.sent_events if one.step is None] == ["e2"]


def test_the_step_that_has_waited_longest_takes_an_event():
    world = World(job_of(flow(build={}, late=step("build", action=waiting()), early=step(action=waiting())))).admit()
    world.claim("build")
    world.now = 5.0
    world.exit("build")
    sent(world, "e1", at=6.0)
    assert world.statuses() == {"build": "completed", "late": "suspended", "early": "completed"}


def test_an_event_of_another_type_completes_nothing():
    world = World(job_of(flow(wait=step(action=waiting())))).admit()
    sent(world, "e1", "stop")
    assert world.statuses() == {"wait": "suspended"}


def test_the_same_event_twice_is_one():
    world = World(job_of(flow(a=step(action=waiting()), b=step(action=waiting())))).admit()
    sent(world, "e1")
    again = sent(world, "e1")
    assert (again.changed, again.history, again.effects) == ({}, (), ())
    assert world.statuses() == {"a": "completed", "b": "suspended"}


def test_the_type_of_an_event_is_a_template():
    steps = flow(each=step(action=waiting("paid.{{ input.order }}.{{ each.item }}"), for_each=["x", "y"]))
    world = World(job_of(steps, input={"order": 7})).admit()
    assert world.job.steps["each[1]"].input == {"event": "paid.7.y"}
    sent(world, "e1", "paid.7.y")
    assert [world.statuses()[name] for name in ("each[0]", "each[1]")] == ["suspended", "completed"]


@pytest.mark.parametrize(("type", "error"), [("{{ input.n }}", "event must be a text"), ("{{ nobody }}", "nobody")])
def test_a_type_that_is_none_fails_the_step(type, error):
    world = World(job_of(flow(wait=step(action=waiting(type))), input={"n": 1})).admit()
    assert world.job.status is JobStatus.FAILED
    assert error in world.job.steps["wait"].error_message


def test_a_wait_that_has_timed_out_takes_no_later_event():
    world = World(job_of(flow(wait=step(action=waiting(timeout_s=10.0), continue_on_failure=True), other={}))).admit()
    sent(world, "e1", at=10.0)
    assert world.statuses()["wait"] == "suspended"
    world.tell(StepDue(10.5, "wait", 1))
    assert (world.statuses()["wait"], world.job.sent_events[0].step) == ("failed", None)


def test_the_retry_of_a_wait_takes_what_came_after_its_time_limit():
    world = World(job_of(flow(wait=step(action=waiting(timeout_s=10.0), retry=Retry(2))))).admit()
    sent(world, "e1", at=11.0)
    assert world.run().job.status is JobStatus.COMPLETED
    assert world.job.steps["wait"].attempt == 2


def test_events_are_taken_during_a_pause_and_deadlines_stand_still():
    world = World(job_of(flow(wait=step(action=waiting(timeout_s=10.0)), end={"wait"}))).admit()
    world.tell(JobPaused(5.0, "ada"))
    sent(world, "e1", at=20.0)
    assert world.statuses() == {"wait": "completed", "end": "ready"}


def test_a_wait_whose_time_was_up_before_a_pause_takes_nothing():
    world = World(job_of(flow(wait=step(action=waiting(timeout_s=10.0))))).admit()
    world.tell(JobPaused(15.0, "ada"))
    sent(world, "e1", at=20.0)
    assert world.statuses() == {"wait": "suspended"}
    assert WakeStep("wait", 1, 10.0) in world.tell(JobResumed(30.0, "ada")).effects


def test_a_step_that_would_wait_takes_its_event_at_the_resume():
    world = World(job_of(flow(build={}, wait=step("build", action=waiting())))).admit()
    world.claim("build")
    world.tell(JobPaused(1.0, "ada"))
    world.exit("build")
    sent(world, "e1", at=2.0)
    assert world.statuses()["wait"] == "ready"
    world.tell(JobResumed(3.0, "ada"))
    assert world.job.status is JobStatus.COMPLETED


def test_an_ended_or_cancelled_job_takes_no_event():
    world = World(job_of(flow(build={}))).admit()
    world.claim("build")
    world.cancel()
    with pytest.raises(Conflict, match="already being cancelled"):
        sent(world, "e1")
    world.run()
    with pytest.raises(Conflict, match="has ended"):
        sent(world, "e1")


def test_what_was_taken_is_forgotten_before_what_is_kept():
    world = World(job_of(flow(wait=step(action=waiting()), other={}))).admit()
    sent(world, "taken")
    for n in range(MAX_EVENTS - 1):
        sent(world, f"e{n}")
    assert world.job.sent_events[0].id == "taken"
    sent(world, "one more")
    assert (len(world.job.sent_events), world.job.sent_events[0].id) == (MAX_EVENTS, "e0")
    with pytest.raises(Conflict, match="keeps 1000 events"):
        sent(world, "too many")


@pytest.mark.parametrize(
    ("payload", "status", "output"),
    [({"n": "3"}, "completed", {"n": 3}), ({}, "failed", None), ({"n": "x"}, "failed", None), (7, "failed", None)],
)
def test_a_payload_is_checked_where_the_action_declares_its_output(payload, status, output):
    declared = {"n": Field("n", "integer", required=True)}
    world = World(job_of(flow(wait=step(action=waiting(output=declared))))).admit()
    sent(world, "e1", payload=payload)
    assert (world.statuses()["wait"], world.job.steps["wait"].output) == (status, output)


def test_a_wait_that_is_retried_waits_for_another_event():
    world = World(job_of(flow(wait=step(action=waiting())))).admit()
    sent(world, "e1")
    world.tell(StepReset(1.0, "wait", "ada"))
    assert world.statuses() == {"wait": "suspended"}
    sent(world, "e1", at=2.0)
    assert world.statuses() == {"wait": "suspended"}
    sent(world, "e2", at=3.0)
    assert world.job.status is JobStatus.COMPLETED


def test_the_history_tells_of_each_event_and_whether_it_was_kept():
    world = World(job_of(flow(wait=step(action=waiting())))).admit()
    sent(world, "e1", "stop")
    sent(world, "e2")
    received = [entry for entry in world.history if entry.what == "job.event_received"]
    assert [(entry.actor, entry.details["kept"]) for entry in received] == [("ada", True), ("ada", False)]


def test_a_job_without_waits_keeps_events_and_ends():
    world = World(job_of(flow(build={}))).admit()
    sent(world, "e1")
    assert world.run().job.status is JobStatus.COMPLETED
    assert finished(flow(build={})).job.sent_events == ()
