"""Events of a server: numbered without gaps, kept up to a number, and a gap wherever one is missing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitflow.runtime.engine import server_events
from gitflow.runtime.engine.server_events import ServerEvent, ServerEvents


def run(story: Any) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await story()

    asyncio.run(bounded())


@settings(max_examples=60, deadline=None)
@given(moves=st.lists(st.integers(0, 7), max_size=12), limit=st.integers(1, 5))
def test_a_reader_gets_every_event_once_or_learns_of_the_gap(moves: list[int], limit: int) -> None:
    """Whatever comes between its reads: a number is how many events are published before the next read."""

    async def story() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server_events, "MAX_KEPT", 5)
            events = ServerEvents(asyncio.get_running_loop(), 1.0)
            with events.followed() as follower:
                begin = seq = events.last_seq
                published = 0
                for count in moves:
                    for _ in range(count):
                        published += 1
                        events.publish(ServerEvent(f"e.{published}", 0.0))
                    if count:
                        assert await follower.wait()
                    assert events.last_seq == begin + published
                    assert events.has_all_after(seq) == (events.last_seq - seq <= 5)
                    if not events.has_all_after(seq):
                        seq = events.last_seq
                    found = events.after(seq, limit)
                    expected = range(seq + 1, min(seq + limit, events.last_seq) + 1)
                    assert [event.seq for event in found] == list(expected)
                    assert [event.what for event in found] == [f"e.{number - begin}" for number in expected]
                    seq += len(found)

    run(story)


def test_nothing_is_kept_before_somebody_follows() -> None:
    async def story() -> None:
        events = ServerEvents(asyncio.get_running_loop(), 1.0)
        events.publish(ServerEvent("a", 0.0))
        with events.followed() as follower:
            events.publish(ServerEvent("b", 0.0))
            await follower.wait()
            assert [event.what for event in events.after(1_000_000, 10)] == ["b"]
        assert not events.has_all_after(events.last_seq + 1)
        assert not events.has_all_after(0)

    run(story)


def test_a_follower_that_was_not_notified_waits_only_so_long() -> None:
    async def story() -> None:
        events = ServerEvents(asyncio.get_running_loop(), 1.0)
        with events.followed() as follower:
            assert not await follower.wait(0.001)
            follower.notify()
            assert await follower.wait()

    run(story)
