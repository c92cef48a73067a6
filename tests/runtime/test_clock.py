"""The clock of the engine does not jump, whatever is done to the machine's."""

from __future__ import annotations

import pytest

from gitflow.runtime.clock import Clock
from gitflow.runtime.engine.timers import Timers
from house import open_jobs


class Machine:
    """A wall clock that may be set, and a monotonic one that only goes on."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1_000_000.0, 50.0

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.monotonic)


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_timers_ring_once_and_when_their_time_has_passed_though_the_wall_clock_jumps(jump_s):
    machine = Machine()
    clock, timers, rung = machine.clock(), Timers(), []
    timers.at(clock.now() + 10, "it", rung.append)
    machine.passes(9)
    machine.wall += jump_s
    timers.fire(clock.now())
    assert rung == []
    machine.passes(1)
    timers.fire(clock.now())
    machine.wall -= jump_s
    timers.fire(clock.now())
    assert rung == [1_000_010.0]


def test_schedules_see_what_the_wall_clock_says():
    machine = Machine()
    clock = machine.clock()
    machine.wall += 3600
    assert (clock.wall(), clock.now()) == (1_003_600.0, 1_000_000.0)


def test_the_clock_of_the_next_process_begins_with_what_the_wall_says_then():
    machine = Machine()
    clock = machine.clock()
    machine.passes(5)
    machine.wall += 3600
    assert machine.clock().now() == clock.now() + 3600


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_what_was_due_before_a_restart_is_due_when_the_wall_clock_says_so(house, monkeypatch, jump_s):
    """A sleep, the delay of a retry and a job's time limit; the clock was set while nothing ran."""
    import gitflow.app

    machine = Machine()
    monkeypatch.setattr(gitflow.app, "Clock", machine.clock)
    house.write(
        "tasks:\n"
        "  nap: {flow: {s: {type: sleep, duration: 2h}}}\n"
        "  limited: {timeout: 2h, flow: {w: {type: wait, event: go, timeout: 9h}}}\n"
        "  late: {retry: {max_attempts: 2, delay: 2h}, flow: {s: {type: sleep, until: '{{ 1 }}'}}}\n"
    )
    with house.serve() as app:
        began = app.opened.clock.now()
        for task in ("nap", "limited", "late"):
            house.execute(app, task)
        app.engine.settle()
        assert len(open_jobs(app, "late")) == 1
    machine.wall += jump_s
    with house.serve() as app:
        app.engine.settle()
        app.orchestrator.timers.fire(app.opened.clock.now())
        app.engine.settle()
        left = began + 7200 - app.opened.clock.now()
        assert left == 7200 - jump_s
        machine.passes(left - 1)
        app.orchestrator.timers.fire(app.opened.clock.now())
        app.engine.settle()
        assert [job.status for task in ("nap", "limited", "late") for job in open_jobs(app, task)] == [
            "running",
            "running",
            "pending",
        ]
        machine.passes(1)
        app.orchestrator.timers.fire(app.opened.clock.now())
        app.engine.settle()
        assert app.orchestrator.is_idle
    assert [[job.status for job in house.of(task)] for task in ("nap", "limited", "late")] == [
        ["completed"],
        ["timed_out"],
        ["failed", "failed"],
    ]
