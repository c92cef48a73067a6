"""Approvals: who may decide, what he fills in, and what is shown to him."""

import pytest
from engine import World, flow, job_of, step

from gitflow.core.definition import Action, Field
from gitflow.core.errors import Conflict, InvalidInput
from gitflow.core.events import JobPaused, JobResumed, StepDecided, StepDue
from gitflow.core.status import JobStatus

TO = {"to": Field("to", required=True, options=("staging", "production")), "n": Field("n", "integer")}


def asking(input=None, action=None, **fields):
    ask = Action("approval", fields=fields, **(action or {}))
    return World(job_of(flow(ask=step(action=ask)), input={"version": "1.4", **(input or {})})).admit()


def decided(world, actor="ada", approved=True, **fields):
    return world.tell(StepDecided(5.0, "ask", actor, approved, **fields))


def test_the_message_and_the_approvers_are_rendered_when_the_step_begins_to_wait():
    world = asking({"team": "ops"}, message="Ship {{ input.version }}?", approvers=("ada", "{{ input.team }}"))
    assert world.job.steps["ask"].input == {"message": "Ship 1.4?", "approvers": ["ada", "ops"]}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"message": "{{ nobody }}"}, "nobody"),
        ({"approvers": ["{{ input.list }}"]}, "approvers must be a list of names"),
    ],
)
def test_what_cannot_be_rendered_fails_the_step(fields, error):
    world = asking({"list": [1]}, **fields)
    assert world.job.status is JobStatus.FAILED
    assert error in world.job.steps["ask"].error_message


def test_anybody_decides_where_no_approvers_are_named():
    assert decided(asking()).job.status is JobStatus.COMPLETED
    assert decided(asking(approvers=[])).job.status is JobStatus.COMPLETED


@pytest.mark.parametrize("approved", [True, False])
def test_only_an_approver_decides(approved):
    world = asking(approvers=["ada", "ops"])
    with pytest.raises(Conflict, match="step 'ask' is to be decided by ada or ops, and not by bob"):
        decided(world, "bob", approved)
    decided(world, "ada", approved)
    assert world.job.ended


def test_a_member_of_a_named_group_decides():
    assert decided(asking(approvers=["ops"]), "bob", groups=("dev", "ops")).job.status is JobStatus.COMPLETED


def test_what_an_approver_fills_in_is_checked_and_converted():
    world = asking(action={"input": TO})
    with pytest.raises(InvalidInput) as refused:
        decided(world, input={"to": "moon", "n": "x", "more": 1})
    assert [name for name, _ in refused.value.details] == ["to", "n", "more"]
    with pytest.raises(InvalidInput, match="must be an object"):
        decided(world, input=[1])
    with pytest.raises(InvalidInput, match="to: is required"):
        decided(world)
    assert world.job.status is JobStatus.RUNNING
    decided(world, input={"to": "staging", "n": "3"})
    assert world.job.steps["ask"].output["input"] == {"to": "staging", "n": 3}


def test_a_rejection_needs_no_input():
    world = asking(action={"input": TO})
    decided(world, approved=False, reason="no")
    assert world.job.steps["ask"].error_message == "rejected by ada: no"


def test_an_approval_that_times_out_into_a_yes_has_the_defaults():
    fields = {"why": Field("why", default="nobody came", has_default=True), **TO}
    world = asking(action={"input": fields, "timeout_s": 10.0}, on_timeout="approve")
    world.tell(StepDue(10.0, "ask", 1))
    assert world.job.steps["ask"].output["input"] == {"why": "nobody came"}
    assert world.job.steps["ask"].output["approved_by"] is None


def test_a_decision_is_taken_during_a_pause_also_after_the_deadline():
    world = asking(action={"timeout_s": 2.0})
    world.tell(JobPaused(1.0, "ada"))
    decided(world)
    assert world.job.status is JobStatus.COMPLETED


def test_a_decision_that_comes_too_late_is_refused():
    world = asking(action={"timeout_s": 2.0}, on_timeout="fail")
    world.tell(JobPaused(1.0, "ada"))
    world.tell(JobResumed(4.0, "ada"))
    world.tell(StepDue(4.0, "ask", 1))
    with pytest.raises(Conflict, match="has ended"):
        decided(world)
