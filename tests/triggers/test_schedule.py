"""What becomes of the times of a schedule: which are fired, which are skipped, and when their jobs start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.cron import fires_between, next_fire
from gitflow.core.language.definition import Trigger
from gitflow.triggers import schedule as scheduler
from gitflow.triggers.schedule import Schedule, due, schedule_of, starts_at

T0 = 1_780_000_020.0  # a full minute
EVERY = {catchup: Schedule("* * * * *", catchup=catchup) for catchup in ("none", "last", "all")}


def test_a_schedule_is_read_as_it_is_written():
    fields = {"cron": "@daily", "timezone": "Europe/Berlin", "catchup": "all", "jitter": "1m30s"}
    assert schedule_of(Trigger("s", "scheduler", "t", fields=fields)) == Schedule(
        "@daily", "Europe/Berlin", "all", 90.0
    )
    assert schedule_of(Trigger("s", "scheduler", "t", fields={"cron": "@daily"})) == Schedule("@daily")


@pytest.mark.parametrize("schedule", EVERY.values(), ids=EVERY)
def test_a_time_that_is_looked_at_in_time_is_fired(schedule):
    found = due(schedule, "w/s", T0, T0 + 59)
    assert (found.times, found.through, found.missed) == ((T0,), T0, 0)


@pytest.mark.parametrize(
    ("catchup", "times", "missed"),
    [("none", [300], 5), ("last", [300], 5), ("all", [0, 60, 120, 180, 240, 300], 0)],
)
def test_what_was_missed_is_dealt_with_as_the_author_wants(catchup, times, missed):
    found = due(EVERY[catchup], "w/s", T0, T0 + 305)
    assert (found.times, found.missed) == (tuple(T0 + time for time in times), missed)
    assert found.through == T0 + 300


def test_the_last_missed_time_is_made_up_for_however_late():
    hourly = {catchup: Schedule("@hourly", catchup=catchup) for catchup in EVERY}
    first = next_fire("@hourly", "UTC", T0)
    assert due(hourly["last"], "w/s", first, first + 3 * 3600 - 1).times == (first + 7200,)
    assert due(hourly["none"], "w/s", first, first + 3 * 3600 - 1).times == ()


@pytest.mark.parametrize(
    ("catchup", "times", "missed"),
    [("none", [0, 300], 4), ("last", [0, 300], 4), ("all", [0, 60, 120, 180, 240, 300], 0)],
)
def test_times_that_the_clock_jumped_over_were_missed_however_short_ago(catchup, times, missed):
    schedule = Schedule("* * * * *", catchup=catchup, jitter_s=600.0)
    found = due(schedule, "w/s", T0, T0 + 500, [(T0 + 10, T0 + 290)])
    first = [time for time in found.times if time <= T0 + 300]
    assert first == [T0 + time for time in times]
    assert found.missed == missed
    jumped_last = due(EVERY[catchup], "w/s", T0, T0 + 305, [(T0 + 240, T0 + 305)])
    assert (T0 + 300 in jumped_last.times) is (catchup != "none")


def test_what_is_caught_up_is_bounded():
    found = due(EVERY["all"], "w/s", T0, T0 + 60 * 5000)
    assert (len(found.times), found.times[-1], found.missed_more) == (1000, T0 + 60 * 5000, True)


JITTERED = Schedule("* * * * *", jitter_s=600.0)


@given(st.text(max_size=20), st.integers(0, 10_000).map(lambda n: T0 + 60 * n))
def test_a_delay_is_always_the_same_and_ends_before_the_next_time(who, time):
    started = starts_at(JITTERED, who, time)
    assert started == starts_at(JITTERED, who, time)
    assert time <= started < time + 60
    assert starts_at(EVERY["none"], who, time) == time


def test_delays_differ_from_trigger_to_trigger_and_from_time_to_time():
    assert len({starts_at(JITTERED, f"w/{n}", T0) for n in range(50)}) == 50
    assert len({starts_at(JITTERED, "w/s", T0 + 60 * n) - 60 * n for n in range(50)}) > 45


@given(
    st.integers(0, 100), st.integers(0, 4000), st.sampled_from(["none", "last", "all"]), st.sampled_from([0.0, 50.0])
)
def test_looking_again_and_again_deals_with_every_time_once(begin, length, catchup, jitter_s):
    """However the looks fall, what is fired comes in order, once, and never before its time."""
    schedule = Schedule("*/2 * * * *", catchup=catchup, jitter_s=jitter_s)
    first, fired, now = next_fire("*/2 * * * *", "UTC", T0 + begin), [], T0 + begin
    while now < T0 + begin + length:
        now += 7 + (length % 50)
        if starts_at(schedule, "w/s", first) <= now:
            found = due(schedule, "w/s", first, now)
            assert all(starts_at(schedule, "w/s", time) <= now for time in found.times)
            fired += found.times
            first = next_fire("*/2 * * * *", "UTC", found.through)
    assert fired == sorted(set(fired))
    if catchup == "all":
        assert fired == fires_between("*/2 * * * *", "UTC", T0 + begin, first - 1, 10_000)[0]


@given(st.integers(0, 500_000), st.integers(0, 500_000), st.integers(1, 50))
def test_the_last_times_of_a_stretch_are_the_last_that_follow_each_other(begin, length, at_most):
    after, until = T0 + begin, T0 + begin + length
    everything, at = [], after
    while (at := next_fire("7 */3 * * *", "Europe/Berlin", at)) <= until:
        everything.append(at)
    found, more = fires_between("7 */3 * * *", "Europe/Berlin", after, until, at_most)
    assert found == everything[-at_most:]
    assert more == (len(everything) > at_most)


def test_the_shape_is_what_decides_when_it_fires():
    def shape(**fields):
        return scheduler.shape(Trigger("s", "scheduler", "t", fields={"cron": "@daily", **fields}))

    assert shape() == shape(catchup="all", jitter="1m") != shape(timezone="Europe/Berlin")
