"""Work by number: one at a time, the newest last, and nothing lost."""

from __future__ import annotations

import asyncio

from gitflow.runtime.pulls.queue import LatestFirst


def run(coroutine):
    async def bounded():
        async with asyncio.timeout(30):
            return await coroutine

    return asyncio.run(bounded())


def test_what_is_asked_for_while_it_runs_is_done_once_more():
    async def scene():
        begun, go, seen = asyncio.Event(), asyncio.Event(), []

        async def act(number, item):
            begun.set()
            await go.wait()
            seen.append((number, item.is_outdated))

        queue = LatestFirst(act)
        assert queue.submit(1)
        await begun.wait()
        assert queue.submit(1)
        assert queue.submit(1)
        go.set()
        await queue.idle()
        return seen

    assert run(scene()) == [(1, True), (1, False)]


def test_one_number_is_worked_on_once_at_a_time_and_others_beside_it():
    async def scene():
        running, most, go = {1: 0, 2: 0}, {1: 0, 2: 0}, asyncio.Event()
        both = asyncio.Event()

        async def act(number, item):
            running[number] += 1
            most[number] = max(most[number], running[number])
            if running == {1: 1, 2: 1}:
                both.set()
            await go.wait()
            running[number] -= 1

        queue = LatestFirst(act, at_once=2)
        for number in (1, 2, 1, 2, 1):
            queue.submit(number)
        await both.wait()
        for number in (1, 2, 1):
            queue.submit(number)
        go.set()
        await queue.idle()
        return most

    assert run(scene()) == {1: 1, 2: 1}


def test_no_more_runs_and_waits_than_may():
    async def scene():
        running, most, full, go = 0, 0, asyncio.Event(), asyncio.Event()

        async def act(number, item):
            nonlocal running, most
            running += 1
            most = max(most, running)
            if running == 2:
                full.set()
            await go.wait()
            running -= 1

        queue = LatestFirst(act, at_once=2, max_waiting=3)
        taken = [queue.submit(number) for number in range(5)]
        await full.wait()
        go.set()
        await queue.idle()
        return taken, most, queue.submit(9)

    assert run(scene()) == ([True, True, True, False, False], 2, True)


def test_work_that_fails_touches_no_other(caplog):
    async def scene():
        seen = []

        async def act(number, item):
            if number == 1:
                raise ZeroDivisionError
            seen.append(number)

        queue = LatestFirst(act)
        queue.submit(1)
        queue.submit(2)
        await queue.idle()
        queue.submit(1)
        queue.submit(3)
        await queue.idle()
        return seen

    assert run(scene()) == [2, 3]
    assert caplog.text.count("pull request 1 cannot be judged") == 2


def test_the_end_cuts_off_what_runs_and_takes_nothing_more():
    async def scene():
        begun, was_cut = asyncio.Event(), asyncio.Event()

        async def act(number, item):
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                was_cut.set()

        queue = LatestFirst(act)
        queue.submit(1)
        await begun.wait()
        await queue.close()
        return was_cut.is_set(), queue.submit(2)

    assert run(scene()) == (True, False)
