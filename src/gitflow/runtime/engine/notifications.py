"""Notifies the server's event loop of jobs that have changed: from the engine's thread to asyncio, at little cost.

A notification says that a job has news, never what: the subscriber reads that from the store, at its own pace. So
nothing is queued: one flag per job and one per subscriber, however far a subscriber lags behind.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.logs import LogChunk
    from gitflow.runtime.engine.log_writer import LogWriter
    from gitflow.runtime.engine.orchestrator import Orchestrator


class Topic:
    """One job that has subscribers."""

    __slots__ = ("is_pending", "news", "subscriptions")

    def __init__(self, news: int) -> None:
        self.is_pending = False  #: there is news of which its subscribers are not notified yet
        self.news = news  #: grows with each notification, and is higher than that of any earlier topic of the job
        self.subscriptions: set[Subscription] = set()

    def mark(self) -> bool:
        """Marks the topic; returns whether it was not marked before."""
        is_new, self.is_pending = not self.is_pending, True
        return is_new

    def publish(self, news: int) -> None:
        """Removes the mark before the subscribers are notified, so that no news is lost."""
        self.is_pending = False
        self.news = news
        for subscription in self.subscriptions:
            subscription.notify()


class Follower:
    """Waits for events; used by the loop's thread only."""

    def __init__(self) -> None:
        self._flag = asyncio.Event()

    async def wait(self, timeout_s: float | None = None) -> bool:
        """Whether ``notify`` was called since the last ``wait``; False when ``timeout_s`` has passed."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._flag.wait()
        except TimeoutError:
            return False
        self._flag.clear()
        return True

    def notify(self) -> None:
        self._flag.set()


class Subscription(Follower):
    """A context manager. Read the job once before the first ``wait``."""

    def __init__(self, notifications: Notifications, job_id: str, topic: Topic) -> None:
        super().__init__()
        self._notifications = notifications
        self._job_id = job_id
        self._topic = topic

    @property
    def news(self) -> int:
        """Grows each time there is something new about the job; what was read at a lower number may be old."""
        return self._topic.news

    def close(self) -> None:
        self._notifications.drop(self._job_id, self._topic, self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Notifications:
    """``wake`` makes the engine run its loop once, so that it sees that there is a subscriber now."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
        self._loop = loop
        self._wake = wake
        self._topics: dict[str, Topic] = {}  #: changed by the loop's thread, read by both
        self._pending: deque[Topic] = deque()
        self._is_scheduled = False  #: the loop will call ``_publish``
        self._last_news = 0
        self._hears_others = False

    def attach(self, orchestrator: Orchestrator, log_writer: LogWriter) -> None:
        """Subscribes to the commits and the log; before the engine's thread begins."""
        orchestrator.observers.append(self.on_commit)
        log_writer.followers.append(self)

    @property
    def is_active(self) -> bool:
        """Whether any job has a subscriber."""
        return bool(self._topics)

    def subscribe(self, job_id: str) -> Subscription:
        """From the loop's thread. There is no notification of what happened before."""
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

    def on_commit(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """After a commit (an observer of the orchestrator)."""
        if job.id in self._topics:
            self._mark(job.id)

    def on_logs_stored(self, chunks: Iterable[LogChunk]) -> None:
        """After chunks of the log were stored."""
        if self._topics:
            for job_id in {chunk.job_id for chunk in chunks}:
                self._mark(job_id)

    @property
    def hears_others(self) -> bool:
        """Whether it is told which jobs of other processes have changed (``on_others``)."""
        return self._hears_others

    def set_hearing(self, *, hears_others: bool) -> None:
        """Subscribers look again: they may have missed something, and how often they look has changed."""
        self._hears_others = hears_others
        self.on_others(None)

    def on_others(self, job_ids: Collection[str] | None) -> None:
        """Another process has changed these jobs; None: perhaps any. In the loop's thread, where no engine runs."""
        for job_id in list(self._topics) if job_ids is None else job_ids:
            self._mark(job_id)

    def _mark(self, job_id: str) -> None:
        """In the engine's thread. A job whose notification is still to come is not queued twice."""
        topic = self._topics.get(job_id)
        if topic is None or not topic.mark():
            return
        self._pending.append(topic)
        if not self._is_scheduled:
            self._is_scheduled = True
            try:
                self._loop.call_soon_threadsafe(self._publish)
            except RuntimeError:  # the loop has been closed: there are no subscribers any more
                self._topics = {}

    def _next_number(self) -> int:
        self._last_news += 1
        return self._last_news

    def _publish(self) -> None:
        """In the loop's thread. Resets its own flag first, too."""
        self._is_scheduled = False
        while self._pending:
            self._pending.popleft().publish(self._next_number())
