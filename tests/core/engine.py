"""Stories about jobs: flows in a line each, and a world that answers what the engine orders."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from gitflow.core.errors import StaleEvent
from gitflow.core.jobs.effects import (
    CancelChild,
    CloseJob,
    ExpireJob,
    KillStep,
    OfferStep,
    RetryJob,
    RunHooks,
    StartChild,
    WakeStep,
)
from gitflow.core.jobs.events import (
    CancelRequested,
    ChildEnded,
    ChildStarted,
    JobAdmitted,
    JobExpired,
    StepClaimed,
    StepDue,
    StepExited,
)
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import new_job, plan_task
from gitflow.core.language.definition import Action, AllOf, AnyOf, Step, StepNeed, Task
from gitflow.core.language.snapshot import Snapshot
from gitflow.core.machine.approvals import is_open
from gitflow.core.machine.machine import advance, outstanding
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus

SHELL = Action("shell")
MAX_ANSWERS = 100_000
ANY_END = frozenset({StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED})


def need(name, *accept):
    """A need as an author writes it: a bare name, or a name and the ends it accepts (``any`` for all)."""
    if not accept:
        return StepNeed(name)
    ends = ANY_END if accept == ("any",) else frozenset(StepStatus(end) for end in accept)
    return StepNeed(name, ends, plain=False)


def all_of(*needs):
    return AllOf(tuple(need(one) if isinstance(one, str) else one for one in needs))


def any_of(*needs):
    return AnyOf(tuple(need(one) if isinstance(one, str) else one for one in needs))


def step(*needs, action=SHELL, **fields):
    """A step without its name; ``flow`` gives it one."""
    wanted = tuple(need(one) if isinstance(one, str) else one for one in needs)
    return Step("", inline=action, needs=wanted, **fields)


def flow(**steps):
    """``build={"test"}`` style is a set of needs; anything more is a ``step``."""
    return {
        name: _named(name.replace("__", "-"), one if isinstance(one, Step) else step(*sorted(one)))
        for name, one in steps.items()
    }


def _named(name, one):
    return replace(one, name=name)


def plan_of(steps, snapshot=None, **task):
    by_name = {one.name: one for one in steps.values()}
    shot = snapshot or Snapshot("default", "abc123")
    return plan_task(replace(shot, tasks={"t": Task("t", by_name, **task)}), "t")


def job_of(steps, *, input=None, at=0.0, snapshot=None, **task):
    return new_job(
        plan_of(steps, snapshot, **task),
        id="job-1",
        workspace="default",
        revision="abc123",
        input=input or {},
        at=at,
        source=Source(),
    )


class World:
    """The outside: remembers what is owed and answers it, one thing at a time, first owed first answered.

    ``outcomes`` maps a step (or an instance, or ``"*"``) to what its attempts come to in turn; each is
    a dict of StepExited's fields, and the last one repeats. ``children`` does the same for child jobs.
    """

    def __init__(self, job, outcomes=None, children=None):
        self.job = job
        self.outcomes = outcomes or {}
        self.children = children or {}
        self.now = job.created_at
        self.outstanding = []
        self.events = []
        self.history = []
        self.effects = []
        self.started = []
        self.most_at_once = 0

    def tell(self, event):
        result = advance(self.job, event)
        self.job = result.job
        self.events.append(event)
        self.history.extend(result.history)
        self.effects.extend(result.effects)
        self.outstanding.extend(result.effects)
        self.most_at_once = max(self.most_at_once, self.job.busy_steps)
        return result

    def admit(self):
        self.tell(JobAdmitted(self.now))
        return self

    def claim(self, name):
        return self.tell(StepClaimed(self.now, name, self.job.steps[name].attempt + 1, "worker-1", "token"))

    def exit(self, name, **fields):
        return self.tell(StepExited(self.now, name, self.job.steps[name].attempt, **{"exit_code": 0, **fields}))

    def cancel(self, actor="ada", reason=""):
        return self.tell(CancelRequested(self.now, actor, reason))

    def expire(self):
        self.now = self.job.expires_at
        return self.tell(JobExpired(self.now))

    def run(self):
        """Answers all that is owed until nothing is left to do; the end of the job is not answered."""
        if self.job.status is JobStatus.PENDING:
            self.admit()
        for _ in range(MAX_ANSWERS):
            if not self._answer_one():
                return self
        raise AssertionError("it never ends")

    def _answer_one(self):
        timers = []
        while self.outstanding:
            effect = self.outstanding.pop(0)
            if isinstance(effect, WakeStep):
                timers.append(effect)
            elif self._still_matters(effect):
                self.outstanding = timers + self.outstanding
                return True
        running = [run for run in self.job.steps.values() if run.status is StepStatus.RUNNING and not run.is_loop]
        self.outstanding = sorted(timers, key=lambda timer: timer.due_at)
        if running:
            self.exit(running[0].name, **self._outcome(running[0]))
            self._offer_again()
            return True
        if self.outstanding:
            return self._ring(self.outstanding.pop(0))
        return False

    def _ring(self, timer):
        if self.job.status is JobStatus.RUNNING:
            self.now = max(self.now, timer.due_at)
            with suppress(StaleEvent):
                self.tell(StepDue(self.now, timer.step, timer.attempt))
        return True

    def _still_matters(self, effect):
        try:
            return self._answer(effect)
        except StaleEvent:
            return False

    def _answer(self, effect):
        match effect:
            case OfferStep():
                self.tell(StepClaimed(self.now, effect.step, effect.attempt, "worker-1", "token"))
                self.started.append(effect.step)
            case StartChild():
                child = f"child-of-{effect.step}-{effect.attempt}"
                self.tell(ChildStarted(self.now, effect.step, effect.attempt, child))
                ended = self._child(effect)
                self.tell(ChildEnded(self.now, effect.step, effect.attempt, child, **ended))
            case KillStep():
                self.exit(effect.step, exit_code=None, killed=True)
            case CancelChild():
                run = self.job.steps[effect.step]
                self.tell(ChildEnded(self.now, run.name, run.attempt, effect.child_job_id, JobStatus.CANCELLED))
            case ExpireJob() | RunHooks() | RetryJob() | CloseJob() | WakeStep():
                return False
        return True

    def _offer_again(self):
        if self.job.plan.task.max_parallel_steps is not None and not self.job.ended:
            waiting = [effect for effect in outstanding(self.job) if isinstance(effect, OfferStep)]
            self.outstanding.extend(effect for effect in waiting if effect not in self.outstanding)

    def _outcome(self, run):
        planned = self.outcomes.get(run.name) or self.outcomes.get(run.loop_of) or self.outcomes.get("*") or [{}]
        return planned[min(run.attempt, len(planned)) - 1]

    def _child(self, effect):
        planned = self.children.get(effect.step) or [{}]
        return {"status": JobStatus.COMPLETED, **planned[min(effect.attempt, len(planned)) - 1]}

    def statuses(self):
        return {name: run.status.value for name, run in self.job.steps.items()}

    def whats(self):
        return [(entry.what, entry.step) for entry in self.history]

    def ends(self):
        return [effect for effect in self.effects if isinstance(effect, RunHooks | RetryJob | CloseJob)]


def failed(code=1, **fields):
    return {"exit_code": code, "error": f"Exit code: {code}", **fields}


def finished(steps, outcomes=None, children=None, **job):
    """The world after the whole flow ran, with these outcomes."""
    return World(job_of(steps, **job), outcomes, children).run()


def statuses(steps, outcomes=None, **job):
    return finished(steps, outcomes, **job).statuses()


def recount(job):
    """The counters, counted from scratch: (open, busy and failed steps, {step: open_needs}, {loop: ended})."""
    flow_names = job.plan.task.flow
    open_steps = sum(not job.steps[name].status.ended for name in flow_names)
    failed = sum(job.steps[name].status is StepStatus.FAILED for name in flow_names)
    busy = sum(run.status is StepStatus.RUNNING and not run.is_loop for run in job.steps.values())
    needs = {name: sum(is_open(job.steps[other]) for other in job.plan.graph.needs[name]) for name in flow_names}
    ended = Counter(run.loop_of for run in job.steps.values() if run.loop_of and run.status.ended)
    return open_steps, busy, failed, needs, {name: ended[name] for name in flow_names if job.steps[name].is_loop}


def counters(job):
    flow_names = job.plan.task.flow
    needs = {name: job.steps[name].open_needs for name in flow_names}
    ended = {name: job.steps[name].ended_instances for name in flow_names if job.steps[name].is_loop}
    return job.open_steps, job.busy_steps, job.failed_steps, needs, ended
