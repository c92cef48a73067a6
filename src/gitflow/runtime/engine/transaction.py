"""One commit in the making: the jobs it has changed so far, and what follows once it is stored."""

from __future__ import annotations

from gitflow.core.record import replace
from gitflow.core.standard import deque
from gitflow.core.templates.masking import united

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitflow.core.jobs.effects import KillStep
    from gitflow.core.jobs.events import Event, HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.machine.machine import Advance
    from gitflow.stores.protocols.jobs import JobStore

    #: An occasion on which something is started once: its name, step, attempt, and how often the job was reopened.
    Occasion = tuple[str, str | None, int | None, int]
    Work = Callable[["Transaction"], None]
    #: Called with the error when work is dropped because of a programming error in it.
    OnDrop = Callable[[Exception], None]
    Submitted = tuple[Work, OnDrop | None]
    Posted = tuple[str, Event]  #: with the id of its job


class PendingJob:
    """A job as this transaction has it, with what is not written to the store yet."""

    __slots__ = ("carried_from", "changed", "history", "is_new", "job", "occasions", "removed", "saved_history")

    def __init__(self, job: Job, *, is_new: bool = False, carried_from: str | None = None) -> None:
        self.job = job
        self.is_new = is_new
        self.carried_from = carried_from  #: the job whose finished steps, with their artifacts, it begins with
        self.occasions: set[Occasion] = set()  #: what this transaction has started for it
        self.changed: dict[str, StepRun] = {}
        self.removed: list[str] = []
        self.history: list[HistoryEntry] = []
        self.saved_history: list[HistoryEntry] = []  #: written by this transaction already

    def begins_another_attempt(self, result: Advance) -> bool:
        """Whether a step that this transaction has changed gets a new attempt: the attempt before needs its own row."""
        return any(_is_another_attempt(self.changed.get(name), step) for name, step in result.changed.items())

    def advance(self, result: Advance) -> None:
        self.job = result.job
        self.removed.extend(result.removed)
        self.changed.update(result.changed)
        self.history.extend(result.history)

    def register_secrets(self, texts: Iterable[str]) -> None:
        """From now on, what is stored of the job is sealed where it holds one of them, and what is shown is masked."""
        known = united(self.job.secrets, texts)
        if known is not self.job.secrets:
            self.job = replace(self.job, secrets=known)

    def save(self, store: JobStore) -> None:
        """Writes what is not written yet. Raises Conflict where another process has changed the job."""
        if self.is_new:
            store.create(self.job, self.history)
            if self.carried_from is not None:
                store.carry_artifacts(self.carried_from, self.job.id)
        elif self.changed or self.history or self.removed:
            store.save(self.job, self.changed, self.history, self.removed)
            self.job = replace(self.job, version=self.job.version + 1)
        self.is_new = False
        self.saved_history.extend(self.history)
        self.changed = {}
        self.removed = []
        self.history = []


class Transaction:
    __slots__ = (
        "_open",
        "_store",
        "after",
        "applied",
        "awaited",
        "events",
        "follow_ups",
        "groups",
        "jobs",
        "kills",
        "observed",
        "submitted",
    )

    def __init__(
        self, store: JobStore, open_jobs: Mapping[str, Job], submitted: list[Submitted], events: deque[Posted]
    ) -> None:
        """``open_jobs``: the jobs of this process as last committed; the engine updates this mapping."""
        self._store = store
        self._open = open_jobs
        self.submitted = submitted
        self.events = events  #: posted from outside, and not applied yet
        self.applied: list[Posted] = []  #: posted from outside, and applied
        self.follow_ups: deque[Posted] = deque()  #: posted by this transaction itself
        self.jobs: dict[str, PendingJob] = {}
        self.groups: set[tuple[str, str]] = set()  #: (workspace, name) of the groups whose members have changed
        self.kills: list[tuple[str, KillStep]] = []
        self.observed: list[Callable[[], None]] = []  #: calls of observers, made after the commit
        #: Called after the commit, before any step starts: replies to those who wait.
        self.awaited: list[Callable[[], None]] = []
        self.after: list[Callable[[], None]] = []  #: called after the commit, last

    def find(self, job_id: str) -> PendingJob | None:
        """The job as this transaction has it so far; None if it is not open in this process."""
        pending = self.jobs.get(job_id)
        if pending is None:
            job = self._open.get(job_id)
            if job is None:
                return None
            pending = self.jobs[job_id] = PendingJob(job)
        return pending

    def committed(self, job_id: str) -> Job | None:
        """An open job as last committed: by this transaction, once it is."""
        return self._open.get(job_id)

    def post_event(self, job_id: str, event: Event) -> None:
        """Applies the event in this same transaction, after those that were posted before."""
        self.follow_ups.append((job_id, event))

    def add_history(self, job_id: str, entry: HistoryEntry) -> None:
        """Adds an entry to the history that is not a move of a step."""
        pending = self.find(job_id)
        if pending is not None:
            pending.history.append(entry)

    def register_secrets(self, job_id: str, texts: Iterable[str]) -> None:
        pending = self.find(job_id)
        if pending is not None:
            pending.register_secrets(texts)

    def save(self, pending: PendingJob) -> None:
        """Writes the job as it is so far. Raises Overtaken, now or at the commit, if another process has changed it."""
        pending.save(self._store)


def _is_another_attempt(before: StepRun | None, after: StepRun) -> bool:
    return before is not None and before.attempt >= 1 and after.attempt != before.attempt


class Occasions:
    """Records what was started once for each job: its hooks, its automatic retry, and reports of steps that wait.

    Their effects become outstanding again at every resume and takeover, so the engine checks here before it starts one.
    """

    def __init__(self, load: Callable[[str], Iterable[Occasion]]) -> None:
        """``load`` reads from a job's stored history what was started."""
        self._load = load
        self._known: dict[str, set[Occasion]] = {}
        self._resumed: set[str] = set()  #: jobs that another process, or an earlier run, may have started things for

    def is_first(self, transaction: Transaction, job_id: str, occasion: Occasion) -> bool:
        """Whether nothing was started on this occasion yet. Marks it as started."""
        pending = transaction.find(job_id)
        if pending is None or occasion in pending.occasions or occasion in self._known_of(job_id):
            return False
        pending.occasions.add(occasion)
        return True

    def _known_of(self, job_id: str) -> set[Occasion]:
        if job_id in self._resumed and job_id not in self._known:
            self._known[job_id] = set(self._load(job_id))
        return self._known.get(job_id, set())

    def reload(self, job_id: str) -> None:
        """The job was stored by another process: its occasions are read from the store when they are needed."""
        self._known.pop(job_id, None)
        self._resumed.add(job_id)

    def reopen(self, job_id: str) -> None:
        """The job had ended, and belongs to this process from now on."""
        self._resumed.add(job_id)

    def commit(self, pending: PendingJob) -> None:
        if pending.occasions:
            self._known.setdefault(pending.job.id, set()).update(pending.occasions)

    def undo(self, job_ids: Iterable[str]) -> None:
        """What was read during a transaction that is undone may have come from that transaction."""
        for job_id in job_ids:
            if job_id in self._resumed:
                self._known.pop(job_id, None)

    def forget(self, job_id: str) -> None:
        self._known.pop(job_id, None)
        self._resumed.discard(job_id)
