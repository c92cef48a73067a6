"""Laws that hold for every flow and every course of events."""

import pytest
from engine import ANY_END, SHELL, counters, failed, job_of, recount
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from laws import LAWS

from gitflow.core.errors import Conflict, NotFound, StaleEvent
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
from gitflow.core.language.definition import Action, AllOf, AnyOf, Hook, Hooks, Retry, Step, StepNeed
from gitflow.core.machine.decisions import refusal
from gitflow.core.machine.machine import advance, outstanding
from gitflow.core.machine.outstanding import slots_are_taken
from gitflow.core.record import replace
from gitflow.core.status import ENDED_STEP, JobStatus, StepStatus

ACTIONS = (
    SHELL,
    SHELL,
    SHELL,
    Action("sleep", fields={"duration": 5}),
    Action("sleep", fields={"duration": "soon"}),
    Action("task", fields={"task": "other"}),
    Action("task", fields={"task": "other"}, timeout_s=20.0),
    Action("approval"),
    Action("approval", timeout_s=9.0, fields={"on_timeout": "approve"}),
    Action("wait", fields={"event": "go"}),
    Action("wait", fields={"event": "{{ input.items[0] }}"}, timeout_s=30.0, retry=Retry(2)),
)
CONDITIONS = (None, None, None, None, "true", "false", "input.yes", "nonsense.here")
LISTS = (None, None, None, [], [1], [1, 2, 3], "input.items", "input.yes")
RETRIES = (None, None, Retry(2), Retry(3, 7.0, "exponential", 10.0, True), Retry(2, on_exit_codes=(75,)))
REPORTS = (JobAdmitted, StepClaimed, StepExited, StepLost, StepDue, ChildStarted, ChildEnded, JobExpired)
REPLAYED = 30  #: in a longer course only the end is compared with what a replay of its events gives
HOOKS = Hooks(*((Hook("tell"),) for _ in range(5)))


def needs(names):
    one = st.builds(
        StepNeed,
        st.sampled_from(names),
        st.frozensets(st.sampled_from(sorted(ANY_END)), min_size=1) | st.just(frozenset({StepStatus.COMPLETED})),
        st.booleans(),
    )
    nested = st.lists(one, min_size=1, max_size=3).map(tuple)
    return st.lists(one | one | st.builds(AllOf, nested) | st.builds(AnyOf, nested), max_size=3).map(tuple)


@st.composite
def jobs(draw):
    steps = {}
    for index in range(draw(st.sampled_from([4, 5, 3, 6, 2, 1, 0]))):
        name = f"s{index}"
        steps[name] = Step(
            name,
            inline=draw(st.sampled_from(ACTIONS)),
            needs=draw(needs(sorted(steps))) if steps else (),
            when=draw(st.sampled_from(CONDITIONS)),
            for_each=draw(st.sampled_from(LISTS)),
            sequential=draw(st.booleans()),
            max_parallel=draw(st.sampled_from([None, None, 1, 2])),
            continue_on_failure=draw(st.booleans()),
            retry=draw(st.sampled_from(RETRIES)),
        )
    return job_of(
        steps,
        input={"yes": 1, "items": ["a", "b"]},
        timeout_s=draw(st.sampled_from([None, 50.0])),
        retry=draw(st.sampled_from([None, Retry(2)])),
        max_parallel_steps=draw(st.sampled_from([None, None, 1, 2])),
        hooks=HOOKS,
    )


def _just_woke(before, after):
    return before is not None and before.status is StepStatus.SUSPENDED and after.status is StepStatus.COMPLETED


def _is_busy(job, name):
    status = job.steps[name].status
    return status is StepStatus.RUNNING or (status is StepStatus.SUSPENDED and job.plan.actions[name].type == "task")


def _is_open_to_people(job, name):
    run = job.steps[name]
    is_closed = run.status is StepStatus.RUNNING or run.status.ended or _has_living_child(run)
    return not is_closed and not job.cancelling and job.status is not JobStatus.PENDING


def _is_free(job, name):
    """Whether a step that is opened again could run: nothing refuses it, and a loop goes on only where it may run."""
    run = job.steps[name]
    flow_name = run.loop_of or name
    if job.steps[flow_name].open_needs:
        return run.loop_of is None
    return refusal(job.plan.task.flow[flow_name], job.steps.__getitem__) is None


def _has_living_child(run):
    """What waits for its retry remembers a child too, but one that has ended."""
    return run.status is StepStatus.SUSPENDED and run.child_job_id is not None


def _waits_for_its_retry(run):
    return run.status is StepStatus.PENDING and run.due_at is not None


def _without_needs(run):
    return replace(run, open_needs=0)


class AJob(RuleBasedStateMachine):
    @initialize(job=jobs(), is_admitted=st.sampled_from([True, True, True, True, False]))
    def begin(self, job, is_admitted):
        self.first = self.job = job
        self.now = 0.0
        self.events = []
        self.effects = []
        if is_admitted:
            self.tell(JobAdmitted(self.now))

    def tell(self, event):
        """Takes the event in, or holds that a refused one changes nothing; checks the laws of one event."""
        before = self.job
        try:
            result = advance(before, event)
        except (StaleEvent, Conflict, NotFound) as error:
            refusal = str(error)
            result = None
        if result is None:
            assert "which allows no move" not in refusal  # the engine never tries a move that is not there
            assert len(self.events) > REPLAYED or before == self._replayed()[0]
            return False
        self.job = result.job
        self._check_what_was_removed(before, result)
        self.events.append(event)
        self.effects.append(result.effects)
        owed = set(outstanding(self.job))
        assert set(result.effects) <= owed
        assert owed - set(outstanding(before)) <= set(result.effects)
        assert all(before.steps.get(name) != run for name, run in result.changed.items())
        self._check_starts(before, result.changed)
        return True

    def _check_what_was_removed(self, before, result):
        assert set(before.steps) | result.changed.keys() == set(self.job.steps) | set(result.removed)
        assert not set(result.removed) & set(self.job.steps)
        assert all(before.steps[name].loop_of for name in result.removed)
        for name, run in result.changed.items():
            assert name not in before.steps or run.attempt >= before.steps[name].attempt

    def _check_starts(self, before, changed):
        for name, run in changed.items():
            if run.status in (StepStatus.RUNNING, StepStatus.SUSPENDED) and name in before.steps:
                wanted = self.job.plan.graph.needs[run.loop_of or name]
                assert all(self.job.steps[need].status.ended for need in wanted)

    def _replayed(self):
        job, effects = self.first, []
        for event in self.events:
            result = advance(job, event)
            job = result.job
            effects.append(result.effects)
        return job, effects

    def pick(self, data, *wanted):
        """The name of a step in one of these states, or of any step now and then."""
        names = [name for name, run in self.job.steps.items() if run.status in wanted]
        return data.draw(st.sampled_from(names)) if names else None

    @precondition(lambda self: self.job.status is JobStatus.PENDING)
    @rule()
    def admit(self):
        self.tell(JobAdmitted(self.now))

    @rule(data=st.data(), by=st.integers(0, 1))
    def claim(self, data, by):
        name = self.pick(data, StepStatus.READY)
        if name:
            run = self.job.steps[name]
            allowed = self.job.status is JobStatus.RUNNING and not self.job.cancelling and not slots_are_taken(self.job)
            assert self.tell(StepClaimed(self.now, name, run.attempt + 1, "worker-1", "token")) is allowed
            assert not allowed or self.job.steps[name].status is StepStatus.RUNNING

    @rule(data=st.data(), well=st.booleans(), code=st.sampled_from([1, 75]), killed=st.booleans())
    def report(self, data, well, code, killed):
        name = self.pick(data, StepStatus.RUNNING)
        if name:
            result = {"exit_code": 0, "output": {"n": 1}} if well else failed(code, chance=0.3)
            before = self.job.steps[name]
            told = self.tell(StepExited(self.now, name, before.attempt, **result, killed=killed and not well))
            assert told is not before.is_loop
            after = self.job.steps.get(name)
            if told and after and after.attempt == before.attempt and after.first_attempt == before.first_attempt:
                assert (after.status is StepStatus.COMPLETED) is well

    @rule(data=st.data(), off=st.sampled_from([-1, 1]))
    def report_another_attempt(self, data, off):
        name = self.pick(data, StepStatus.RUNNING, StepStatus.SUSPENDED)
        if name:
            attempt = self.job.steps[name].attempt + off
            assert not self.tell(StepExited(self.now, name, attempt, exit_code=0))
            assert not self.tell(StepLost(self.now, name, attempt, "its worker is gone"))
            assert not self.tell(StepDue(self.now, name, attempt))
            assert not self.tell(ChildEnded(self.now, name, attempt, "child", JobStatus.COMPLETED))

    @rule(data=st.data(), may_retry=st.booleans())
    def fail_to_start(self, data, may_retry):
        name = self.pick(data, StepStatus.READY, StepStatus.SUSPENDED)
        if name:
            run = self.job.steps[name]
            attempt = run.attempt + (run.status is StepStatus.READY)
            told = self.tell(StepExited(self.now, name, attempt, error="it cannot start", may_retry=may_retry))
            assert told is not _has_living_child(run)
            if told and not self._was_reset(run):
                after = self.job.steps[name]
                assert after.status is StepStatus.FAILED or (may_retry and _waits_for_its_retry(after))

    def _was_reset(self, before):
        """By a restart that only waited for this step."""
        after = self.job.steps.get(before.name)
        return after is None or after.first_attempt > before.first_attempt

    @rule(data=st.data())
    def lose(self, data):
        name = self.pick(data, StepStatus.RUNNING)
        if name:
            self.tell(StepLost(self.now, name, self.job.steps[name].attempt, "its worker is gone", 0.5))

    @rule()
    def ring(self):
        due = [run for run in self.job.steps.values() if run.due_at is not None]
        if due and self.job.status is not JobStatus.PAUSED:
            run = min(due, key=lambda run: run.due_at)
            self.now = max(self.now, run.due_at)
            self.tell(StepDue(self.now, run.name, run.attempt))

    @rule(data=st.data())
    def start_child(self, data):
        name = self.pick(data, StepStatus.SUSPENDED)
        if name:
            run = self.job.steps[name]
            self.tell(ChildStarted(self.now, name, run.attempt, f"child-{name}-{run.attempt}"))

    @rule(
        data=st.data(),
        status=st.sampled_from([JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED]),
        out=st.none(),
    )
    def end_child(self, data, status, out):
        name = self.pick(data, StepStatus.SUSPENDED)
        if name:
            run = self.job.steps[name]
            child = run.child_job_id or f"child-{name}-{run.attempt}"
            self.tell(ChildEnded(self.now, name, run.attempt, child, status, out))

    @rule(data=st.data(), approved=st.booleans())
    def decide(self, data, approved):
        name = self.pick(data, StepStatus.SUSPENDED)
        if name:
            self.tell(StepDecided(self.now, name, "ada", approved))

    @rule(data=st.data())
    def skip(self, data):
        name = self.pick(data, *StepStatus)
        if name:
            before = self.job
            allowed = _is_open_to_people(before, name)
            assert self.tell(StepSkipped(self.now, name, "ada")) is allowed
            assert not allowed or self.job.steps[name].status is StepStatus.SKIPPED

    @rule(data=st.data())
    def force(self, data):
        name = self.pick(data, *StepStatus)
        if name:
            before = self.job
            allowed = _is_open_to_people(before, name)
            if before.steps[name].status is StepStatus.FAILED:
                allowed = self.tell(StepForced(self.now, name, "ada", {"n": 2}))
                assert allowed or before.status is JobStatus.PENDING or before.cancelling or self._has_busy_step()
            else:
                assert self.tell(StepForced(self.now, name, "ada", {"n": 2})) is allowed
            assert not allowed or self.job.steps[name].status is StepStatus.COMPLETED

    def _has_busy_step(self):
        return any(_is_busy(self.job, name) for name in self.job.plan.task.flow)

    @rule()
    def pause(self):
        if self.tell(JobPaused(self.now, "ada")):
            assert self.job.status is JobStatus.PAUSED

    @precondition(lambda self: self.job.status is JobStatus.PAUSED)
    @rule()
    def resume(self):
        if self.tell(JobResumed(self.now, "ada")):
            assert self.job.status is JobStatus.RUNNING or self.job.ended

    @rule(id=st.integers(0, 20), type=st.sampled_from(["go", "a", "stop"]), wait=st.sampled_from([0, 0, 40.0]))
    def send(self, id, type, wait):
        """Now and then an event comes after a time limit that nobody has noticed yet."""
        self.now += wait
        before = self.job
        is_new = all(sent.id != f"event-{id}" for sent in before.sent_events)
        if self.tell(EventReceived(self.now, f"event-{id}", type, {"n": id}, "ada")):
            assert is_new or self.job.steps == before.steps
            done = [name for name, run in self.job.steps.items() if _just_woke(before.steps.get(name), run)]
            late = [name for name in done if 0 < (before.steps[name].due_at or self.now + 1) <= self.now]
            assert len([name for name in done if before.steps[name].input == {"event": type}]) <= 1
            assert not late or before.status is JobStatus.PAUSED

    @precondition(lambda self: len(self.events) > 2)
    @rule(data=st.data(), replay=st.booleans())
    def run_again(self, data, replay):
        name = self.pick(data, *ENDED_STEP)
        if name:
            self.now += 1.0  # so that the end of a step that ends again at once is another one
            self._open_again((SubtreeReplayed if replay else StepReset)(self.now, name, "ada"))

    def _open_again(self, event):
        before = self.job
        flow_name = before.steps[event.step].loop_of or event.step
        below = before.plan.graph.downstream(flow_name)
        busy = [name for name in below if _is_busy(before, name)]
        allowed = before.status is not JobStatus.PENDING and not before.cancelling and not busy
        allowed = allowed and _is_free(before, event.step)
        assert self.tell(event) is allowed
        if allowed:
            assert self.job.steps[event.step].first_attempt > before.steps[event.step].attempt
            assert self.job.reopened == before.reopened + before.ended
            stays = [name for name in below if before.steps[name].status is StepStatus.COMPLETED]
            moved = [
                name for name in stays if _without_needs(self.job.steps[name]) != _without_needs(before.steps[name])
            ]
            asked = set(self._asked_again(before))
            followed = asked | {name for one in asked for name in before.plan.graph.downstream(one)}
            assert moved == (stays if isinstance(event, SubtreeReplayed) else [one for one in stays if one in followed])

    def _asked_again(self, before):
        """Approvals that had been decided and are to be decided again, as names of the flow."""
        for name, run in before.steps.items():
            if run.status.ended and before.plan.actions[run.loop_of or name].type == "approval":
                after = self.job.steps.get(name)
                if after is None or after.first_attempt > run.attempt:
                    yield run.loop_of or name

    @precondition(lambda self: len(self.events) > 4)
    @rule()
    def restart(self):
        before = self.job
        assert self.tell(JobRestarted(self.now, "ada"))
        if self.job.restart_by is None:
            assert not self.job.sent_events
            flow = before.plan.task.flow
            assert all(self.job.steps[name].first_attempt > before.steps[name].attempt for name in flow)
            assert self.job.reopened == before.reopened + before.ended

    @precondition(lambda self: len(self.events) > 6)
    @rule()
    def cancel(self):
        allowed = not self.job.ended and (not self.job.cancelling or self.job.restart_by is not None)
        assert self.tell(CancelRequested(self.now, "ada")) is allowed
        assert not allowed or self.job.cancelling or self.job.status is JobStatus.CANCELLED

    @precondition(lambda self: len(self.events) > 6)
    @rule()
    def expire(self):
        self.now = max(self.now, self.job.expires_at or 0.0)
        self.tell(JobExpired(self.now))

    @precondition(lambda self: len(self.events) > 8)
    @rule()
    def lose_the_owner(self):
        self.tell(OwnerLost(self.now))

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def report_again(self, data):
        """A report that was taken in, once more: late, or repeated."""
        reports = [event for event in self.events if isinstance(event, REPORTS)]
        if not reports:
            return
        event = data.draw(st.sampled_from(reports))
        if isinstance(event, StepDue) and self._is_due(event):
            return  # a retry without a delay: the timer that is due now, and no repetition
        before, told = self.job, len(self.events)
        self.tell(event)
        assert self.job is before
        assert len(self.events) == told

    def _is_due(self, event):
        run = self.job.steps.get(event.step)  # an instance may be gone
        return run and run.attempt == event.attempt and run.due_at is not None and run.due_at <= event.at

    @invariant()
    def what_holds_of_every_job_holds(self):
        for law in LAWS:
            law(self.job)

    @invariant()
    def nothing_is_cancelled_in_a_job_that_nobody_cancelled(self):
        if not any(isinstance(event, CancelRequested | JobExpired | OwnerLost | JobRestarted) for event in self.events):
            assert all(run.status is not StepStatus.CANCELLED for run in self.job.steps.values())
            assert self.job.status not in (JobStatus.CANCELLED, JobStatus.TIMED_OUT)

    @invariant()
    def only_a_person_or_an_end_completes_a_step_that_never_ran(self):
        for run in self.job.steps.values():
            ran = run.attempt >= run.first_attempt or run.loop_total is not None
            if run.status is StepStatus.COMPLETED and not ran:
                assert any(isinstance(event, StepForced) for event in self.events)
            if run.status in (StepStatus.READY, StepStatus.PENDING):
                assert run.completed_at is None or run.due_at is not None or run.attempt >= run.first_attempt

    def teardown(self):
        """Whatever happened, the job can be brought to its end; and the same events give the same job again."""
        if not hasattr(self, "job"):
            return
        self.tell(JobAdmitted(self.now))
        if self.job.status is JobStatus.PAUSED:
            self.tell(JobResumed(self.now, "ada"))
        if self.job.restart_by is not None:
            self.tell(CancelRequested(self.now, "ada"))
        for _ in range(400):
            if self.job.ended:
                break
            self._bring_on()
        assert self.job.ended
        assert self._replayed() == (self.job, self.effects)
        self._retry()

    def _retry(self):
        """A job that has something left to run can be retried, and counts right from its first moment."""
        for wanted in ({}, {"from_start": True}, *({"from_step": name} for name in self.job.plan.task.flow)):
            try:
                again = retry_job(self.job, id="job-2", at=self.now, source=Source(), **wanted)
            except Conflict:
                assert not wanted or not self.job.plan.task.flow
                continue
            assert counters(again) == recount(again)
            result = advance(again, JobAdmitted(self.now))
            assert counters(result.job) == recount(result.job)

    def _bring_on(self):
        for run in list(self.job.steps.values()):
            match run.status:
                case StepStatus.READY:
                    self.tell(StepClaimed(self.now, run.name, run.attempt + 1, "worker-1", "token"))
                case StepStatus.RUNNING:
                    self.tell(StepExited(self.now, run.name, run.attempt, killed=self.job.cancelling))
                case StepStatus.SUSPENDED:
                    self.tell(EventReceived(self.now, f"late-{len(self.events)}", "go"))
                    self.tell(StepDecided(self.now, run.name, "ada", True))
                    child = run.child_job_id or "child"
                    self.tell(ChildEnded(self.now, run.name, run.attempt, child, JobStatus.COMPLETED))
        self.ring()


AJob.TestCase.settings = settings(
    max_examples=max(50, settings().max_examples),
    stateful_step_count=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestAJob = pytest.mark.filterwarnings("ignore")(AJob.TestCase)
