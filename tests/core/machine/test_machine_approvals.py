"""Approvals: who may decide, what he fills in, and what is shown to him."""

import pytest
from engine import World, failed, flow, job_of, need, step

from gitflow.core.errors import Conflict, Forbidden, InvalidInput, ReasonRequired
from gitflow.core.jobs.events import (
    JobPaused,
    JobRestarted,
    JobResumed,
    Rights,
    StepDecided,
    StepDue,
    StepForced,
    StepReset,
    StepSkipped,
    SubtreeReplayed,
)
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import retry_job
from gitflow.core.language.definition import Action, Field
from gitflow.core.machine.explain import explain
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus

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
    with pytest.raises(Forbidden, match="step 'ask' can be decided only by ada or ops, not by bob"):
        decided(world, "bob", approved)
    decided(world, "ada", approved)
    assert world.job.ended


def test_a_member_of_a_named_group_decides():
    assert decided(asking(approvers=["ops"]), "bob", rights=Rights(("dev", "ops"))).job.status is JobStatus.COMPLETED


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


ASK = step(action=Action("approval", fields={"approvers": ["ada"]}))
ENDS = (StepSkipped, StepForced)
ADMINISTRATOR = Rights(may_override=True)


def gated(outcomes=None, **steps):
    """``ask`` waits for ada; ``build`` needs it, ``ship`` needs ``build``."""
    return World(job_of(flow(**{"ask": ASK, "build": {"ask"}, "ship": {"build"}, **steps})), outcomes).admit()


def refused(world, event, error=Forbidden, match="can be decided only by ada, not by eve"):
    before = world.job
    with pytest.raises(error, match=match):
        world.tell(event)
    assert world.job is before


# Who may end an approval


@pytest.mark.parametrize("ends", ENDS)
def test_only_an_approver_skips_or_completes_an_approval(ends):
    world = gated()
    refused(world, ends(1.0, "ask", "eve"))
    world.tell(ends(2.0, "ask", "ada"))
    assert world.job.steps["ask"].status.ended
    assert world.job.steps["build"].status is StepStatus.READY


@pytest.mark.parametrize("ends", ENDS)
def test_only_an_approver_ends_an_approval_that_is_not_asked_for_yet(ends):
    ask = step("first", action=ASK.inline)
    world = World(job_of(flow(first={}, ask=ask, ship={"ask"}))).admit()
    refused(world, ends(1.0, "ask", "eve"))
    world.tell(ends(1.0, "ask", "ada"))
    assert world.job.steps["ship"].status is StepStatus.PENDING
    world.run()
    assert world.started == ["first", "ship"]


def test_only_an_approver_completes_an_approval_that_was_rejected():
    world = gated()
    decided(world, approved=False)
    refused(world, StepForced(6.0, "ask", "eve"))
    world.tell(StepForced(7.0, "ask", "ada"))
    assert world.run().job.status is JobStatus.COMPLETED


def test_nobody_but_an_administrator_ends_an_approval_whose_approvers_cannot_be_told_yet():
    ask = step("first", action=Action("approval", fields={"approvers": ["{{ first.output.who }}"]}))
    world = World(job_of(flow(first={}, ask=ask))).admit()
    refused(world, StepSkipped(1.0, "ask", "ada"), match="who are not known yet")
    world.tell(StepSkipped(1.0, "ask", "root", "an incident", ADMINISTRATOR))
    assert world.job.steps["ask"].status is StepStatus.SKIPPED


@pytest.mark.parametrize(
    "event",
    [
        StepSkipped(1.0, "ask", "root", rights=ADMINISTRATOR),
        StepForced(1.0, "ask", "root", rights=ADMINISTRATOR),
        StepDecided(1.0, "ask", "root", True, rights=ADMINISTRATOR),
        StepDecided(1.0, "ask", "root", False, rights=ADMINISTRATOR),
    ],
    ids=["skip", "complete", "approve", "reject"],
)
def test_an_administrator_who_is_no_approver_gives_a_reason_which_the_history_tells(event):
    world = gated()
    refused(world, event, ReasonRequired, "an administrator who acts for them must give a reason")
    refused(world, replace(event, reason=" \n"), ReasonRequired, "must give a reason")
    world.tell(replace(event, reason="ada is away"))
    assert world.job.steps["ask"].status.ended
    [entry] = [entry for entry in world.history if entry.what == "approval.overridden"]
    assert (entry.actor, entry.step) == ("root", "ask")
    assert entry.details["reason"] == "ada is away"


def test_an_administrator_who_is_an_approver_needs_no_reason():
    world = gated()
    world.tell(StepSkipped(1.0, "ask", "root", rights=Rights(groups=("ada",), may_override=True)))
    assert not any(entry.what == "approval.overridden" for entry in world.history)


# Who asked for the job


def asked_by(*names, **more):
    ask = step(action=Action("approval", fields={"approvers": ["ada", "bob"], "approvers_exclude_requester": True}))
    job = replace(job_of(flow(ask=ask)), source=Source("api", None, names[0]), also_requested_by=names[1:], **more)
    return World(job).admit()


@pytest.mark.parametrize(
    "event",
    [
        StepDecided(1.0, "ask", "ada", True),
        StepSkipped(1.0, "ask", "ada"),
        StepForced(1.0, "ask", "ada"),
        StepDecided(1.0, "ask", "ada", True, reason="it is me", rights=ADMINISTRATOR),
        StepDecided(1.0, "ask", "bob", True, rights=Rights(aliases=("ada",))),
    ],
    ids=["approve", "skip", "complete", "as administrator", "by another name"],
)
@pytest.mark.parametrize("names", [("ada",), ("trigger nightly", "ada")], ids=["began it", "is among those"])
def test_who_asked_for_a_job_does_not_approve_it(event, names):
    refused(asked_by(*names), event, match="cannot be decided by a requester of the job")


def test_who_asked_for_a_job_may_reject_it_and_others_approve_it():
    assert asked_by("ada").tell(StepDecided(1.0, "ask", "ada", False)).job.ended
    assert asked_by("ada").tell(StepDecided(1.0, "ask", "bob", True)).job.ended


def test_without_the_rule_people_approve_what_they_asked_for():
    world = gated()
    world.job = replace(world.job, source=Source("api", None, "ada"))
    assert decided(world).job.steps["ask"].status is StepStatus.COMPLETED


def test_who_restarts_or_retries_a_job_asks_for_it_too():
    world = asked_by("bob")
    world.tell(JobRestarted(1.0, "ada", aliases=("key:ada",)))
    world.run()
    assert world.job.requesters == ("ada", "key:ada", "bob")
    refused(world, StepDecided(2.0, "ask", "ada", True), match="and ada is one")
    world.tell(StepDecided(2.0, "ask", "ada", False))
    again = retry_job(world.job, id="job-2", at=3.0, source=Source("api", None, "cleo"))
    assert set(again.requesters) == {"bob", "ada", "key:ada", "cleo"}


# What stands behind an approval


@pytest.mark.parametrize("ends", ENDS)
def test_what_is_ended_behind_an_open_approval_starts_nothing(ends):
    world = gated()
    world.tell(ends(1.0, "build", "eve"))
    assert world.job.steps["build"].status.ended
    assert world.job.steps["ship"].status is StepStatus.PENDING
    assert explain(world.job)["ship"] == f'it waits for the dependencies of "build" ({world.job.steps["build"].status})'
    decided(world)
    world.run()
    assert world.started == ["ship"]
    assert world.job.status is JobStatus.COMPLETED


@pytest.mark.parametrize("ends", ENDS)
def test_what_was_ended_behind_an_approval_does_not_count_once_that_is_rejected(ends):
    world = gated()
    world.tell(ends(1.0, "build", "eve"))
    decided(world, approved=False)
    assert world.statuses() == {"ask": "failed", "build": "skipped", "ship": "skipped"}
    assert world.job.steps["build"].skipped_by == "need"
    assert world.job.status is JobStatus.FAILED


def test_an_end_that_came_early_counts_though_a_step_before_it_failed():
    world = World(job_of(flow(build={}, test={"build"}, ship={"test"}))).admit()
    world.claim("build")
    world.tell(StepSkipped(1.0, "test", "eve"))
    assert world.job.steps["ship"].status is StepStatus.PENDING
    world.exit("build", **failed())
    assert world.job.steps["ship"].status is StepStatus.READY


def test_an_early_end_does_not_count_past_an_approval_that_its_failed_need_never_reached():
    world = World(job_of(flow(first={}, ask=step("first", action=ASK.inline), build={"ask"}, ship={"build"}))).admit()
    world.claim("first")
    world.tell(StepSkipped(1.0, "build", "eve"))
    world.exit("first", **failed())
    assert world.statuses() == {"first": "failed", "ask": "skipped", "build": "skipped", "ship": "skipped"}


def test_a_rejection_that_is_accepted_lets_what_was_skipped_early_go_on():
    undo = step(need("ask", "failed"))
    world = World(job_of(flow(ask=ASK, undo=undo, tell={"undo"}))).admit()
    world.tell(StepSkipped(1.0, "undo", "eve"))
    decided(world, approved=False)
    assert world.job.steps["tell"].status is StepStatus.READY


@pytest.mark.parametrize("again", [StepReset, SubtreeReplayed])
@pytest.mark.parametrize("ends", ENDS)
def test_a_step_that_was_ended_early_and_runs_again_waits_for_the_approval(ends, again):
    world = gated()
    world.tell(ends(1.0, "build", "eve"))
    world.tell(again(2.0, "build", "eve"))
    assert world.statuses() == {"ask": "suspended", "build": "pending", "ship": "pending"}
    assert not world.job.steps["build"].is_ahead
    decided(world)
    assert world.run().job.status is JobStatus.COMPLETED


@pytest.mark.parametrize("again", [StepReset, SubtreeReplayed])
@pytest.mark.parametrize("name", ["build", "ship"])
def test_what_stands_behind_a_rejected_approval_is_not_retried(again, name):
    world = gated()
    decided(world, approved=False)
    refused(world, again(6.0, name, "ada"), Conflict, f"step '{name}' cannot run: it depends on .*; retry or complete")


def test_an_approval_that_is_asked_again_takes_back_what_followed_from_it():
    """Else what failed behind it could be retried while nobody has decided."""
    world = gated({"ship": [failed()]})
    decided(world)
    world.run()
    assert world.job.status is JobStatus.FAILED
    world.tell(StepReset(9.0, "ask", "eve"))
    assert world.statuses() == {"ask": "suspended", "build": "pending", "ship": "pending"}
    refused(world, StepReset(9.0, "ship", "eve"), Conflict, "is pending and cannot be retried")


def planned():
    """``plan`` is approved, and then applied."""
    ask = step("plan", action=ASK.inline)
    world = World(job_of(flow(plan={}, ask=ask, apply={"ask"}, tell={"plan"})), {"apply": [failed()]}).run()
    decided(world)
    return world.run()


def test_an_approval_is_asked_again_when_what_was_approved_is_made_again():
    """Else a plan that nobody has seen would be applied."""
    world = planned()
    world.tell(StepReset(9.0, "plan", "eve"))
    assert world.statuses() == {"plan": "ready", "ask": "pending", "apply": "pending", "tell": "completed"}
    refused(world, StepReset(9.0, "apply", "eve"), Conflict, "is pending and cannot be retried")
    world.run()
    assert world.statuses()["ask"] == "suspended"


def test_an_approval_is_asked_again_when_what_was_approved_is_given_another_result():
    ask = step(need("plan", "any"), action=ASK.inline)
    world = World(job_of(flow(plan={}, ask=ask, apply={"ask"})), {"plan": [failed()], "apply": [failed()]}).run()
    decided(world)
    world.run()
    world.tell(StepForced(9.0, "plan", "eve", {"do": "harm"}))
    assert world.statuses() == {"plan": "completed", "ask": "suspended", "apply": "pending"}


def test_an_instance_is_not_retried_while_what_its_loop_depends_on_is_open():
    world = World(job_of(flow(first={}, each=step("first", for_each=[1, 2])))).run()
    world.tell(StepReset(1.0, "first", "ada"))
    refused(world, StepReset(1.0, "each[0]", "ada"), Conflict, 'its loop depends on "first" \\(ready\\)')


# What a retry carries over


def retried(world, **more):
    return retry_job(world.job, id="job-2", at=9.0, source=Source("api", None, "eve"), **more)


def approved_and_failed():
    world = gated({"ship": [failed()]})
    decided(world)
    return world.run()


def test_a_retry_at_the_same_revision_and_input_carries_the_approval_over():
    again = World(retried(approved_and_failed())).run()
    assert again.started == ["ship"]
    assert again.job.steps["ask"].output["approved_by"] == "ada"


@pytest.mark.parametrize("newer", [{"revision": "def456"}, {"input": {"version": "2"}}], ids=["revision", "input"])
def test_another_revision_or_input_is_asked_for_again_with_all_behind_it(newer):
    world = approved_and_failed()
    again = World(retried(world, plan=world.job.plan, **newer)).run()
    assert again.started == []
    assert again.statuses() == {"ask": "suspended", "build": "pending", "ship": "pending"}


def test_an_approval_is_not_carried_over_when_what_was_approved_runs_again():
    ask = step(need("plan", "any"), action=ASK.inline)
    world = World(job_of(flow(plan={}, ask=ask, apply={"ask"})), {"plan": [failed()], "apply": [failed()]}).run()
    decided(world)
    again = World(retried(world.run())).run()
    assert again.started == ["plan"]
    assert again.statuses() == {"plan": "completed", "ask": "suspended", "apply": "pending"}


def test_an_approval_that_was_skipped_by_right_is_carried_over():
    world = gated({"ship": [failed()]})
    world.tell(StepSkipped(1.0, "ask", "ada"))
    again = World(retried(world.run())).run()
    assert again.started == ["ship"]


def test_a_rejected_approval_is_asked_for_again_and_what_it_led_to_runs_after_it():
    world = gated(undo=step(need("ask", "failed")), tell={"undo"})
    decided(world, approved=False)
    world.run()
    assert world.started == ["undo", "tell"]
    again = World(retried(world)).run()
    assert again.started == []
    decided(again)
    assert again.run().started == ["build", "ship"]


def test_an_approval_that_its_condition_left_out_stands_in_nobodys_way():
    ask = step("build", action=ASK.inline, when="false")
    steps = flow(build={}, ask=ask, ship=step(need("ask"), "build"), tell={"ship"})
    world = World(job_of(steps), {"tell": [failed()]}).run()
    again = World(retried(world)).run()
    assert again.started == ["tell"]


@pytest.mark.parametrize("ends", ENDS)
def test_what_was_ended_early_is_not_carried_past_an_approval(ends):
    world = gated()
    world.tell(ends(1.0, "build", "eve"))
    world.cancel("eve")
    assert world.job.ended
    again = World(retried(world)).run()
    assert again.started == []
    assert again.job.steps["ship"].status is StepStatus.PENDING
    again.tell(StepDecided(10.0, "ask", "ada", True))
    assert again.run().started == ["build", "ship"]
