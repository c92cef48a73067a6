"""The only writer of jobs in this process: tells the core what happened, saves what came of it.

Everything that was told since the last turn becomes one commit (``settle``): the new states, the
history, the child and hook jobs they call for, and the claims of the steps that start next. What
touches the world (starting and ending processes) is handed back and done after the commit, so a
process that dies in between has promised nothing it did not store.
"""

from __future__ import annotations

from collections import deque

from gitflow.core.effects import OfferStep, RunHooks
from gitflow.core.errors import Conflict, StaleEvent
from gitflow.core.events import HistoryEntry, JobAdmitted
from gitflow.core.machine import advance, outstanding
from gitflow.core.record import replace
from gitflow.core.status import JobStatus
from gitflow.runtime.effects import carry_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.effects import KillStep
    from gitflow.core.events import Event
    from gitflow.core.job import Job, StepRun
    from gitflow.dispatch.base import Dispatch
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.folders import Folders
    from gitflow.runtime.jobmaker import JobMaker
    from gitflow.runtime.rendering import Renderer
    from gitflow.runtime.timers import Timers
    from gitflow.stores.base import JobStore

    #: Called after each commit with every job that moved and what is new in its history.
    Observer = Callable[[Job, Sequence[HistoryEntry]], None]


class Staged:
    """What this turn has made of one job, not saved yet."""

    __slots__ = ("carried_from", "changed", "history", "is_new", "job", "removed", "told")

    def __init__(self, job: Job, *, is_new: bool = False, carried_from: str | None = None) -> None:
        self.job = job
        self.is_new = is_new
        self.carried_from = carried_from  #: the job whose finished steps, with their artifacts, it begins with
        self.changed: dict[str, StepRun] = {}
        self.removed: list[str] = []
        self.history: list[HistoryEntry] = []
        self.told: list[HistoryEntry] = []  #: history that is saved already


class Turn:
    """One commit in the making."""

    __slots__ = ("after", "inner", "jobs", "kills", "told")

    def __init__(self) -> None:
        self.jobs: dict[str, Staged] = {}
        self.kills: list[tuple[str, KillStep]] = []
        self.inner: deque[tuple[str, Event]] = deque()  #: told by the turn itself
        self.told: list[tuple[str, Event]] = []  #: told from outside
        self.after: list[Callable[[], None]] = []  #: done after the commit


class Orchestrator:
    """Owns the open jobs of this process, and nobody else's."""

    def __init__(
        self,
        store: JobStore,
        dispatch: Dispatch,
        timers: Timers,
        clock: Clock,
        maker: JobMaker,
        renderer: Renderer,
        folders: Folders,
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
        self.announced: set[tuple[str, str, int | None, int]] = set()  #: suspensions whose hooks have been started
        self._open: dict[str, Job] = {}
        self._coming: set[str] = set()  #: asked for, and not committed yet
        self._inbox: deque[tuple[str, Event]] = deque()
        self._asked: deque[Callable[[Turn], None]] = deque()

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

    def ask(self, work: Callable[[Turn], None]) -> None:
        """Does ``work`` inside the next commit, before the events."""
        self._asked.append(work)

    def bring(self, job: Job, prepare: Callable[[], None] | None = None, *, carried_from: str | None = None) -> None:
        """Creates the job inside the next commit, after ``prepare``."""

        def create(turn: Turn) -> None:
            if prepare is not None:
                prepare()
            self.create(turn, job, carried_from=carried_from)

        self._coming.add(job.id)
        self.ask(create)

    def adopt(self, job: Job) -> None:
        """Takes over a stored job: what is owed to it is carried out again, in the next commit.

        Not its hooks: their jobs were made in the commit that called for them.
        """
        self._open[job.id] = job
        self.ask(lambda turn: self._redo(turn, job.id))
        if job.status is JobStatus.PENDING:
            self.tell(job.id, JobAdmitted(self.clock.now()))

    def _redo(self, turn: Turn, job_id: str) -> None:
        staged = self.staged(turn, job_id)
        if staged is not None:
            job = staged.job
            for effect in outstanding(job):
                if not isinstance(effect, RunHooks):
                    carry_out(self, turn, job, effect)

    def settle(self, claim: Callable[[Turn], bool]) -> Turn:
        """One commit. ``claim`` tells of one more step to start, or answers False when no slot is free.

        Raises:
            StoreError: nothing was saved; everything told will be told again at the next call.
            Conflict: somebody else changed a job of ours, which cannot be; whoever runs the loop must end.
        """
        turn = Turn()
        asked = list(self._asked)
        self._asked.clear()
        try:
            with self.store.transaction():
                for work in asked:
                    work(turn)
                self._take_in(turn)
                while claim(turn):
                    self._take_in(turn)
                for staged in turn.jobs.values():
                    self._save(staged)
        except BaseException:
            self._undo(turn, asked)
            raise
        self._commit(turn)
        return turn

    def has_work(self) -> bool:
        return bool(self._inbox or self._asked)

    def create(self, turn: Turn, job: Job, *, admit_at: float | None = None, carried_from: str | None = None) -> None:
        """A new job, which belongs to this process; admitted at once, or when ``admit_at`` has come."""
        owned = replace(job, owner_id=self.owner_id)
        created = HistoryEntry(job.created_at, job.source.actor or "engine", "job.created")
        staged = turn.jobs[job.id] = Staged(owned, is_new=True, carried_from=carried_from)
        staged.history.append(created)
        if admit_at is None or admit_at <= self.clock.now():
            turn.inner.append((job.id, JobAdmitted(self.clock.now())))
        else:
            self.timers.at(admit_at, lambda now: self.tell(job.id, JobAdmitted(now)))

    def staged(self, turn: Turn, job_id: str) -> Staged | None:
        """The job as this turn has it so far."""
        staged = turn.jobs.get(job_id)
        if staged is None:
            job = self._open.get(job_id)
            if job is None:
                return None
            staged = turn.jobs[job_id] = Staged(job)
        return staged

    def note(self, turn: Turn, job_id: str, entry: HistoryEntry) -> None:
        """Adds to a job's history something that moved none of its steps."""
        staged = self.staged(turn, job_id)
        if staged is not None:
            staged.history.append(entry)

    def _take_in(self, turn: Turn) -> None:
        while turn.inner or self._inbox:
            if turn.inner:
                self.apply(turn, *turn.inner.popleft())
            else:
                turn.told.append(self._inbox.popleft())
                self.apply(turn, *turn.told[-1])

    def apply(self, turn: Turn, job_id: str, event: Event) -> bool:
        """Whether the event still mattered; a worker whose claim did not must not run."""
        try:
            self.obey(turn, job_id, event)
        except (StaleEvent, Conflict):
            return False
        return True

    def obey(self, turn: Turn, job_id: str, event: Event) -> None:
        """What a person asks: refused in words where it cannot be.

        Raises:
            Conflict: the job's state does not allow it, or the job has ended.
            NotFound, InvalidInput: as the core says of this event.
            StaleEvent: it is late, and changes nothing.
        """
        staged = self.staged(turn, job_id)
        if staged is None:
            raise Conflict(f"job {job_id} has ended")
        result = advance(staged.job, event)
        if result.removed or any(
            _begins_another_attempt(staged.changed.get(name), step) for name, step in result.changed.items()
        ):
            self._save(staged)  # so that the attempt before it leaves its row, and a removed step its last
            result = replace(result, job=replace(result.job, version=staged.job.version))
        staged.job = result.job
        staged.removed.extend(result.removed)
        staged.changed.update(result.changed)
        staged.history.extend(result.history)
        for effect in result.effects:
            carry_out(self, turn, result.job, effect)

    def _save(self, staged: Staged) -> None:
        if staged.is_new:
            self.store.create(staged.job, staged.history)
            if staged.carried_from is not None:
                self.store.carry_artifacts(staged.carried_from, staged.job.id)
        elif staged.changed or staged.history or staged.removed:
            self.store.save(staged.job, staged.changed, staged.history, staged.removed)
            staged.job = replace(staged.job, version=staged.job.version + 1)
        staged.is_new = False
        staged.told.extend(staged.history)
        staged.changed = {}
        staged.removed = []
        staged.history = []

    def _commit(self, turn: Turn) -> None:
        self._coming.difference_update(turn.jobs)
        for job_id, staged in turn.jobs.items():
            if staged.job.ended:
                self._open.pop(job_id, None)
            else:
                self._open[job_id] = staged.job
            if staged.told:
                for observer in self.observers:
                    observer(staged.job, staged.told)

    def _undo(self, turn: Turn, asked: list[Callable[[Turn], None]]) -> None:
        """Puts everything told back, and the offers as the stored jobs have them.

        Timers stay: those of stored jobs are due as before, and those of jobs that were not made ring in vain.
        """
        self._asked.extendleft(reversed(asked))
        self._inbox.extendleft(reversed(turn.told))
        for job_id in turn.jobs:
            self.dispatch.forget(job_id)
            if job_id in self._open:
                self._offer_again(turn, self._open[job_id])

    def _offer_again(self, turn: Turn, job: Job) -> None:
        for effect in outstanding(job):
            if isinstance(effect, OfferStep):
                carry_out(self, turn, job, effect)


def _begins_another_attempt(before: StepRun | None, after: StepRun) -> bool:
    return before is not None and before.attempt >= 1 and after.attempt != before.attempt
