"""Records what was started once for each job: its hooks, its automatic retry, and reports of steps that wait.

Their effects become outstanding again at every resume and takeover, so the engine checks here before it starts one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitflow.runtime.engine.transaction import Occasion, PendingJob, Transaction


class Occasions:
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
