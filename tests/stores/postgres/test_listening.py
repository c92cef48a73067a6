"""What the active server changes is heard by every session that listens, and by no other way than its commits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

import pytest

import event_loops
from gitflow.core.errors import StoreError
from gitflow.stores.postgres.leading import MAX_TEXT, jobs_text
from gitflow.stores.registry import listen

pytestmark = pytest.mark.postgres

TIMEOUT_S = 60.0


class Ear:
    def __init__(self) -> None:
        self.listens = asyncio.Event()
        self.heard: asyncio.Queue[Collection[str] | None] = asyncio.Queue()

    async def next(self) -> Collection[str] | None:
        async with asyncio.timeout(TIMEOUT_S):
            return await self.heard.get()


def while_listening(url: str, story: Callable[[Ear, asyncio.Task[None]], Awaitable[None]]) -> None:
    async def main() -> None:
        ear = Ear()
        task = asyncio.create_task(listen(url, ear.listens.set, ear.heard.put_nowait))
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await ear.listens.wait()
            await story(ear, task)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    event_loops.run(main())


def test_the_jobs_of_a_commit_are_heard_and_a_commit_without_any_is_silent(opened, new_database, job_of):
    stores, job, other = opened(), job_of("build"), job_of("build")
    stores.jobs.lead("server-a")

    async def story(ear: Ear, task: asyncio.Task[None]) -> None:
        stores.jobs.put_meta("a", "b")
        with stores.jobs.transaction():
            stores.jobs.create(job, [])
            stores.jobs.create(other, [])
        assert set(await ear.next() or ()) == {job.id, other.id}
        assert ear.heard.empty()

    while_listening(new_database, story)


def test_lines_of_a_job_are_heard(opened, new_database, job_of, chunk):
    stores, job = opened(), job_of("build")
    stores.jobs.lead("server-a")
    with stores.jobs.transaction():
        stores.jobs.create(job, [])

    async def story(ear: Ear, task: asyncio.Task[None]) -> None:
        with stores.jobs.transaction():
            stores.logs.append([chunk(job.id, "a")])
        assert await ear.next() == [job.id]

    while_listening(new_database, story)


def test_what_was_undone_is_not_heard(opened, new_database, job_of):
    stores, lost, kept = opened(), job_of("build"), job_of("build")
    stores.jobs.lead("server-a")

    async def story(ear: Ear, task: asyncio.Task[None]) -> None:
        with suppress(ZeroDivisionError), stores.jobs.transaction():
            stores.jobs.create(lost, [])
            stores.jobs.state_of(lost.id)  # sends what was gathered
            raise ZeroDivisionError
        with stores.jobs.transaction():
            stores.jobs.create(kept, [])
        assert await ear.next() == [kept.id]

    while_listening(new_database, story)


def test_the_end_of_the_session_is_an_error_of_the_store(opened, new_database, cluster):
    opened()

    async def story(ear: Ear, task: asyncio.Task[None]) -> None:
        cluster.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        async with asyncio.timeout(TIMEOUT_S):
            with pytest.raises(StoreError, match="cannot be reached"):
                await task

    while_listening(new_database, story)


def test_too_many_jobs_for_one_notification_are_any_job():
    ids = [f"{number:036}" for number in range(220)]
    assert jobs_text(ids[:3]).split() == ids[:3]
    fitting = (MAX_TEXT + 1) // 37
    assert len(jobs_text(ids[:fitting]).split()) == fitting
    assert jobs_text(ids[: fitting + 1]) == ""


def test_many_jobs_in_one_commit_are_heard_as_any_job(opened, new_database, job_of):
    stores = opened()
    stores.jobs.lead("server-a")

    async def story(ear: Ear, task: asyncio.Task[None]) -> None:
        with stores.jobs.transaction():
            for _ in range(230):
                stores.jobs.create(job_of("build"), [])
        assert await ear.next() is None

    while_listening(new_database, story)
