"""Pages read once for many followers: never an old one for a newer piece of news."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from gitflow.api.routes.log_pages import LogPage
from gitflow.api.routes.shared_pages import MAX_CACHED_BYTES, NextPage, SharedPages
from gitflow.core.errors import StoreError


class Shelf:
    """Where pages are read: each read waits until it is let through."""

    def __init__(self) -> None:
        self.reads: list[asyncio.Future[NextPage]] = []
        self.followers = ExitStack()

    async def read(self, look) -> NextPage:
        self.reads.append(asyncio.get_running_loop().create_future())
        return await self.reads[-1]

    def give(self, *lines: bytes, last_seq: int = 1, number: int = -1) -> None:
        self.reads[number].set_result(NextPage(LogPage(lines, last_seq, True), False))


def followed(shelf: Shelf, room: int = MAX_CACHED_BYTES) -> SharedPages:
    """Of a job that somebody follows all the time."""
    pages = SharedPages(shelf.read, room)
    shelf.followers.enter_context(pages.followed("job"))
    return pages


async def asked(pages: SharedPages, *where: int, job: str = "job") -> asyncio.Task[NextPage]:
    task = asyncio.create_task(pages.after(job, *where))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


def test_those_who_stand_at_the_same_line_share_one_read():
    async def story() -> None:
        shelf = Shelf()
        pages = followed(shelf)
        waiting = [await asked(pages, 0, 1) for _ in range(100)]
        assert len(shelf.reads) == 1
        shelf.give(b"x\n")
        assert len({id(await each) for each in waiting}) == 1
        assert (await pages.after("job", 0, 1)).page == LogPage((b"x\n",), 1, True)
        assert len(shelf.reads) == 1

    asyncio.run(story())


def test_a_page_from_before_the_news_is_never_the_last():
    async def story() -> None:
        shelf = Shelf()
        pages = followed(shelf)
        first = await asked(pages, 0, 1)
        shelf.give(b"x\n")
        assert (await first).page.is_last
        later = await pages.after("job", 0, 2)
        assert (later.page.pieces, later.page.is_last) == ((b"x\n",), False)

    asyncio.run(story())


def test_a_read_that_began_before_the_news_is_not_waited_for():
    async def story() -> None:
        shelf = Shelf()
        pages = followed(shelf)
        early = await asked(pages, 0, 1)
        late = await asked(pages, 0, 2)
        assert len(shelf.reads) == 2
        shelf.give(number=0, last_seq=0)
        shelf.give(b"x\n", number=1)
        assert (await early).page.pieces == ()
        assert (await late).page.pieces == (b"x\n",)

    asyncio.run(story())


def test_a_page_without_lines_is_not_cached():
    async def story() -> None:
        shelf = Shelf()
        pages = followed(shelf)
        for _ in range(2):
            empty = await asked(pages, 0, 1)
            shelf.give(last_seq=0)
            await empty
        assert len(shelf.reads) == 2

    asyncio.run(story())


def test_one_who_leaves_takes_nothing_from_the_others():
    async def story() -> None:
        shelf = Shelf()
        pages = followed(shelf)
        leaving, staying = await asked(pages, 0, 1), await asked(pages, 0, 1)
        leaving.cancel()
        shelf.give(b"x\n")
        assert (await staying).page.pieces == (b"x\n",)
        with pytest.raises(asyncio.CancelledError):
            await leaving

    asyncio.run(story())


def test_a_read_error_reaches_all_waiting_clients_and_is_retried():
    async def story() -> None:
        shelf = Shelf()
        pages = followed(shelf)
        both = [await asked(pages, 0, 1) for _ in range(2)]
        shelf.reads[0].set_exception(StoreError("gone"))
        for each in both:
            with pytest.raises(StoreError):
                await each
        again = await asked(pages, 0, 1)
        shelf.give(b"x\n")
        assert (await again).page.pieces == (b"x\n",)

    asyncio.run(story())


def test_the_cache_is_bounded_and_evicts_the_least_recently_used():
    async def story() -> None:
        shelf = Shelf()
        pages = followed(shelf, room=250)
        for number in range(10):
            found = await asked(pages, number, 1)
            shelf.give(b"x" * 100)
            await found
            assert sum(len(piece) for _, kept in pages._cache.values() for piece in kept.page.pieces) <= 250
        assert [seq for _, seq in pages._cache] == [8, 9]

    asyncio.run(story())


def test_nothing_stays_of_a_job_that_nobody_follows_any_more():
    async def story() -> None:
        shelf = Shelf()
        pages = SharedPages(shelf.read, room=1000)
        with pages.followed("job"), pages.followed("other"):
            with pages.followed("job"):
                for seq, job in ((0, "job"), (1, "job"), (0, "other")):
                    found = await asked(pages, seq, 1, job=job)
                    shelf.give(b"x" * 300)
                    await found
            assert list(pages._cache) == [("job", 0), ("job", 1), ("other", 0)]
            late = await asked(pages, 2, 1)
        assert (len(pages._cache), pages._followed, pages._room) == (0, {}, 1000)
        shelf.give(b"x" * 300)  # a page that was still being read when the last one left
        await late
        assert (len(pages._cache), pages._followed, pages._room) == (0, {}, 1000)

    asyncio.run(story())
