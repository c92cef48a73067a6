"""Tells the server's loop which jobs have moved: from the engine's thread to asyncio, at next to no cost.

A subscriber is told that there is something new about its job, never what: it reads that where it lies, in the
store, at its own pace. So nothing is queued: one flag a job and one a subscriber, however far somebody lags behind.
"""

from __future__ import annotations

import asyncio
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.logs import LogChunk
    from gitflow.runtime.engine.log_writer import LogWriter
    from gitflow.runtime.engine.orchestrator import Orchestrator


class Topic:
    """One job that somebody listens to."""

    __slots__ = ("is_stirred", "news", "subscriptions")

    def __init__(self, news: int) -> None:
        self.is_stirred = False  #: it waits to be told of
        self.news = news  #: grows whenever it is told of, and is higher than that of any topic of the job before it
        self.subscriptions: set[Subscription] = set()


class Subscription:
    """A context manager; used by the loop's thread only."""

    def __init__(self, notifications: Notifications, job_id: str, topic: Topic) -> None:
        self._notifications = notifications
        self._job_id = job_id
        self._topic = topic
        self._flag = asyncio.Event()

    @property
    def news(self) -> int:
        """Grows each time there is something new about the job; what was read at a lower number may be old."""
        return self._topic.news

    async def wait(self, timeout_s: float | None = None) -> bool:
        """Whether there was something new since the last ``wait``: look at the job once before the first.

        Returns False when ``timeout_s`` has passed.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._flag.wait()
        except TimeoutError:
            return False
        self._flag.clear()
        return True

    def stir(self) -> None:
        self._flag.set()

    def close(self) -> None:
        self._notifications.drop(self._job_id, self._topic, self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Notifications:
    """``wake`` makes the engine take a turn, so that it sees that somebody listens now."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
        self._loop = loop
        self._wake = wake
        self._topics: dict[str, Topic] = {}  #: changed by the loop's thread, looked into by both
        self._stirred: deque[Topic] = deque()
        self._is_ringing = False
        self._told = 0

    def attach(self, orchestrator: Orchestrator, log_writer: LogWriter) -> None:
        """Listens to the commits and the log; before the engine's thread begins."""
        orchestrator.observers.append(self.moved)
        log_writer.is_heard = lambda: self.is_heard
        log_writer.wrote = self.wrote

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens to any job."""
        return bool(self._topics)

    def subscribe(self, job_id: str) -> Subscription:
        """From the loop's thread. What happened before it is not told."""
        topic = self._topics.get(job_id)
        if topic is None:
            topic = self._topics[job_id] = Topic(self._next_number())
            self._wake()
        subscription = Subscription(self, job_id, topic)
        topic.subscriptions.add(subscription)
        return subscription

    def drop(self, job_id: str, topic: Topic, subscription: Subscription) -> None:
        topic.subscriptions.discard(subscription)
        if not topic.subscriptions and self._topics.get(job_id) is topic:
            del self._topics[job_id]

    def moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """After a commit (an observer of the orchestrator)."""
        if job.id in self._topics:
            self._stir(job.id)

    def wrote(self, chunks: Iterable[LogChunk]) -> None:
        """After chunks of the log were stored."""
        if self._topics:
            for job_id in {chunk.job_id for chunk in chunks}:
                self._stir(job_id)

    def _stir(self, job_id: str) -> None:
        """In the engine's thread. A job that waits to be told of already is not told of twice."""
        topic = self._topics.get(job_id)
        if topic is None or topic.is_stirred:
            return
        topic.is_stirred = True
        self._stirred.append(topic)
        if not self._is_ringing:
            self._is_ringing = True
            try:
                self._loop.call_soon_threadsafe(self._tell)
            except RuntimeError:  # the loop has been closed: nobody listens any more
                self._topics = {}

    def _next_number(self) -> int:
        self._told += 1
        return self._told

    def _tell(self) -> None:
        """In the loop's thread. Each flag falls before what it stands for is told, so that nothing is lost."""
        self._is_ringing = False
        while self._stirred:
            topic = self._stirred.popleft()
            topic.is_stirred = False
            topic.news = self._next_number()
            for subscription in topic.subscriptions:
                subscription.stir()
