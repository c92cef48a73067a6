"""Background loops: they tick, fail without ending, back off, and stop at once."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.runtime.background import JITTER, BackgroundLoop, BackOff


def running(tick, interval_s=0.0, ticks=3, **options):
    """Runs a loop until it has ticked so often."""

    async def main():
        done, count = asyncio.Event(), 0

        async def counted():
            nonlocal count
            count += 1
            if count >= ticks:
                done.set()
            return await tick(count)

        async with BackgroundLoop("test", counted, interval_s, **options) as loop, asyncio.timeout(20):
            await done.wait()
        return loop

    return asyncio.run(main())


def test_a_loop_ticks_again_and_again():
    async def tick(count):
        return None

    assert running(tick).failures == 0


def test_a_failure_is_logged_once_and_the_loop_goes_on(caplog):
    async def tick(count):
        raise ValueError("no luck")

    with caplog.at_level(logging.ERROR):
        assert running(tick, ticks=4, back_off=BackOff(max_s=0.0)).failures >= 3
    [record] = caplog.records
    assert record.exc_info[1].args == ("no luck",)


def test_another_failure_and_the_same_after_a_success_are_logged_again(caplog):
    async def tick(count):
        if count != 3:
            raise ValueError("other" if count == 2 else "no luck")

    running(tick, ticks=5, back_off=BackOff(max_s=0.0))
    assert [record.exc_info[1].args[0] for record in caplog.records[:3]] == ["no luck", "other", "no luck"]


def test_a_loop_that_is_woken_does_not_wait():
    async def main():
        ticked = asyncio.Queue()

        async def tick():
            ticked.put_nowait(None)

        async with BackgroundLoop("test", tick, 3600.0) as loop, asyncio.timeout(20):
            await ticked.get()
            await asyncio.to_thread(loop.wake)
            await ticked.get()

    asyncio.run(main())


def test_a_tick_says_when_the_next_one_comes():
    async def tick(count):
        return 0.0

    running(tick, interval_s=3600.0)


def test_stopping_cuts_a_tick_off():
    async def main():
        begun, ended = asyncio.Event(), []

        async def tick():
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        loop = BackgroundLoop("test", tick, 1.0)
        await loop.start()
        await begun.wait()
        await loop.stop()
        await loop.stop()
        return ended

    assert asyncio.run(main()) == [True]


def test_a_loop_may_wait_before_its_first_tick():
    async def main():
        async def tick():
            raise AssertionError

        async with BackgroundLoop("test", tick, 3600.0, at_once=False) as loop:
            await asyncio.sleep(0)
            return loop.failures

    assert asyncio.run(main()) == 0


@given(st.floats(0.001, 1000), st.integers(0, 10**6), st.floats(0, 1))
def test_a_pause_grows_with_failures_within_its_bounds(interval_s, failures, chance):
    back_off = BackOff(max_s=60.0)
    pause = back_off.pause(interval_s, failures, chance)
    assert interval_s <= pause <= max(interval_s, 60.0) * (1 + JITTER) + 1e-9
    assert pause <= back_off.pause(interval_s, failures + 1, chance) + 1e-9


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_without_chance_a_pause_doubles(failures):
    assert BackOff().pause(10.0, failures, 0.5) == 10.0 * 2**failures
