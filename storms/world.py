"""Many jobs in a small world: workers, timers, child jobs, hooks, groups and owners that die, under a virtual clock.

The world carries out what the core orders, as the runtime does, and looks after each event whether what must hold
holds. It has no chance of its own: what happens is decided by whoever drives it (``simulate``).
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, InvalidInput, NotFound, StaleEvent
from gitflow.core.jobs.children import may_be_reused
from gitflow.core.jobs.concurrency import Member, decide, holds_a_place, may_be_reopened
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
    OwnerLost,
    StepClaimed,
    StepDue,
    StepExited,
    StepLost,
)
from gitflow.core.jobs.job import Job, Source
from gitflow.core.jobs.planning import HOOK_PREFIX, new_job, plan_task, retry_job
from gitflow.core.machine.machine import advance, outstanding
from gitflow.core.machine.outstanding import slots_are_taken
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus
from storms.laws import after_an_event, must_be_meant, of_the_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.events import Event
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.machine.machine import Advance

MAX_DEPTH = 10


class World:
    def __init__(self, snapshot: Snapshot, slots: int) -> None:
        self.snapshot = snapshot
        self.slots = slots
        self.now = 0.0
        self.jobs: dict[str, Job] = {}
        self.open: dict[str, None] = {}
        self.owners: dict[str, str] = {}
        self.starts_at: dict[str, float] = {}  #: of jobs that are not to start before
        self.retries: dict[str, list[str]] = {}  #: job id -> the jobs that retry it, directly
        self.begun: dict[tuple[str, str], list[str]] = {}  #: (parent, step) -> the child jobs made for it
        self.offers: dict[tuple[str, str, int], None] = {}
        self.running: dict[tuple[str, str], int] = {}  #: what a worker has -> its attempt
        self.attempts: set[tuple[str, str, int]] = set()  #: every attempt that was ever started
        self.started_hooks: set[tuple[object, ...]] = set()
        self.figures: Counter[str] = Counter()
        self.agenda: list[tuple[float, int, str, Callable[[], None]]] = []
        self.timers: Counter[tuple[object, ...]] = Counter()  #: what stands on the agenda for a job
        self.epochs: Counter[str] = Counter()  #: of owners: what an earlier life of one noted down is void
        self._inner: deque[tuple[str, Event]] = deque()
        self._groups: dict[str, None] = {}  #: in which somebody came or went
        self._touched: dict[str, None] = {}
        self._number = 0

    # what happens

    def tell(self, job_id: str, event: Event) -> bool:
        """Whether it was taken in; and all that follows from it. Raises AssertionError when a law is broken."""
        taken = self._apply(job_id, event)
        self._follow()
        return taken

    def execute(self, task: str, owner: str) -> Job | None:
        """A new job, unless its group has no place for one that is not to wait."""
        given = {"yes": 1, "items": ["a", "b"]}
        job = self._planned(task, given, Source())
        return self._entered(job, owner)

    def retry(self, job_id: str, **how: object) -> Job | None:
        """Raises Conflict and NotFound."""
        again = retry_job(self.jobs[job_id], id=self._new_id(), at=self.now, source=Source(), **how)
        return self._entered(again, "server")

    def _entered(self, job: Job, owner: str) -> Job | None:
        if self.group(job) is not None and job.plan.task.concurrency.on_limit == "skip":
            holders, waiters = self.members(self.group(job))
            if job.id in decide(holders, [*waiters, self._member(job)]).skipped:
                self.figures["skipped for want of a place"] += 1
                return None
        self._create(job, owner)
        self._follow()
        return job

    def reopen(self, job_id: str, event: Event) -> bool:
        """As ``tell``; an ended job is opened again only where its group has a place. Its owner may be gone."""
        job = self.jobs[job_id]
        group = self.group(job)
        if job.ended and group is not None:
            holders, _ = self.members(group)
            if not may_be_reopened(holders, job.plan.task.concurrency.limit):
                self.figures["refused"] += 1
                return False
        if job.ended:
            self.owners[job_id] = "server"
        return self.tell(job_id, event)

    def claim_next(self) -> tuple[str, str, int] | None:
        """A free worker takes what has the highest priority, then what was offered first."""
        if len(self.running) >= self.slots:
            return None
        for key in sorted(self.offers, key=lambda key: -self.jobs[key[0]].priority):
            job_id, step, attempt = key
            if not self._apply(job_id, StepClaimed(self.now, step, attempt, "worker-1", f"token-{self._number}")):
                if not slots_are_taken(self.jobs[job_id]):  # else its turn comes when another step has ended
                    del self.offers[key]
                continue
            self.offers.pop(key, None)
            assert key not in self.attempts, f"attempt {key} was started twice"
            self.attempts.add(key)
            self.running[job_id, step] = attempt
            self._follow()
            return key
        return None

    def exit(self, job_id: str, step: str, attempt: int, **outcome: object) -> None:
        """The end of an attempt, unless it has ended already."""
        if self.running.get((job_id, step)) == attempt:
            del self.running[job_id, step]
            assert self.tell(job_id, StepExited(self.now, step, attempt, **outcome)), "a report was not taken in"

    def lose_worker(self, job_id: str, step: str, attempt: int) -> None:
        if self.running.get((job_id, step)) == attempt:
            del self.running[job_id, step]
            assert self.tell(job_id, StepLost(self.now, step, attempt, "its worker is gone")), "a loss was not taken in"

    def lose_run(self, owner: str) -> None:
        """``gitflow run`` died: all its jobs are settled, and nothing is started for them."""
        self._forget_what_was_known(owner)
        for job_id in [job_id for job_id in self.open if self.owners[job_id] == owner]:
            assert self._apply(job_id, OwnerLost(self.now), carries_out=False)
            assert self.jobs[job_id].ended
        self._follow()

    def crash(self, owner: str) -> None:
        """A server died and came back: it knows what is stored, and carries out what is outstanding."""
        mine = self._forget_what_was_known(owner)
        for (job_id, step), attempt in [item for item in self.running.items() if item[0][0] in mine]:
            del self.running[job_id, step]
            assert self._apply(job_id, StepLost(self.now, step, attempt, "its worker is gone"))
        self._drain()
        for job_id in mine:
            job = self.jobs[job_id]
            if job.ended:
                continue
            if job_id in self.starts_at and job.status is JobStatus.PENDING:
                self._at(self.starts_at[job_id], job_id, lambda job_id=job_id: self._due_to_start(job_id), "starts")
            for effect in outstanding(job):
                if not isinstance(effect, RunHooks):
                    self._carry_out(job, effect)
        self._follow()

    def _forget_what_was_known(self, owner: str) -> list[str]:
        self.epochs[owner] += 1
        mine = [job_id for job_id in self.open if self.owners[job_id] == owner]
        gone = set(mine)
        self.offers = {key: None for key in self.offers if key[0] not in gone}
        self.timers = Counter({key: count for key, count in self.timers.items() if key[0] not in gone})
        if owner != "server":
            self.running = {key: attempt for key, attempt in self.running.items() if key[0] not in gone}
        return mine

    # time

    def at(self, due_at: float, owner: str, work: Callable[[], None]) -> None:
        self._number += 1
        epoch = self.epochs[owner]
        call = lambda: work() if self.epochs[owner] == epoch else None  # noqa: E731
        heapq.heappush(self.agenda, (max(due_at, self.now), self._number, owner, call))

    def pass_time(self) -> bool:
        """To what is due next. False when nothing is."""
        if not self.agenda:
            return False
        self.now, _, _, call = heapq.heappop(self.agenda)
        call()
        return True

    def _at(self, due_at: float, job_id: str, work: Callable[[], None], *mark: object) -> None:
        key = (job_id, *mark)

        def ring() -> None:
            self.timers[key] -= 1
            work()

        self.timers[key] += 1
        self.at(due_at, self.owners[job_id], ring)

    # one event

    def _apply(self, job_id: str, event: Event, *, carries_out: bool = True) -> bool:
        before = self.jobs[job_id]
        self.figures["events"] += 1
        try:
            result = advance(before, event)
        except (StaleEvent, Conflict, NotFound, InvalidInput) as refused:
            must_be_meant(refused)
            self.figures["refused"] += 1
            return False
        after_an_event(before, event, result)
        self._store(result)
        if carries_out:
            for effect in result.effects:
                self._carry_out(result.job, effect)
        return True

    def _store(self, result: Advance) -> None:
        job = result.job
        self.jobs[job.id] = job
        self._touched[job.id] = None
        if job.ended:
            self.open.pop(job.id, None)
        else:
            self.open[job.id] = None
        group = self.group(job)
        if group is not None:
            self._groups[group] = None

    def _follow(self) -> None:
        """All that follows at once, then the laws of the world."""
        self._drain()
        touched, self._touched = list(self._touched), {}
        of_the_world(self, touched)

    def _drain(self) -> None:
        while self._inner or self._groups:
            if self._inner:
                self._apply(*self._inner.popleft())
            else:
                self._decide(next(iter(self._groups)))

    # groups

    def group(self, job: Job) -> str | None:
        return job.plan.task.concurrency.group if holds_a_place(job) else None

    def _member(self, job: Job) -> Member:
        limit = job.plan.task.concurrency
        order = int(job.id.removeprefix("j"))
        return Member(job.id, order, job.priority, limit.limit, limit.on_limit, cancelling=job.cancelling)

    def members(self, group: str) -> tuple[list[Member], list[Member]]:
        """Holders and waiters."""
        here = [self.jobs[job_id] for job_id in self.open if self.group(self.jobs[job_id]) == group]
        waiting = [job for job in here if job.status is JobStatus.PENDING]
        due = [job for job in waiting if self.starts_at.get(job.id, 0.0) <= self.now]
        return [self._member(job) for job in here if job not in waiting], [self._member(job) for job in due]

    def _decide(self, group: str) -> None:
        decision = decide(*self.members(group))
        del self._groups[group]
        for job_id in decision.admitted:
            self._inner.append((job_id, JobAdmitted(self.now)))
        for job_id in (*decision.cancelled, *decision.skipped):
            self._inner.append((job_id, CancelRequested(self.now, "engine", "its place is wanted")))

    # effects

    def _carry_out(self, job: Job, effect: Effect) -> None:
        match effect:
            case OfferStep():
                self.offers[job.id, effect.step, effect.attempt] = None
            case KillStep():
                self._kill(job.id, effect)
            case WakeStep():
                due = (effect.step, effect.attempt, effect.due_at)
                self._at(effect.due_at, job.id, lambda: self._ring(job.id, effect), *due)
            case ExpireJob():
                self._at(effect.due_at, job.id, lambda: self._expire(job.id), "expires", effect.due_at)
            case StartChild():
                self._start_child(job, effect)
            case CancelChild():
                for job_id in self.chain(effect.child_job_id):
                    self._inner.append((job_id, CancelRequested(self.now, "engine", "its parent was cancelled")))
            case RunHooks():
                self._run_hooks(job, effect)
            case RetryJob():
                again = retry_job(job, id=self._new_id(), at=self.now, source=job.source, attempt=job.attempt + 1)
                self._create(again, self.owners[job.id], effect.due_at)
            case CloseJob():
                self._close(job)

    def _kill(self, job_id: str, effect: KillStep) -> None:
        attempt = self.running.get((job_id, effect.step))
        if attempt == effect.attempt:
            due_at = self.now + effect.grace_s * (hash_of(job_id, effect.step) % 3) / 2
            self._at(due_at, job_id, lambda: self.exit(job_id, effect.step, attempt, killed=True), "kill", effect.step)

    def _ring(self, job_id: str, effect: WakeStep) -> None:
        self.tell(job_id, StepDue(self.now, effect.step, effect.attempt))

    def _expire(self, job_id: str) -> None:
        self.tell(job_id, JobExpired(self.now))

    def _start_child(self, job: Job, effect: StartChild) -> None:
        task = job.plan.actions[job.steps[effect.step].loop_of or effect.step].fields["task"]
        if job.depth + 1 > MAX_DEPTH:
            exited = StepExited(self.now, effect.step, effect.attempt, error="too deep", may_retry=False)
            self._inner.append((job.id, exited))
            return
        wanted = self._under(job, task, Source("task", job.id))
        reused = self._completed_child(job, effect, wanted)
        if reused is not None:
            self.figures["children reused"] += 1
            started = ChildStarted(self.now, effect.step, effect.attempt, reused.id)
            ended = ChildEnded(self.now, effect.step, effect.attempt, reused.id, reused.status, reused.output)
            self._inner.extend([(job.id, started), (job.id, ended)])
            return
        self._inner.append((job.id, ChildStarted(self.now, effect.step, effect.attempt, wanted.id)))
        self.begun.setdefault((job.id, effect.step), []).append(wanted.id)
        self._create(replace(wanted, parent_step=effect.step), self.owners[job.id])

    def _completed_child(self, job: Job, effect: StartChild, wanted: Job) -> Job | None:
        """Only where the job retries another: within a job the last attempt's end is not remembered here."""
        before = self.jobs.get(job.retry_of_job_id or "") if effect.attempt == 1 else None
        begun = self.begun.get((before.id, effect.step), []) if before is not None else []
        if before is None or not begun or effect.step not in before.steps:
            return None
        child = self.jobs[self.chain(begun[-1])[-1]]
        return child if may_be_reused(before.steps[effect.step].status, child, wanted) else None

    def _run_hooks(self, job: Job, effect: RunHooks) -> None:
        occasion = (job.id, effect.occasion, effect.step, effect.attempt, job.reopened)
        if occasion in self.started_hooks:
            assert effect.step is not None, f"the hooks of {occasion} were started twice"
            return  # the job was paused and resumed meanwhile
        self.started_hooks.add(occasion)
        for hook in getattr(job.plan.hooks, effect.occasion):
            if job.depth + 1 <= MAX_DEPTH:
                made = self._under(job, HOOK_PREFIX + hook.action, Source("hook", job.id))
                self._create(replace(made, hook={"job_id": job.id}), self.owners[job.id])
                self.figures["hooks"] += 1

    def _close(self, job: Job) -> None:
        self.offers = {key: None for key in self.offers if key[0] != job.id}
        if job.parent_job_id is None or job.parent_step is None or self.has_successor(job.id):
            return
        run = self.jobs[job.parent_job_id].steps.get(job.parent_step)
        if run is None or run.child_job_id is None or job.id not in self.chain(run.child_job_id):
            return
        ended = ChildEnded(self.now, run.name, run.attempt, run.child_job_id, job.status, job.output, job.error_message)
        self._inner.append((job.parent_job_id, ended))

    def has_successor(self, job_id: str) -> bool:
        return any(not self.jobs[one].ended for one in self.retries.get(job_id, ()))

    def chain(self, first: str) -> list[str]:
        """A job and all that retry it, directly or through others, oldest first."""
        found = [first]
        for job_id in found:
            found.extend(one for one in self.retries.get(job_id, ()) if one not in found)
        return found

    # jobs

    def _planned(self, task: str, given: dict[str, object], source: Source) -> Job:
        return new_job(
            plan_task(self.snapshot, task),
            id=self._new_id(),
            workspace=self.snapshot.workspace,
            revision=self.snapshot.revision,
            input=given,
            at=self.now,
            source=source,
        )

    def _under(self, parent: Job, task: str, source: Source) -> Job:
        root = parent.root_job_id or parent.id
        job = self._planned(task, {"yes": 1, "items": ["a", "b"]}, source)
        return replace(job, depth=parent.depth + 1, parent_job_id=parent.id, root_job_id=root, hook=parent.hook)

    def _new_id(self) -> str:
        self._number += 1
        return f"j{self._number}"

    def _create(self, job: Job, owner: str, starts_at: float | None = None) -> None:
        assert job.depth <= MAX_DEPTH
        self.jobs[job.id] = job
        self.open[job.id] = None
        self.owners[job.id] = owner
        self.figures["jobs"] += 1
        if job.retry_of_job_id is not None:
            self.retries.setdefault(job.retry_of_job_id, []).append(job.id)
        if job.expires_at is not None:
            self._carry_out(job, ExpireJob(job.expires_at))
        if starts_at is None:
            self._begin(job.id)
        else:
            self.starts_at[job.id] = starts_at
            self._at(starts_at, job.id, lambda: self._due_to_start(job.id), "starts")

    def _begin(self, job_id: str) -> None:
        group = self.group(self.jobs[job_id])
        if group is None:
            self._inner.append((job_id, JobAdmitted(self.now)))
        else:
            self._groups[group] = None

    def _due_to_start(self, job_id: str) -> None:
        if self.jobs[job_id].status is JobStatus.PENDING:
            self._begin(job_id)
            self._follow()

    def suspended(self, kind: str) -> list[tuple[str, str]]:
        """Steps of open jobs that wait for this kind of thing."""
        return [
            (job_id, run.name)
            for job_id in self.open
            for run in self.jobs[job_id].steps.values()
            if run.status is StepStatus.SUSPENDED
            and self.jobs[job_id].plan.actions[run.loop_of or run.name].type == kind
        ]


def hash_of(*words: str) -> int:
    """The same in every run."""
    return sum(map(ord, "".join(words)))
