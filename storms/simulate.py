"""Simulates thousands of jobs (``world``) with random outcomes, deaths and operations; checks all laws at every step.

The same seed gives the same events; their digest is one of the figures.
"""

from __future__ import annotations

import hashlib
import os
import random
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, InvalidInput, NotFound
from gitflow.core.jobs.events import (
    CancelRequested,
    EventReceived,
    JobPaused,
    JobRestarted,
    JobResumed,
    StepDecided,
    StepDue,
    StepExited,
    StepForced,
    StepReset,
    StepSkipped,
    SubtreeReplayed,
)
from gitflow.core.status import JobStatus, StepStatus
from storms import flows
from storms.world import World

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job

JOBS = int(os.environ.get("STORM_JOBS", "3000"))
SLOTS = (1, 3, 8)
RUNS = ("server", "server", "run-1", "run-2")
#: How many of the jobs made last are asked for something though they may have ended.
RECENT = 60


def storm(seed: int, jobs: int | None = None) -> tuple[list[str], dict[str, object]]:
    """The failures and the figures. ``jobs`` counts the jobs from outside, without children, hooks and retries."""
    driver = Driver(random.Random(seed))
    try:
        driver.drive(JOBS if jobs is None else jobs)
    except AssertionError as broken:
        events = "\n".join(map(str, driver.last[-8:]))
        law = traceback.extract_tb(broken.__traceback__)[-1].name.replace("_", " ")
        return [f"seed {seed}, after {driver.world.figures['events']} events: {law}: {broken}\n{events}"], {}
    return [], {**driver.world.figures, **driver.ends(), "digest": driver.digest()}


class Driver:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.world = World(flows.snapshot(chance), chance.choice(SLOTS))
        self.ids: list[str] = []
        self.last: list[object] = []  #: what was done, for who has to find out
        self.asked = 0

    def drive(self, jobs: int) -> None:
        made = 0
        while made < jobs or self.world.agenda:
            draw = self.chance.random()
            if draw < 0.08 and made < jobs:
                made += 1
                self.execute()
            elif draw < 0.4 and made < jobs:
                self.operate()
            elif draw < 0.404 and made < jobs:
                self.die()
            elif not self.world.pass_time() and made >= jobs:
                break
            self.work()
        self.finish()

    def execute(self) -> None:
        task = self.chance.choice([name for name in self.world.snapshot.tasks if name != "deep"])
        job = self.world.execute(task, self.chance.choice(RUNS))
        self.last.append(("execute", task, job and job.id))

    def work(self) -> None:
        """Gives offered steps to free workers, and decides their durations and outcomes at once."""
        while (claimed := self.world.claim_next()) is not None:
            self.last.append(("claimed", *claimed))
            takes = self.chance.choice((0.0, 0.5, 3.0, 20.0)) * self.chance.random()
            end = self.chance.random()
            owner = self.world.owners[claimed[0]]
            if end < 0.05:
                self.world.at(self.world.now + takes, owner, lambda c=claimed: self.world.lose_worker(*c))
            else:
                outcome = self.outcome(end)
                self.world.at(self.world.now + takes, owner, lambda c=claimed, o=outcome: self.world.exit(*c, **o))

    def outcome(self, end: float) -> dict[str, object]:
        if end < 0.75:
            return {"exit_code": 0, "output": {"n": 1}}
        code = self.chance.choice((1, 75))
        return {"exit_code": code, "error": f"Exit code: {code}", "chance": self.chance.random()}

    def die(self) -> None:
        owner = self.chance.choice(("server", "run-1", "run-2"))
        self.last.append(("dies", owner))
        self.world.figures["owners died"] += 1
        (self.world.crash if owner == "server" else self.world.lose_run)(owner)

    def operate(self) -> None:
        """Makes a random request about an open or ended job; its state may not allow the request."""
        ids = list(self.world.open)[-RECENT:] if self.chance.random() < 0.8 else list(self.world.jobs)[-RECENT:]
        if ids:
            operation = self.chance.choice(OPERATIONS)
            job_id = self.chance.choice(ids)
            steps = self.world.jobs[job_id].steps
            likely = [name for name, run in steps.items() if not run.status.ended] if self.chance.random() < 0.5 else []
            step = self.chance.choice(likely or list(steps) or ["none"])
            self.asked += 1
            self.last.append((operation.__name__, job_id, step))
            operation(self, job_id, step)

    def finish(self) -> None:
        """Lets everything end: no process dies any more, and people decide approvals."""
        for _ in range(1_000_000):
            if not self.world.open:
                return
            self.answer()
            self.work()
            if not self.world.pass_time():
                assert self.world.running or self.can_answer() or not self.world.open, "nothing moves any more"
        raise AssertionError(f"it does not end: {len(self.world.open)} jobs are open")

    def answer(self) -> None:
        for job_id in list(self.world.open):
            if self.world.jobs[job_id].status is JobStatus.PAUSED:
                self.world.tell(job_id, JobResumed(self.world.now, "ada"))
        for job_id, step in self.world.suspended("approval"):
            self.world.tell(job_id, StepDecided(self.world.now, step, "ada", self.chance.random() < 0.7))

    def can_answer(self) -> bool:
        return bool(self.world.suspended("approval"))

    def ends(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for job in self.world.jobs.values():
            found[job.status.value] = found.get(job.status.value, 0) + 1
        return dict(sorted(found.items()))

    def digest(self) -> str:
        """The digest of the final state of all jobs and steps."""
        whole = hashlib.sha256()
        for job in self.world.jobs.values():
            steps = [(run.name, run.status.value, run.attempt, run.completed_at) for run in job.steps.values()]
            whole.update(repr((job.id, job.status.value, job.completed_at, job.error_message, steps)).encode())
        return whole.hexdigest()[:12]


def pause(self: Driver, job_id: str, step: str) -> None:
    self.world.tell(job_id, JobPaused(self.world.now, "ada"))


def resume(self: Driver, job_id: str, step: str) -> None:
    self.world.tell(job_id, JobResumed(self.world.now, "ada"))


def cancel(self: Driver, job_id: str, step: str) -> None:
    self.world.tell(job_id, CancelRequested(self.world.now, "ada"))


def skip(self: Driver, job_id: str, step: str) -> None:
    is_open = is_open_to_people(self.world.jobs[job_id], step)
    assert self.world.tell(job_id, StepSkipped(self.world.now, step, "ada")) is is_open, "a skip was wrongly answered"


def is_open_to_people(job: Job, step: str) -> bool:
    run = job.steps.get(step)
    if run is None or job.cancelling or job.status is JobStatus.PENDING:
        return False
    has_living_child = run.status is StepStatus.SUSPENDED and run.child_job_id is not None
    return not (run.status is StepStatus.RUNNING or run.status.ended or has_living_child)


def complete(self: Driver, job_id: str, step: str) -> None:
    if is_open_to_people(self.world.jobs[job_id], step):
        assert self.world.tell(job_id, StepForced(self.world.now, step, "ada", {"n": 2})), "it may be completed"
        return
    self.world.reopen(job_id, StepForced(self.world.now, step, "ada", {"n": 2}))


def retry_step(self: Driver, job_id: str, step: str) -> None:
    self.world.reopen(job_id, StepReset(self.world.now, step, "ada"))


def replay(self: Driver, job_id: str, step: str) -> None:
    self.world.reopen(job_id, SubtreeReplayed(self.world.now, step, "ada"))


def restart(self: Driver, job_id: str, step: str) -> None:
    self.world.reopen(job_id, JobRestarted(self.world.now, "ada"))


def retry(self: Driver, job_id: str, step: str) -> None:
    how = self.chance.choice(({}, {"from_start": True}, {"from_step": step}))
    with suppress(Conflict, NotFound, InvalidInput):
        self.world.retry(job_id, **how)


def decide(self: Driver, job_id: str, step: str) -> None:
    """Decides an approval; sometimes of a step that does not wait for one."""
    waiting = self.world.suspended("approval")
    if waiting and self.chance.random() < 0.8:
        job_id, step = self.chance.choice(waiting)
    self.world.tell(job_id, StepDecided(self.world.now, step, "ada", self.chance.random() < 0.7))


def send(self: Driver, job_id: str, step: str) -> None:
    """Now and then one that was sent before."""
    number = self.chance.randint(max(0, self.asked - 40), self.asked)
    kind = flows.EVENTS[number % len(flows.EVENTS)]
    self.world.tell(job_id, EventReceived(self.world.now, f"event-{number}", kind, {"n": number}, "ada"))


def report_late(self: Driver, job_id: str, step: str) -> None:
    """Of an attempt that is not the present one: it changes nothing."""
    run = self.world.jobs[job_id].steps.get(step)
    before = self.world.jobs[job_id]
    if run is not None:
        attempt = run.attempt + self.chance.choice((-1, 2))
        late = self.chance.choice((StepExited, StepDue))(self.world.now, step, attempt)
        assert not self.world.tell(job_id, late), "a late report was taken in"
        assert self.world.jobs[job_id] is before, "a late report changed the job"


def fail_to_start(self: Driver, job_id: str, step: str) -> None:
    """A worker has it, and finds that it cannot begin; or a person's step cannot be announced."""
    if self.world.offers:
        job_id, step, attempt = self.chance.choice(list(self.world.offers))
        may_retry = self.chance.random() < 0.7
        exited = StepExited(self.world.now, step, attempt, error="it cannot start", may_retry=may_retry)
        if self.world.tell(job_id, exited):
            self.world.offers.pop((job_id, step, attempt), None)


OPERATIONS = (
    *(pause, resume, resume, cancel, skip, complete, retry_step, replay, restart),
    *(retry, decide, decide, decide, send, send, report_late, fail_to_start),
)
