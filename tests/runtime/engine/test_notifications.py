"""What the engine's thread tells the loop's: nothing is lost, nothing is queued, nobody is waited for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from gitflow.core.logs import LogChunk
from gitflow.runtime.clock import Clock
from gitflow.runtime.engine.log_writer import MIN_AGE_S, LogWriter
from gitflow.runtime.engine.notifications import Notifications


def chunk(job_id: str) -> LogChunk:
    return LogChunk(job_id, "s", 1, "stdout", 1.0, 1, b"x\n")


class Job:
    def __init__(self, id: str) -> None:
        self.id = id


def in_thread(*calls) -> threading.Thread:
    thread = threading.Thread(target=lambda: [call() for call in calls])
    thread.start()
    return thread


async def heard(subscription) -> None:
    async with asyncio.timeout(20):
        assert await subscription.wait()


def test_a_subscriber_hears_of_its_job_from_another_thread_and_of_no_other():
    async def story() -> None:
        notifications = Notifications(asyncio.get_running_loop(), lambda: None)
        with notifications.subscribe("a") as a, notifications.subscribe("b") as b:
            seen = [a.news]
            in_thread(
                lambda: notifications.on_logs_stored([chunk("a")]), lambda: notifications.on_logs_stored([chunk("c")])
            ).join()
            await heard(a)
            seen.append(a.news)
            in_thread(lambda: notifications.on_commit(Job("a"), ())).join()
            await heard(a)
            seen.append(a.news)
            assert seen == sorted(set(seen))
            assert not await b.wait(0.0)

    asyncio.run(story())


def test_what_happens_while_nobody_waits_is_one_piece_of_news():
    async def story() -> None:
        notifications = Notifications(asyncio.get_running_loop(), lambda: None)
        with notifications.subscribe("a") as one, notifications.subscribe("a") as other:
            in_thread(*[lambda: notifications.on_logs_stored([chunk("a")])] * 1000).join()
            assert len(notifications._pending) == 1
            await heard(one)
            await heard(other)
            assert not await one.wait(0.0)
            before = one.news
        with notifications.subscribe("a") as later:
            assert later.news > before

    asyncio.run(story())


def test_nothing_is_lost_between_a_look_and_the_wait():
    """Every number that was published before a wait began is seen after it."""

    async def story() -> None:
        notifications = Notifications(asyncio.get_running_loop(), lambda: None)
        published = [0]

        def publish() -> None:
            for number in range(1, 20_001):
                published[0] = number
                notifications.on_logs_stored([chunk("a")])

        with notifications.subscribe("a") as subscription:
            thread = in_thread(publish)
            seen = 0
            async with asyncio.timeout(30):
                while seen < 20_000:
                    assert await subscription.wait()
                    seen = published[0]
            thread.join()

    asyncio.run(story())


def test_a_bus_whose_last_subscriber_left_keeps_nothing():
    async def story() -> None:
        woken = []
        notifications = Notifications(asyncio.get_running_loop(), lambda: woken.append(1))
        assert not notifications.is_active
        with notifications.subscribe("a"), notifications.subscribe("a"), notifications.subscribe("b"):
            assert notifications.is_active
        assert not notifications.is_active
        assert len(woken) == 2
        notifications.on_logs_stored([chunk("a")])
        assert not notifications._pending

    asyncio.run(story())


def test_the_engine_outlives_the_loop():
    async def subscribe() -> Notifications:
        notifications = Notifications(asyncio.get_running_loop(), lambda: None)
        notifications.subscribe("a")
        return notifications

    notifications = asyncio.run(subscribe())
    notifications.on_logs_stored([chunk("a")])
    notifications.on_commit(Job("a"), ())
    assert not notifications.is_active


class Shelf:
    def __init__(self) -> None:
        self.batches: list[int] = []

    def append(self, chunks) -> None:
        self.batches.append(len(chunks))


class HandClock(Clock):
    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at


class Reader:
    """Follows the log, and notes the batches of which it hears."""

    def __init__(self) -> None:
        self.is_active = True
        self.batches: list[int] = []

    def on_logs_stored(self, chunks) -> None:
        self.batches.append(len(chunks))


@pytest.fixture
def followed() -> tuple[LogWriter, Shelf, HandClock]:
    shelf, clock = Shelf(), HandClock()
    book = LogWriter(shelf, clock)
    book.followers.append(Reader())
    return book, shelf, clock


def test_while_somebody_follows_the_first_line_is_stored_at_once_and_the_next_soon(followed):
    book, shelf, clock = followed
    [reader] = book.followers
    book.take(chunk("a"))
    assert shelf.batches == [1]
    book.take(chunk("a"))
    book.take(chunk("a"))
    assert shelf.batches == [1]
    assert book.timeout(None) == pytest.approx(MIN_AGE_S)
    clock.at += MIN_AGE_S
    book.flush_if_old()
    assert shelf.batches == reader.batches == [1, 2]


def test_what_waits_when_somebody_begins_to_follow_is_stored_with_the_next_turn():
    shelf, clock = Shelf(), HandClock()
    book = LogWriter(shelf, clock)
    book.take(chunk("a"))
    book.flush_if_old()
    assert shelf.batches == []
    book.followers.append(Reader())
    book.flush_if_old()
    assert shelf.batches == [1]
