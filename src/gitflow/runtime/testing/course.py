"""What happened in a test: the state of every job, its history in order, and the output of its real steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.logs import LogChunk

    Listener = Callable[[Job, HistoryEntry], None]

#: How the history names the end of a step, and its beginning.
ENDS = frozenset({"step.completed", "step.failed", "step.skipped", "step.cancelled"})
BEGINS = frozenset({"step.running", "step.suspended"})


class Course:
    def __init__(self, first: Job, followed: Collection[str]) -> None:
        """``first``: the job that the test makes. ``followed``: the steps whose lines are kept."""
        self._followed = frozenset(followed)
        self.chain: dict[str, Job] = {first.id: first}  #: that job and its automatic retries, oldest first
        self.jobs: dict[str, Job] = {first.id: first}  #: all of them: child jobs and those of hooks too
        self.history: list[tuple[str, HistoryEntry]] = []  #: with the id of the job, in the order of the engine
        self.listeners: list[Listener] = []
        self._printed: list[LogChunk] = []

    @property
    def last(self) -> Job:
        """The job, or the last of its automatic retries."""
        return next(reversed(self.chain.values()))

    def on_moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """An observer of the orchestrator."""
        self.jobs[job.id] = job
        if job.id in self.chain or job.retry_of_job_id in self.chain:
            self.chain[job.id] = job
        for entry in entries:
            self.history.append((job.id, entry))
            for listener in self.listeners:
                listener(job, entry)

    def on_chunk(self, chunk: LogChunk) -> None:
        """A listener of the log."""
        if not self._followed.isdisjoint((chunk.step, chunk.step.partition("[")[0])):
            self._printed.append(chunk)

    def lines(self, step: str) -> list[str]:
        """What a step, or the instances of a loop, printed in the job and its retries."""
        found = [chunk.data for chunk in self._printed if chunk.job_id in self.chain and _is_of(chunk.step, step)]
        return b"".join(found).decode("utf-8", "replace").splitlines()

    def has_begun(self, step: str) -> bool:
        """In the job, or in one that it retries."""
        return any(entry.step == step and entry.what in BEGINS for entry in self._of_chain())

    def is_in_order(self, first: str, second: str) -> bool:
        """Whether the first step has ended when the second begins."""
        for entry in self._of_chain():
            if entry.step == second and entry.what in BEGINS:
                return False
            if entry.step == first and entry.what in ENDS:
                return True
        return True

    def _of_chain(self) -> Iterator[HistoryEntry]:
        return (entry for job_id, entry in self.history if job_id in self.chain)


def _is_of(printed_by: str, step: str) -> bool:
    return printed_by == step or printed_by.startswith(f"{step}[")
