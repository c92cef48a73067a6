"""Nobody waits: sleeps, delays, time limits and deadlines take virtual time; counted are the real sleeps."""

from __future__ import annotations

import selectors
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workshop import told

from gitflow.runners.selector import Selector
from gitflow.runtime.testing.clock import VirtualClock


@pytest.fixture
def waits(monkeypatch):
    """Every wait of this process for time to pass: sleeps, and selects with a timeout above nothing."""
    found = []

    def count(kind, name):
        wait = getattr(kind, name)

        def counted(self, timeout=None):
            if timeout is None or timeout > 0:
                found.append(timeout)
            return wait(self, timeout)

        monkeypatch.setattr(kind, name, counted)

    count(Selector, "serve")  # of the engine
    count(selectors.DefaultSelector, "select")  # of asyncio
    monkeypatch.setattr(time, "sleep", found.append)
    return found


CASES = {
    "a sleep": ("{type: sleep, duration: 30d}", "", "completed", 30 * 86400),
    "a sleep until a moment": ("{type: sleep, until: '2026-03-01T00:00:00Z'}", "", "completed", 59 * 86400),
    "the delays of retries": (
        "{type: shell, cmd: x, retry: {max_attempts: 4, delay: 1h, backoff: exponential}}",
        "mocks: {it: {sequence: [{exit_code: 1}, {exit_code: 1}, {exit_code: 1}, {}]}}",
        "completed",
        7 * 3600,
    ),
    "a mock that takes its time": ("{type: shell, cmd: x}", "mocks: {it: {delay: 2h30m}}", "completed", 9000),
    "the time limit of a step": (
        "{type: shell, cmd: x, timeout: 10m}",
        "mocks: {it: {delay: 2h}}",
        "failed",
        600,
    ),
    "the deadline of an approval": ("{type: approval, message: go?, timeout: 7d}", "", "failed", 7 * 86400),
    "a deadline that approves": (
        "{type: approval, message: go?, timeout: 7d, on_timeout: approve}",
        "",
        "completed",
        7 * 86400,
    ),
    "an approver who takes time": (
        "{type: approval, message: go?, timeout: 7d}",
        "approvals: {it: {approved: true, after: 2d}}",
        "completed",
        2 * 86400,
    ),
    "an event that never comes": ("{type: wait, event: paid}", "", "failed", 86400),
}


@pytest.mark.parametrize("name", CASES)
def test_nobody_waits_for(workshop, waits, name):
    step, more, status, seconds = CASES[name]
    workshop.define(f"tasks: {{t: {{flow: {{it: {step}}}}}}}")
    result = workshop.run_one(f"task: t\n{more}\nexpect: {{status: {status}, steps: {{it: {status}}}}}")
    assert told(result) == []
    assert result.virtual_s == seconds
    assert waits == []


def test_a_job_is_tried_again_after_its_delay(workshop, waits):
    workshop.define("tasks: {t: {retry: {max_attempts: 3, delay: 1h}, flow: {a: {type: shell, cmd: a}}}}")
    result = workshop.run_one("task: t\nmocks: {a: {exit_code: 1}}\nexpect: {status: failed}")
    assert (told(result), result.virtual_s, waits) == ([], 7200, [])


def test_parallel_steps_take_as_long_as_the_longest(workshop):
    workshop.define("tasks: {t: {flow: {a: {type: shell, cmd: a}, b: {type: shell, cmd: b}}}}")
    result = workshop.run_one("task: t\nmocks: {a: {delay: 3h}, b: {delay: 1h}}")
    assert result.virtual_s == 3 * 3600


def test_a_wide_flow_takes_as_long_as_its_longest_step(workshop):
    """No worker's limit counts, but that of the task does."""
    loop = "{type: shell, cmd: a, for_each: '{{ range(300) | list }}'}"
    workshop.define(f"tasks: {{t: {{flow: {{a: {loop}}}}}, u: {{max_parallel_steps: 100, flow: {{a: {loop}}}}}}}")
    assert workshop.run_one("task: t\nmocks: {a: {delay: 1h}}").virtual_s == 3600
    assert workshop.run_one("task: u\nmocks: {a: {delay: 1h}}").virtual_s == 3 * 3600


@st.composite
def flows(draw):
    """Steps that depend on earlier ones, each with its delay in seconds: (depends_on, delay)."""
    return [
        (sorted(draw(st.sets(st.integers(0, number - 1), max_size=3))) if number else [], draw(st.integers(0, 5000)))
        for number in range(draw(st.integers(1, 8)))
    ]


@given(flows())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_job_takes_as_long_as_the_longest_way_through_its_flow(workshop, flow):
    ends = []
    for needs, delay in flow:
        ends.append(delay + max((ends[need] for need in needs), default=0))
    steps = [
        f"s{n}: {{type: shell, cmd: x, depends_on: {[f's{need}' for need in needs]}}}"
        for n, (needs, _) in enumerate(flow)
    ]
    mocks = ", ".join(f"s{number}: {{delay: {delay}}}" for number, (_, delay) in enumerate(flow))
    workshop.define(f"tasks: {{t: {{flow: {{{', '.join(steps)}}}}}}}")
    result = workshop.run_one(f"task: t\nmocks: {{{mocks}}}")
    assert (told(result), result.virtual_s) == ([], max(ends))


def test_the_job_is_made_at_the_time_of_the_test(workshop):
    workshop.define("tasks: {t: {output: {at: '{{ job.created_at }}'}, flow: {it: {type: sleep, duration: 1s}}}}")
    default = workshop.run_one("task: t\nexpect: {output: {at: '2026-01-01T00:00:00Z'}}")
    chosen = workshop.run_one("task: t\nnow: 2024-02-29T12:00:00+01:00\nexpect: {output: {at: '2024-02-29T11:00:00Z'}}")
    assert (told(default), told(chosen)) == ([], [])


def test_the_same_test_takes_the_same_virtual_time_each_time(workshop):
    workshop.define("""
tasks: {t: {flow: {a: {type: shell, cmd: a, retry: {max_attempts: 3, delay: 1h, jitter: true}}}}}
""")
    test = "task: t\nmocks: {a: {sequence: [{exit_code: 1}, {exit_code: 1}, {}]}}"
    assert workshop.run_one(test).virtual_s == workshop.run_one(test).virtual_s


def test_the_virtual_clock_stands_still_and_never_goes_back():
    clock = VirtualClock(100.0)
    assert (clock.now(), clock.wall()) == (100.0, 100.0)
    clock.move_to(250.0)
    clock.move_to(200.0)
    assert (clock.now(), clock.ahead()) == (250.0, 0.0)


def test_the_virtual_clock_follows_the_real_one_until_it_is_halted():
    clock = VirtualClock(100.0)
    before = time.monotonic()
    clock.follow()
    clock.follow()
    while clock.now() == 100.0:
        pass
    clock.halt()
    halted = clock.now()
    assert 100.0 < halted <= 100.0 + (time.monotonic() - before) + 0.001
    assert clock.now() == halted


def test_counting_sees_a_real_sleep(workshop, waits):
    """So that what is not counted above is no accident."""
    workshop.define("tasks: {t: {flow: {it: {type: shell, cmd: 'echo a'}}}}")
    assert told(workshop.run_one("task: t\nreal: [it]")) == []
    assert waits
