"""Nothing runs past an approval that was not given, whatever somebody without the right to it does to the job."""

from functools import cache

import pytest
from engine import ANY_END, SHELL, counters, failed, job_of, plan_of, recount
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gitflow.core.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleEvent
from gitflow.core.jobs.events import (
    CancelRequested,
    ChildEnded,
    ChildStarted,
    EventReceived,
    JobAdmitted,
    JobExpired,
    JobPaused,
    JobRestarted,
    JobResumed,
    OwnerLost,
    StepClaimed,
    StepDecided,
    StepDue,
    StepExited,
    StepForced,
    StepLost,
    StepReset,
    StepSkipped,
    SubtreeReplayed,
)
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import retry_job
from gitflow.core.language.definition import Action, AllOf, AnyOf, Retry, Step, StepNeed
from gitflow.core.machine.approvals import is_given, is_open
from gitflow.core.machine.decisions import refusal
from gitflow.core.machine.machine import advance
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus

APPROVAL = Action("approval", fields={"approvers": ["ada"]})
ACTIONS = (
    *(SHELL, SHELL, SHELL),
    *(APPROVAL, APPROVAL, APPROVAL),
    Action("approval", fields={"approvers": ["ada"], "approvers_exclude_requester": True}),
    Action("approval", timeout_s=9.0, fields={"approvers": ["{{ s0.output.who }}"]}),
    Action("task", fields={"task": "other"}),
    Action("wait", fields={"event": "go"}),
)
EVE_DOES = (StepSkipped, StepForced, StepReset, SubtreeReplayed)
BEGUN = (StepStatus.READY, StepStatus.RUNNING, StepStatus.SUSPENDED)


@cache
def needs(names):
    """What a step needs of those before it; made once for each of their lists, for it takes long."""
    plain = st.builds(StepNeed, st.sampled_from(names))
    telling = st.builds(
        StepNeed, st.sampled_from(names), st.frozensets(st.sampled_from(sorted(ANY_END)), min_size=1), st.just(False)
    )
    nested = st.lists(plain | telling, min_size=1, max_size=2).map(tuple)
    one = plain | plain | plain | telling | st.builds(AllOf, nested) | st.builds(AnyOf, nested)
    behind_the_last = st.just((StepNeed(names[-1]),))
    return behind_the_last | behind_the_last | st.lists(one, min_size=1, max_size=2).map(tuple)


@st.composite
def flows(draw):
    steps = {}
    for index in range(draw(st.sampled_from([4, 5, 3, 6]))):
        name = f"s{index}"
        action = draw(st.sampled_from(ACTIONS)) if index != 1 else APPROVAL
        steps[name] = Step(
            name,
            inline=action,
            needs=draw(needs(tuple(sorted(steps)))) if steps else (),
            when=draw(st.sampled_from([None, None, None, None, "false"])),
            for_each=draw(st.sampled_from([None, None, None, None, None, [1, 2]])),
            sequential=draw(st.booleans()),
            continue_on_failure=draw(st.sampled_from([False, False, True])),
            retry=draw(st.sampled_from([None, Retry(2)])) if action is SHELL else None,
        )
    return steps


class AJobOfEve(RuleBasedStateMachine):
    """Eve may run the job, and is no approver of any of its approvals."""

    @initialize(steps=flows())
    def begin(self, steps):
        self.steps = steps
        self.job = replace(job_of(steps, timeout_s=1_000.0), source=Source("api", None, "eve"))
        self.now = 0.0
        self.made = 0
        self.tell(JobAdmitted(self.now))

    def tell(self, event):
        before = self.job
        try:
            self.job = advance(before, event).job
        except (StaleEvent, Conflict, NotFound, Forbidden, InvalidInput):
            return False
        self._check_approvals(before, event)
        self._check_starts(before)
        return True

    def _check_approvals(self, before, event):
        """What eve does gives no approval."""
        if getattr(event, "actor", None) != "eve":
            return
        for name, run in self.job.steps.items():
            then = before.steps.get(name)
            if self._is_approval(run) and run.status.ended and (then is None or not then.status.ended):
                left_out = run.skipped_by == "when"
                all_of_loop = run.is_loop or (run.status is StepStatus.COMPLETED and run.loop_total == 0)
                assert left_out or all_of_loop or not is_given(run)

    def _check_starts(self, before):
        for name, run in self.job.steps.items():
            then = before.steps.get(name)
            was_begun = then is not None and then.status in BEGUN and then.attempt == run.attempt
            if run.status in BEGUN and not was_begun and not (then and then.status is StepStatus.READY):
                flow_name = run.loop_of or name
                step = self.job.plan.task.flow[flow_name]
                assert all(self._counted(need).status.ended for need in self.job.plan.graph.needs[flow_name])
                assert refusal(step, self._counted) is None

    def _counted(self, name):
        """The step as it counts for what depends on it, were nobody able to end one past an approval.

        One that was ended by a person counts as open while a step before it is open, and as left out
        where an approval before it was not given.
        """
        run = self.job.steps[name]
        if self._is_approval(run) or not run.status.ended:
            return run
        before = [self._counted(need) for need in self.job.plan.graph.needs[name]]
        if not (run.status is StepStatus.COMPLETED or run.skipped_by == "person"):
            return run
        if any(not one.status.ended for one in before) and self._stands_behind_open_approval(name):
            return replace(run, status=StepStatus.PENDING)
        skip = refusal(self.job.plan.task.flow[name], self._counted) if all(b.status.ended for b in before) else None
        if skip is not None and skip.by == "need" and self._stands_behind_refusal(name):
            return replace(run, status=StepStatus.SKIPPED, skipped_by="need")
        return run

    def _stands_behind_open_approval(self, name):
        above = (self.job.steps[one] for one in self.job.plan.graph.upstream(name))
        return any(self._is_approval(run) and not run.status.ended for run in above)

    def _stands_behind_refusal(self, name):
        """An approval that was not given refuses it, at once or through what was left out for it."""
        for need in self.job.plan.graph.needs[name]:
            run = self.job.steps[need]
            if self._is_approval(run) and not is_given(run):
                return True
            left_out = self._counted(need).skipped_by == "need" or run.status is StepStatus.CANCELLED
            if not self._is_approval(run) and left_out and self._stands_behind_refusal(need):
                return True
        return False

    def _is_approval(self, run):
        return self.job.plan.actions[run.loop_of or run.name].type == "approval"

    def pick(self, data, *wanted):
        names = [name for name, run in self.job.steps.items() if run.status in wanted]
        return data.draw(st.sampled_from(names)) if names else None

    @rule(data=st.data(), does=st.sampled_from(EVE_DOES))
    def eve_moves_a_step(self, data, does):
        self.now += 1.0
        self.tell(does(self.now, self.pick(data, *StepStatus), "eve"))

    @rule(data=st.data(), does=st.sampled_from([StepSkipped, StepForced]))
    def eve_ends_what_waits(self, data, does):
        name = self.pick(data, StepStatus.PENDING)
        if name:
            self.tell(does(self.now, name, "eve"))

    @rule(data=st.data(), does=st.sampled_from(EVE_DOES))
    def eve_moves_what_waits(self, data, does):
        name = self.pick(data, StepStatus.PENDING, StepStatus.SKIPPED, StepStatus.FAILED)
        if name:
            self.tell(does(self.now, name, "eve"))

    @rule(data=st.data(), approved=st.booleans())
    def eve_decides(self, data, approved):
        name = self.pick(data, StepStatus.SUSPENDED)
        if name and self._is_approval(self.job.steps[name]):
            assert not self.tell(StepDecided(self.now, name, "eve", approved))

    @rule(does=st.sampled_from([JobPaused, JobResumed, JobRestarted, CancelRequested]))
    def eve_moves_the_job(self, does):
        self.tell(does(self.now, "eve"))

    @precondition(lambda self: self.job.ended)
    @rule(from_step=st.booleans(), other=st.sampled_from([False, False, True]), data=st.data())
    def eve_retries(self, from_step, other, data):
        before = self.job
        self.made += 1
        step = data.draw(st.sampled_from(sorted(before.plan.task.flow))) if from_step else None
        newer = {"plan": plan_of(self.steps, timeout_s=1_000.0), "revision": f"r{self.made}"} if other else {}
        try:
            made = retry_job(
                before, id=f"job-{self.made}", at=self.now, source=Source("api", None, "eve"), from_step=step, **newer
            )
        except Conflict:
            return
        assert counters(made) == recount(made)
        if other:
            assert not any(self._is_approval(run) and run.status.ended for run in made.steps.values())
        self.job = made
        self._check_carried()
        self.tell(JobAdmitted(self.now))

    def _check_carried(self):
        """What stands behind an approval that is to be asked again was not carried over."""
        for name in self.job.plan.task.flow:
            run = self.job.steps[name]
            if self._is_approval(run) and run.status is StepStatus.PENDING and not self._may_be_left_out(name):
                assert not any(self.job.steps[one].status.ended for one in self.job.plan.graph.downstream(name))

    def _may_be_left_out(self, name):
        flow = self.job.plan.task.flow
        return any(flow[one].when == "false" for one in (name, *self.job.plan.graph.upstream(name)))

    @rule(data=st.data(), approved=st.sampled_from([True, True, False]))
    def ada_decides(self, data, approved):
        name = self.pick(data, StepStatus.SUSPENDED)
        if name:
            self.tell(StepDecided(self.now, name, "ada", approved))

    @rule(data=st.data(), does=st.sampled_from([StepSkipped, StepForced]))
    def ada_moves_an_approval(self, data, does):
        names = [name for name, run in self.job.steps.items() if self._is_approval(run)]
        if names:
            self.tell(does(self.now, data.draw(st.sampled_from(names)), "ada"))

    @rule(data=st.data(), well=st.sampled_from([True, True, False]))
    def run(self, data, well):
        name = self.pick(data, StepStatus.READY, StepStatus.RUNNING)
        if name and self.job.steps[name].status is StepStatus.READY:
            self.tell(StepClaimed(self.now, name, self.job.steps[name].attempt + 1, "worker-1", "token"))
        if name in self.job.steps and self.job.steps[name].status is StepStatus.RUNNING:
            result = {"exit_code": 0, "output": {"who": "ada"}} if well else failed()
            self.tell(StepExited(self.now, name, self.job.steps[name].attempt, **result, killed=self.job.cancelling))

    @rule(data=st.data(), status=st.sampled_from([JobStatus.COMPLETED, JobStatus.FAILED]))
    def a_child_ends(self, data, status):
        name = self.pick(data, StepStatus.SUSPENDED)
        if name:
            attempt = self.job.steps[name].attempt
            self.tell(ChildStarted(self.now, name, attempt, "child"))
            self.tell(ChildEnded(self.now, name, attempt, "child", status))

    @rule(id=st.integers(0, 99))
    def eve_sends_an_event(self, id):
        self.tell(EventReceived(self.now, str(id), "go", actor="eve"))

    @rule()
    def ring(self):
        due = [run for run in self.job.steps.values() if run.due_at is not None]
        if due:
            run = min(due, key=lambda run: run.due_at)
            self.now = max(self.now, run.due_at)
            self.tell(StepDue(self.now, run.name, run.attempt))

    @rule(data=st.data(), kind=st.sampled_from([0, 1, 2]))
    def mishap(self, data, kind):
        name = self.pick(data, StepStatus.RUNNING)
        if kind == 0 and name:
            self.tell(StepLost(self.now, name, self.job.steps[name].attempt, "its worker is gone"))
        elif kind == 1:
            self.tell(OwnerLost(self.now))
        elif self.now > 500.0:
            self.tell(JobExpired(self.job.expires_at or self.now))

    @invariant()
    def what_was_approved_stands(self):
        """Nothing that a given approval depends on runs again while it counts."""
        for name in self.job.plan.task.flow:
            run = self.job.steps[name]
            if self._is_approval(run) and run.status.ended and is_given(run) and run.skipped_by != "when":
                above = self.job.plan.graph.upstream(name)
                assert run.is_ahead or not any(is_open(self.job.steps[one]) for one in above)

    @invariant()
    def the_counters_are_right(self):
        assert counters(self.job) == recount(self.job)

    @invariant()
    def a_job_that_has_ended_holds_nothing_back(self):
        assert not self.job.ended or not any(run.is_ahead for run in self.job.steps.values())


COURSES = settings(
    max_examples=max(200, settings().max_examples),
    stateful_step_count=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@pytest.mark.filterwarnings("ignore")
def test_nothing_runs_past_an_approval_that_was_not_given():
    run_state_machine_as_test(AJobOfEve, settings=COURSES)
