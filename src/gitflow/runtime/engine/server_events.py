"""What happens on this server, for clients that follow all of it: from any thread to the event loop, at little cost.

The latest events are kept in memory, numbered, and read by position. So nothing is queued for a client, however slow:
one that asks for events that are no longer kept learns that there is a gap, and reads again what it shows.

The numbers begin with the microsecond at which the server started. So they grow from one run of a server to the next,
and those that a client brings from an earlier run are recognised.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitflow.core.record import Record, replace
from gitflow.runtime.engine.notifications import Follower

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.runtime.engine.orchestrator import Orchestrator

    #: A job that a commit has changed, and what is new in its history.
    Commit = tuple[Job, Sequence[HistoryEntry]]

#: How many events are kept.
MAX_KEPT = 10_000


class ServerEvent(Record):
    """``status``: of the step that is named, else of the job, after the commit to which the event belongs."""

    what: str  #: a stable word, e.g. ``job.completed``, ``trigger.fired``
    at: float  #: seconds since the epoch
    workspace: str | None = None
    task_name: str | None = None
    job_id: str | None = None
    step_name: str | None = None
    status: str | None = None
    trigger_name: str | None = None
    revision: str | None = None  #: of a workspace
    worker_id: str | None = None
    seq: int = 0  #: given when it is published


class ServerEvents:
    def __init__(self, loop: asyncio.AbstractEventLoop, now: float) -> None:
        self._loop = loop
        self._pending: deque[ServerEvent | Commit] = deque()  #: filled by any thread
        self._is_scheduled = False  #: the loop will call ``_publish``
        self._is_recording = False
        self._kept: deque[ServerEvent] = deque(maxlen=MAX_KEPT)
        self._last_seq = int(now * 1_000_000)
        self._followers: set[Follower] = set()

    def attach(self, orchestrator: Orchestrator) -> None:
        """Subscribes to the commits; before the engine's thread begins."""
        orchestrator.observers.append(self.on_commit)

    @property
    def last_seq(self) -> int:
        """The number of the latest event. In the loop's thread."""
        return self._last_seq

    @contextmanager
    def followed(self) -> Generator[Follower]:
        """In the loop's thread. Events are recorded only after the first client has subscribed."""
        self._is_recording = True
        follower = Follower()
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    def has_all_after(self, seq: int) -> bool:
        """Whether all events after this number are kept. In the loop's thread."""
        return self._last_seq - len(self._kept) <= seq <= self._last_seq

    def after(self, seq: int, limit: int) -> Sequence[ServerEvent]:
        """The next events that are kept, at most so many. In the loop's thread."""
        first = max(0, len(self._kept) - (self._last_seq - seq))
        return [self._kept[at] for at in range(first, min(first + limit, len(self._kept)))]

    def on_commit(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """After a commit, in the engine's thread (an observer of the orchestrator)."""
        if self._is_recording:
            self._pending.append((job, entries))
            self._schedule()

    def publish(self, event: ServerEvent) -> None:
        """From any thread."""
        if self._is_recording:
            self._pending.append(event)
            self._schedule()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            try:
                self._loop.call_soon_threadsafe(self._publish)
            except RuntimeError:  # the loop has been closed: nobody follows any more
                self._is_recording = False

    def _publish(self) -> None:
        """In the loop's thread. Resets its flag first, so that no event stays behind."""
        self._is_scheduled = False
        while self._pending:
            found = self._pending.popleft()
            for event in (found,) if isinstance(found, ServerEvent) else _of_commit(*found):
                self._last_seq += 1
                self._kept.append(replace(event, seq=self._last_seq))
        for follower in self._followers:
            follower.notify()


def _of_commit(job: Job, entries: Sequence[HistoryEntry]) -> Iterator[ServerEvent]:
    for entry in entries:
        step = None if entry.step is None else job.steps.get(entry.step)
        status = job.status if entry.step is None else step and step.status
        yield ServerEvent(
            entry.what,
            entry.at,
            job.workspace,
            job.task_name,
            job.id,
            entry.step,
            None if status is None else status.value,
        )
