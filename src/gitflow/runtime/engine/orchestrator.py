"""The only writer of jobs in this process: tells the core what happened, saves what came of it.

Everything that was told since the last turn becomes one commit (``settle``): the new states, the
history, the child and hook jobs they call for, and the claims of the steps that start next. What
touches the world (starting and ending processes) is handed back and done after the commit, so a
process that dies in between has promised nothing it did not store.
"""

from __future__ import annotations

from collections import deque
from functools import partial

from gitflow.core.errors import Conflict, StaleEvent
from gitflow.core.jobs.events import HistoryEntry, JobAdmitted
from gitflow.core.machine.machine import advance, outstanding
from gitflow.core.record import replace
from gitflow.core.status import JobStatus
from gitflow.runtime.engine.effects import carry_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.jobs.effects import KillStep
    from gitflow.core.jobs.events import Event
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.dispatch.base import Dispatch
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.concurrency import Groups
    from gitflow.runtime.engine.job_factory import JobFactory
    from gitflow.runtime.engine.timers import Timers
    from gitflow.runtime.worker.step_dirs import StepDirs
    from gitflow.runtime.worker.step_input import Renderer
    from gitflow.stores.protocols.jobs import JobStore
    from gitflow.stores.registry import Stores

    #: Called after each commit with every job that moved and what is new in its history.
    Observer = Callable[[Job, Sequence[HistoryEntry]], None]
    Work = Callable[["Transaction"], None]
    #: What is done with work that was dropped, because it failed by a mistake of ours.
    Failed = Callable[[Exception], None]
    #: An occasion on which something is started once: its name, step, attempt, and how often the job was reopened.
    Occasion = tuple[str, str | None, int | None, int]


class PendingJob:
    """What this turn has made of one job, not saved yet."""

    __slots__ = ("announced", "carried_from", "changed", "history", "is_new", "job", "removed", "told")

    def __init__(self, job: Job, *, is_new: bool = False, carried_from: str | None = None) -> None:
        self.job = job
        self.is_new = is_new
        self.carried_from = carried_from  #: the job whose finished steps, with their artifacts, it begins with
        self.announced: set[Occasion] = set()
        self.changed: dict[str, StepRun] = {}
        self.removed: list[str] = []
        self.history: list[HistoryEntry] = []
        self.told: list[HistoryEntry] = []  #: history that is saved already


class Transaction:
    """One commit in the making."""

    __slots__ = ("after", "asked", "awaited", "groups", "inbox", "inner", "jobs", "kills", "seen", "told")

    def __init__(self, asked: list[tuple[Work, Failed | None]], inbox: deque[tuple[str, Event]]) -> None:
        self.asked = asked
        self.inbox = inbox  #: told from outside, and not taken in yet
        self.told: list[tuple[str, Event]] = []  #: told from outside, and taken in
        self.inner: deque[tuple[str, Event]] = deque()  #: told by the turn itself
        self.jobs: dict[str, PendingJob] = {}
        self.groups: set[tuple[str, str]] = set()  #: (workspace, name) of those in which somebody came or went
        self.kills: list[tuple[str, KillStep]] = []
        self.seen: list[Callable[[], None]] = []  #: what observers are told after the commit
        #: Done after the commit, before anything is started: what somebody waits for.
        self.awaited: list[Callable[[], None]] = []
        self.after: list[Callable[[], None]] = []  #: done after the commit, last


class Orchestrator:
    """Owns the open jobs of this process, and nobody else's."""

    def __init__(
        self,
        store: JobStore,
        dispatch: Dispatch,
        timers: Timers,
        clock: Clock,
        maker: JobFactory,
        renderer: Renderer,
        folders: StepDirs,
        owner_id: str,
    ) -> None:
        self.store = store
        self.dispatch = dispatch
        self.timers = timers
        self.clock = clock
        self.maker = maker
        self.renderer = renderer
        self.folders = folders
        self.owner_id = owner_id
        self.observers: list[Observer] = []
        self.stores: Stores | None = None  #: for what is rarely asked; set by whoever builds all
        self.load: Callable[[str], Job] | None = None  #: a stored job; set by whoever builds all
        #: Settles what dead processes left, and answers whether to ask again soon; set by whoever builds all.
        self.tidy: Callable[[], object] | None = None
        self._groups: Groups | None = None
        self._announced: dict[str, set[Occasion]] = {}  #: by job: what has been started once
        self.adopted: set[str] = set()  #: jobs of which the store knows what has been started
        self._open: dict[str, Job] = {}
        self._coming: set[str] = set()  #: asked for, and not committed yet
        self._overtaken: set[str] = set()  #: jobs of ours that somebody else has changed in the store
        self._inbox: deque[tuple[str, Event]] = deque()
        self._asked: deque[tuple[Work, Failed | None]] = deque()

    def job(self, job_id: str) -> Job | None:
        """An open job of this process as last committed."""
        return self._open.get(job_id)

    def open_ids(self) -> list[str]:
        """Every job that has not ended, also one whose creation is not committed yet."""
        return list({**self._open, **dict.fromkeys(self._coming)})

    @property
    def is_idle(self) -> bool:
        return not self._open and not self._inbox and not self._asked

    def tell(self, job_id: str, event: Event) -> None:
        """Takes the event in at the next ``settle``."""
        self._inbox.append((job_id, event))

    def ask(self, work: Work, failed: Failed | None = None) -> None:
        """Does ``work`` inside the next commit, before the events; safe from every thread.

        ``failed`` is told if it was dropped, because of a mistake of ours in it (see Engine).
        """
        self._asked.append((work, failed))

    def bring(self, job: Job, prepare: Callable[[], None] | None = None, *, carried_from: str | None = None) -> None:
        """Creates the job inside the next commit, after ``prepare``."""

        def create(turn: Transaction) -> None:
            if prepare is not None:
                prepare()
            self.create(turn, job, carried_from=carried_from)

        self._coming.add(job.id)
        self.ask(create, lambda error: self._coming.discard(job.id))

    def let_go(self, job_id: str) -> None:
        """The job is not ours to move any more, or has ended."""
        self._open.pop(job_id, None)
        self._announced.pop(job_id, None)
        self.adopted.discard(job_id)
        self.timers.forget(job_id)

    def adopt(self, job: Job, *, lost: str | None = None) -> None:
        """Takes over a stored job of ours: what is owed to it is carried out again, in the next commit.

        ``lost`` says why nothing of it is running any more: its running steps are told so. Without it they run here.
        """
        from gitflow.runtime.engine.resume import go_on

        self._open[job.id] = job
        self._announced.pop(job.id, None)
        self.adopted.add(job.id)
        self.ask(lambda turn: go_on(self, turn, job.id, lost))

    def settle(self, claim: Callable[[Transaction], bool], at_most: int | None = None) -> Transaction:
        """One commit. ``claim`` tells of one more step to start, or answers False when no slot is free.

        ``at_most`` so many of the pieces that were asked for or told are taken in; what is left stays for the next.

        Raises:
            StoreError: nothing was saved; everything told will be told again at the next call.
            Conflict: somebody else changed a job of ours, which should not be: a command line ends with it. From then
                on the job is as it is stored; everything told will be told again at the next call.
            ConcurrencyLimit: a job that was brought is not to be, and none was made.
        """
        turn = self._begin_turn(at_most)
        try:
            with self.store.transaction():
                for work, _ in turn.asked:
                    work(turn)
                self._take_in(turn)
                while claim(turn):
                    self._take_in(turn)
                for staged in turn.jobs.values():
                    self.save(staged)
        except BaseException:
            self._undo(turn)
            raise
        self._commit(turn)
        return turn

    def _begin_turn(self, at_most: int | None) -> Transaction:
        """One by one, since other threads ask meanwhile."""
        asked, told = len(self._asked), len(self._inbox)
        if at_most is not None:
            asked = min(asked, at_most)
            told = min(told, at_most - asked)
        pieces = [self._asked.popleft() for _ in range(asked)]
        return Transaction(pieces, deque(self._inbox.popleft() for _ in range(told)))

    @property
    def pieces(self) -> int:
        """How much has been asked for and told, and is not taken in yet."""
        return len(self._asked) + len(self._inbox)

    def drop(self, error: Exception) -> None:
        """Forgets the first piece, in which something of ours is wrong; whoever asked for it is told."""
        if self._asked:
            _, failed = self._asked.popleft()
            if failed is not None:
                failed(error)
        elif self._inbox:
            self._inbox.popleft()

    def has_work(self) -> bool:
        return bool(self._inbox or self._asked)

    def create(
        self, turn: Transaction, job: Job, *, admit_at: float | None = None, carried_from: str | None = None
    ) -> None:
        """A new job, which belongs to this process; admitted as soon as its time has come and its group has a place.

        Raises ConcurrencyLimit where it is not to wait for a place, and InvalidInput where its group cannot be named.
        """
        owned = replace(job, owner_id=self.owner_id, starts_at=job.starts_at if admit_at is None else admit_at)
        if job.plan.task.concurrency is not None:
            owned = self.groups.enter(turn, owned)
        created = HistoryEntry(job.created_at, job.source.actor or "engine", "job.created")
        staged = turn.jobs[job.id] = PendingJob(owned, is_new=True, carried_from=carried_from)
        staged.history.append(created)
        if not self.begin(turn, owned):
            for effect in outstanding(owned):
                carry_out(self, turn, owned, effect)  # its time limit, which it may reach before it begins

    def begin(self, turn: Transaction, job: Job) -> bool:
        """Whether a pending job is admitted now; it waits for its time first, and then for a place in its group."""
        now = self.clock.now()
        if job.starts_at is not None and job.starts_at > now:
            begin = partial(self._begin_late, job_id=job.id)
            self.timers.at(job.starts_at, job.id, lambda now: self.ask(begin))
        elif job.group is not None:
            turn.groups.add((job.workspace, job.group))
        else:
            turn.inner.append((job.id, JobAdmitted(now)))
            return True
        return False

    def _begin_late(self, turn: Transaction, job_id: str) -> None:
        staged = self.staged(turn, job_id)
        if staged is not None and staged.job.status is JobStatus.PENDING:
            self.begin(turn, staged.job)

    @property
    def groups(self) -> Groups:
        """Concurrency groups; made when the first is met."""
        if self._groups is None:
            from gitflow.runtime.engine.concurrency import Groups

            self._groups = Groups(self)
        return self._groups

    def look(self) -> None:
        """Whether places have become free that other processes held."""
        if self._groups is not None:
            self._groups.look(self._open.values())

    def staged(self, turn: Transaction, job_id: str) -> PendingJob | None:
        """The job as this turn has it so far."""
        staged = turn.jobs.get(job_id)
        if staged is None:
            job = self._open.get(job_id)
            if job is None:
                return None
            staged = turn.jobs[job_id] = PendingJob(job)
        return staged

    def note(self, turn: Transaction, job_id: str, entry: HistoryEntry) -> None:
        """Adds to a job's history something that moved none of its steps."""
        staged = self.staged(turn, job_id)
        if staged is not None:
            staged.history.append(entry)

    def announce(self, turn: Transaction, job: Job, occasion: Occasion) -> bool:
        """Whether it is the first time: hooks and retries are owed again at each resume and recovery."""
        staged = self.staged(turn, job.id)
        if staged is None:
            return False
        known = self._announced.get(job.id, ())
        if job.id in self.adopted and job.id not in self._announced and self.stores is not None:
            known = self._announced[job.id] = self.stores.takeovers.announced(job.id)
        if occasion in known or occasion in staged.announced:
            return False
        staged.announced.add(occasion)
        return True

    def _take_in(self, turn: Transaction) -> None:
        """Until nothing follows by itself any more: no event, and no place in a group for one who waits."""
        while turn.inner or turn.inbox or (turn.groups and self.groups.decide(turn)):
            if turn.inner:
                self.apply(turn, *turn.inner.popleft())
            elif turn.inbox:
                turn.told.append(turn.inbox.popleft())
                self.apply(turn, *turn.told[-1])

    def apply(self, turn: Transaction, job_id: str, event: Event) -> bool:
        """Whether the event still mattered; a worker whose claim did not must not run."""
        try:
            self.obey(turn, job_id, event)
        except (StaleEvent, Conflict):
            return False
        return True

    def obey(self, turn: Transaction, job_id: str, event: Event) -> None:
        """What a person asks: refused in words where it cannot be. A job that has ended is opened again where asked.

        Raises:
            Conflict: the job's state does not allow it, the job has ended, or its group has no place for it.
            NotFound, InvalidInput: as the core says of this event.
            StaleEvent: it is late, and changes nothing.
        """
        staged = self.staged(turn, job_id)
        if staged is None:
            from gitflow.runtime.engine.resume import ended

            staged = ended(self, job_id, event)
        result = advance(staged.job, event)
        if staged.job.ended and not result.job.ended:
            from gitflow.runtime.engine.resume import reopen

            reopen(self, turn, staged)
        if result.removed or any(
            _begins_another_attempt(staged.changed.get(name), step) for name, step in result.changed.items()
        ):
            self.save(staged)  # so that the attempt before it leaves its row, and a removed step its last
            result = replace(result, job=replace(result.job, version=staged.job.version))
        staged.job = result.job
        staged.removed.extend(result.removed)
        staged.changed.update(result.changed)
        staged.history.extend(result.history)
        for effect in result.effects:
            carry_out(self, turn, result.job, effect)

    def save(self, staged: PendingJob) -> None:
        """Writes what this turn has made of the job so far, in its transaction."""
        if staged.is_new:
            self.store.create(staged.job, staged.history)
            if staged.carried_from is not None:
                self.store.carry_artifacts(staged.carried_from, staged.job.id)
        elif staged.changed or staged.history or staged.removed:
            try:
                self.store.save(staged.job, staged.changed, staged.history, staged.removed)
            except Conflict:
                self._overtaken.add(staged.job.id)
                raise
            staged.job = replace(staged.job, version=staged.job.version + 1)
        staged.is_new = False
        staged.told.extend(staged.history)
        staged.changed = {}
        staged.removed = []
        staged.history = []

    def _commit(self, turn: Transaction) -> None:
        self._coming.difference_update(turn.jobs)
        for job_id, staged in turn.jobs.items():
            if staged.job.ended:
                self.let_go(job_id)
            else:
                self._open[job_id] = staged.job
                if staged.announced:
                    self._announced.setdefault(job_id, set()).update(staged.announced)
            if staged.told:
                for observer in self.observers:
                    turn.seen.append(partial(observer, staged.job, staged.told))

    def _undo(self, turn: Transaction) -> None:
        """Puts everything told back, and the offers as the stored jobs have them.

        Timers stay: those of stored jobs are due as before, and those of jobs that were not made ring in vain.
        """
        self._asked.extendleft(reversed(turn.asked))
        self._inbox.extendleft(reversed([*turn.told, *turn.inbox]))
        for job_id in turn.jobs:
            if job_id in self.adopted:
                self._announced.pop(job_id, None)  # it may have been read from what is undone
        from gitflow.runtime.engine.resume import look_again, offer_again

        look_again(self, self._overtaken)
        offer_again(self, turn)


def _begins_another_attempt(before: StepRun | None, after: StepRun) -> bool:
    return before is not None and before.attempt >= 1 and after.attempt != before.attempt
