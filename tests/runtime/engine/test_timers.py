"""Timers ring once and in their order, and what they no longer need is gone, long before they would have been due."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.jobs.events import StepSkipped
from gitflow.core.jobs.job import Job
from gitflow.core.status import StepStatus
from gitflow.runtime.engine.timers import MIN_FORGOTTEN, Timers
from house import House, once, open_jobs

FLOW = "tasks: {t: {timeout: 2d, flow: {a: {type: wait, event: go, timeout: 1d}}}}\n"


def test_a_job_that_has_ended_is_not_kept_by_the_timers_it_no_longer_needs(house: House) -> None:
    house.write(FLOW)

    def waits(app) -> bool:
        return any(job.steps["a"].status is StepStatus.SUSPENDED for job in open_jobs(app, "t"))

    def skip(app) -> None:
        for job in open_jobs(app, "t"):
            app.orchestrator.post_event(job.id, StepSkipped(app.opened.clock.now(), "a", "ada"))

    with house.open() as app:
        job_id = house.execute(app, "t").id
        skipped = once(waits, skip)

        def is_over() -> bool:
            skipped(app)
            return app.orchestrator.is_idle

        app.engine.run(is_over)
        assert app.orchestrator.timers.next_due() is None
        gc.collect()
        kept = [each for each in gc.get_objects() if isinstance(each, Job) and each.id == job_id]
        assert kept == []


NAMES = st.sampled_from("abc")
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("at"), st.integers(0, 30), NAMES),
        st.tuples(st.just("forget"), st.just(0), NAMES),
        st.tuples(st.just("ring"), st.integers(0, 30), st.just("")),
    ),
    max_size=80,
)


@given(DEEDS)
def test_each_callbacks_once_in_its_order_unless_it_was_forgotten(deeds: list[tuple[str, int, str]]) -> None:
    timers, rung = Timers(), []
    wanted: list[tuple[int, int, str]] = []  # when, which, and whose
    for number, (deed, when, whose) in enumerate(deeds):
        if deed == "at":
            timers.at(when, whose, lambda now, number=number: rung.append(number))
            wanted.append((when, number, whose))
        elif deed == "forget":
            timers.forget(whose)
            wanted = [each for each in wanted if each[2] != whose]
        else:
            rung.clear()
            timers.fire(when)
            assert rung == [number for due, number, _ in sorted(wanted) if due <= when]
            wanted = [each for each in wanted if each[0] > when]
        assert timers.next_due() == min((due for due, _, _ in wanted), default=None)


def test_one_that_is_forgotten_by_another_that_callbacks_first_does_not_ring() -> None:
    timers, rung = Timers(), []
    timers.at(1, "a", lambda now: timers.forget("b"))
    timers.at(2, "b", rung.append)
    timers.at(3, "c", rung.append)
    timers.fire(5)
    assert rung == [5]
    assert timers.next_due() is None


def test_a_timer_that_sets_another_of_its_name_is_followed_by_it() -> None:
    timers, rung = Timers(), []

    def again(left: int, now: float) -> None:
        rung.append(left)
        if left:
            timers.at(now, "a", partial(again, left - 1))

    timers.at(1, "a", partial(again, 2))
    timers.fire(5)
    assert rung == [2, 1, 0]


def test_what_was_forgotten_takes_no_more_room_than_what_is_due() -> None:
    timers = Timers()
    ring: Callable[[float], None] = list[float]().append
    for number in range(10_000):
        timers.at(1e9 + number, "lasting" if number % 100 == 0 else f"{number}", ring)
        timers.forget(f"{number}")
        assert len(timers._heap) <= 2 * len(timers._callbacks) + MIN_FORGOTTEN
    assert (timers.next_due(), len(timers._callbacks), len(timers._of)) == (1e9, 100, 1)
