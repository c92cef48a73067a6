"""Schedules fire when the clock on the wall says so: once, whatever the clock and the server do."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from serving import SetClock, Site, use_set_clock

MINUTE = 60.0
HOUR = 3600.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def schedule(cron: str, more: str = "", task: str = "{flow: {a: {type: sleep, duration: 1h}}}") -> str:
    return f"tasks: {{t: {task}}}\ntriggers: {{s: {{type: scheduler, cron: '{cron}', task: t{more}}}}}\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    use_set_clock(monkeypatch)
    made = Site(tmp_path)
    SetClock.shown = at("2026-06-01T12:00:30+00:00")
    return made


def lives(story):
    """Runs a test that is a coroutine."""

    def test(site: Site) -> None:
        asyncio.run(story(site))

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test


START = at("2026-06-01T12:00:00+00:00")


@lives
async def test_a_schedule_fires_when_its_time_has_come(site: Site) -> None:
    site.write(schedule("* * * * *"))
    async with site.open() as live:
        await live.at(START + 59.9)
        assert await live.times("s") == []
        await live.at(START + 60.0)
        await live.at(START + 60.5)
        assert await live.times("s") == [START + 60]
        (job,) = await live.jobs()
        assert (job.source.type, job.source.id, job.task_name) == ("trigger", "s", "t")
        await live.at(START + 120.2)
        assert await live.times("s") == [START + 60, START + 120]


@lives
async def test_what_is_missed_while_nothing_runs_is_passed_over_unless_it_is_caught_up(site: Site) -> None:
    many = ", ".join(
        f"{catchup}: {{type: scheduler, cron: '* * * * *', catchup: {catchup}, task: t}}"
        for catchup in ("none", "last", "all")
    )
    site.write(f"tasks: {{t: {{flow: {{a: {{type: sleep, duration: 1h}}}}}}}}\ntriggers: {{{many}}}\n")
    async with site.open() as live:
        await live.at(START + 60)
    SetClock.shown = START + 300
    async with site.open() as live:
        await live.at(START + 300)
        assert await live.times("none") == [START + 60]
        assert await live.times("last") == [START + 60, START + 300]
        assert await live.times("all") == [START + 60 * n for n in range(1, 6)]
        await live.at(START + 360)
        assert [(await live.times(name))[-1] for name in ("none", "last", "all")] == [START + 360] * 3


@lives
async def test_what_falls_due_while_a_server_is_drained_fires_on_the_next_one_once(site: Site) -> None:
    site.write(schedule("* * * * *"))
    async with site.open() as live:
        await live.at(START + 60)
        await live.turn(live.service.drain.begin, 150.0, "ops")
        SetClock.shown = START + 121
        await live.triggers.scheduler.tick()
    for _ in range(2):
        SetClock.shown = START + 330
        async with site.open() as live:
            await live.at(START + 330)
            assert await live.times("s") == [START + 60, START + 120, START + 180, START + 300]
            (skipped,) = [event for event in await live.events("s") if event.what == "skipped"]
            assert skipped.reason == "1 time was missed and skipped"


@lives
async def test_a_schedule_that_is_new_makes_up_for_nothing(site: Site) -> None:
    site.write(schedule("* * * * *", ", catchup: all"))
    async with site.open() as live:
        await live.at(START + 60)
    site.write(schedule("*/2 * * * *", ", catchup: all"))
    SetClock.shown = START + 10 * MINUTE + 1
    async with site.open() as live:
        await live.at(START + 11 * MINUTE)
        assert await live.times("s") == [START + 60]
        await live.at(START + 12 * MINUTE)
        assert await live.times("s") == [START + 60, START + 12 * MINUTE]


@lives
async def test_what_is_caught_up_is_bounded_and_the_rest_is_told_of(site: Site) -> None:
    site.write(schedule("* * * * *", ", catchup: all", "{flow: {a: {type: sleep, duration: 1h}}}"))
    async with site.open() as live:
        await live.at(START + 60)
    SetClock.shown = START + 1200 * MINUTE
    async with site.open() as live:
        await live.at(START + 1200 * MINUTE)
        assert (await live.times("s"))[1:] == [START + n * MINUTE for n in range(201, 1201)]
        (skipped,) = [event for event in await live.events("s") if event.what == "skipped"]
        assert skipped.reason == "at most 1000 missed times are caught up; the earlier ones were skipped"


@lives
async def test_a_clock_set_forward_an_hour_fires_nothing_for_the_hour_that_never_was(site: Site) -> None:
    site.write(schedule("*/10 * * * *"))
    async with site.open() as live:
        await live.at(START + 10 * MINUTE)
        await live.set_to(START + 10 * MINUTE + 1 + HOUR)
        assert await live.times("s") == [START + 10 * MINUTE]
        skipped = [event for event in await live.events("s") if event.what == "skipped"]
        assert [event.reason for event in skipped] == ["6 times were missed and skipped"]
        await live.at(START + 80 * MINUTE)
        assert await live.times("s") == [START + 10 * MINUTE, START + 80 * MINUTE]


@lives
async def test_a_clock_set_forward_catches_up_as_the_author_wants(site: Site) -> None:
    site.write(
        "tasks: {t: {flow: {a: {type: sleep, duration: 1h}}}}\ntriggers:\n"
        + "".join(
            f"  {name}: {{type: scheduler, cron: '* * * * * *', task: t, catchup: {name}}}\n"
            for name in ("none", "last", "all")
        )
    )
    async with site.open() as live:
        begun = START + 31
        await live.at(begun)
        await live.set_to(begun + 100)
        assert await live.times("none") == [begun]
        assert await live.times("last") == [begun, begun + 100]
        assert await live.times("all") == [begun + second for second in range(101)]


@lives
async def test_a_clock_corrected_by_seconds_misses_nothing(site: Site) -> None:
    site.write(schedule("@hourly"))
    async with site.open() as live:
        await live.at(START + HOUR - 1)
        await live.set_to(START + HOUR + 2)
        assert await live.times("s") == [START + HOUR]


@lives
async def test_what_comes_just_after_the_clock_was_set_forward_is_fired(site: Site) -> None:
    site.write(schedule("* * * * * *"))
    async with site.open() as live:
        await live.at(START + 31)
        SetClock.shown += 1  # a second passes, in which somebody sets the clock
        await live.set_to(START + 32 + 10 * MINUTE)
        await live.at(START + 33 + 10 * MINUTE)
        later = [START + seconds + 10 * MINUTE for seconds in (32, 33)]
        assert await live.times("s") == [START + 31, START + 32, *later]


@lives
async def test_a_clock_set_back_an_hour_fires_nothing_twice(site: Site) -> None:
    site.write(schedule("*/10 * * * *"))
    async with site.open() as live:
        await live.at(START + 70 * MINUTE)
        for minute in range(10, 80):
            await live.at(START + minute * MINUTE)
        assert await live.times("s") == [START + 70 * MINUTE]
        await live.at(START + 80 * MINUTE)
        assert await live.times("s") == [START + 70 * MINUTE, START + 80 * MINUTE]


@lives
async def test_a_clock_that_was_a_year_ahead_is_not_waited_for(site: Site) -> None:
    site.write(schedule("*/10 * * * *", ", catchup: all"))
    async with site.open() as live:
        ahead = START + 365 * 24 * HOUR
        await live.at(ahead + 10)
        await live.at(START + 9 * MINUTE)
        before = len(await live.times("s"))
        await live.at(START + 10 * MINUTE)
        assert (await live.times("s"))[before:] == [START + 10 * MINUTE]


@lives
async def test_a_removed_schedule_fires_no_more_and_a_changed_one_as_it_is_now(site: Site) -> None:
    site.write(schedule("*/10 * * * *"))
    async with site.open() as live:
        site.write(schedule("5 * * * *"))
        await live.refresh()
        await live.at(START + 5 * MINUTE)
        await live.at(START + 10 * MINUTE)
        assert await live.times("s") == [START + 5 * MINUTE]
        site.write("tasks: {t: {flow: {a: {type: sleep, duration: 1h}}}}\n")
        await live.refresh()
        await live.at(START + 70 * MINUTE)
        assert await live.times("s") == [START + 5 * MINUTE]


@lives
async def test_a_change_elsewhere_in_the_file_moves_no_schedule(site: Site) -> None:
    site.write(schedule("*/10 * * * *"))
    async with site.open() as live:
        await live.at(START + 10 * MINUTE - 1)
        site.write("# more\n" + schedule("*/10 * * * *"))
        await live.refresh()
        await live.at(START + 10 * MINUTE + 2)
        assert await live.times("s") == [START + 10 * MINUTE]


@lives
async def test_a_suspended_schedule_waits_and_makes_up_for_nothing(site: Site) -> None:
    site.write(schedule("*/10 * * * *", ", catchup: all"))
    async with site.open() as live:
        one = live.service.served.get("w")
        state = await live.turn(live.triggers.suspend, one, "s", "ada")
        assert state.suspended_by == "ada"
        assert (await live.turn(live.triggers.suspend, one, "s", "bob")).suspended_by == "ada"
        await live.at(START + 10 * MINUTE)
    SetClock.shown = START + 25 * MINUTE
    async with site.open() as live:
        one = live.service.served.get("w")
        await live.at(START + 30 * MINUTE)
        assert await live.times("s") == []
        assert (await live.turn(live.triggers.unsuspend, one, "s", "bob")).suspended_at is None
        await live.at(START + 39 * MINUTE)
        assert await live.times("s") == []
        await live.at(START + 40 * MINUTE)
        assert await live.times("s") == [START + 40 * MINUTE]
        assert [(event.what, event.actor) for event in await live.events("s")][:2] == [
            ("suspended", "ada"),
            ("unsuspended", "bob"),
        ]


@lives
async def test_neither_a_disabled_trigger_nor_one_of_a_workspace_without_triggers_fires(site: Site) -> None:
    site.settings["off"] = {"triggers": False}
    site.write(schedule("* * * * *", ", enabled: false"))
    site.write(schedule("* * * * *"), "off")
    async with site.open() as live:
        await live.at(START + 60)
        assert await live.jobs() == []


@lives
async def test_a_job_that_still_runs_makes_the_next_time_be_skipped_where_the_author_wants_it(site: Site) -> None:
    site.write(schedule("* * * * *", ", concurrency: skip"))
    async with site.open() as live:
        for minute in (1, 2, 3):
            await live.at(START + minute * MINUTE)
        events = await live.events("s")
        assert [event.what for event in events] == ["fired", "skipped", "skipped"]
        assert "has not ended" in events[1].reason
        assert len(await live.jobs()) == 1


@lives
async def test_a_new_job_cancels_the_one_before_and_begins_when_that_is_gone(site: Site) -> None:
    task = "{flow: {a: {type: shell, cmd: 'trap \"\" TERM; sleep 60', grace: 300ms}}}"
    site.write(schedule("* * * * *", ", concurrency: cancel_previous", task))
    async with site.open() as live:
        await live.at(START + 1 * MINUTE)
        await live.at(START + 2 * MINUTE)
        await live.at(START + 3 * MINUTE)
        jobs = await live.jobs()
        while not (jobs[0].ended and jobs[1].ended):
            await asyncio.sleep(0.01)
            jobs = await live.jobs()
        assert [job.status.value for job in jobs[:2]] == ["cancelled", "cancelled"]
        while (third := (await live.jobs())[2]).started_at is None:
            await asyncio.sleep(0.01)
        assert third.started_at >= max(job.completed_at for job in jobs[:2])
        await live.submit(lambda transaction: live.service.app.operations.cancel(transaction, third.id, "test"))
        await live.ended(3)


@lives
async def test_an_input_that_the_task_does_not_take_is_recorded_and_the_schedule_goes_on(site: Site) -> None:
    site.write(
        schedule(
            "* * * * *",
            ", input: {n: '{{ event.scheduled_at }}'}",
            "{input: {n: {type: integer}}, flow: {a: {type: sleep, duration: 1h}}}",
        )
    )
    async with site.open() as live:
        await live.at(START + 1 * MINUTE)
        await live.at(START + 2 * MINUTE)
        events = await live.events("s")
        assert [event.what for event in events] == ["failed", "failed"]
        assert "n: must be" in events[0].reason


@lives
async def test_two_servers_on_one_store_fire_each_time_once(site: Site) -> None:
    site.write(schedule("* * * * *", ", catchup: all"))
    async with site.open() as one, site.open() as other:
        for minute in range(1, 6):
            SetClock.shown = START + minute * MINUTE
            await asyncio.gather(one.triggers.scheduler.tick(), other.triggers.scheduler.tick())
        await one.settled()
        await other.settled()
        assert await one.times("s") == [START + n * MINUTE for n in range(1, 6)]
        assert len(await one.jobs()) == 5


@lives
async def test_a_delay_by_chance_is_the_same_each_time_and_shorter_than_the_schedule(site: Site) -> None:
    site.write(schedule("* * * * *", ", jitter: 10m"))
    async with site.open() as live:
        for second in range(60, 240, 5):
            await live.at(START + second)
        times = await live.times("s")
        assert times[:2] == [START + 60, START + 120]
        assert len(times) == len(set(times)) >= 2
