"""A mock stands in for an attempt: its output, its end, the time it takes, one after the other."""

from __future__ import annotations

import os
import subprocess
import threading

import pytest
from workshop import told

FLOW = """
actions:
  build:
    type: shell
    cmd: make
    output: {version: {type: string, required: true}}
    retry: {max_attempts: 3, delay: 10m}
tasks:
  t:
    output: {version: "{{ build.output.version | default('none') }}"}
    flow:
      build: {action: build}
      after: {type: http, url: "http://127.0.0.1:1/", depends_on: [build]}
"""


def test_an_output_is_that_of_the_step(workshop):
    workshop.define(FLOW)
    result = workshop.run_one("""
task: t
mocks: {build: {output: {version: 1.2.3}}, after: {output: {status: 204}}}
expect:
  steps: {build: {status: completed, attempts: 1, output: {version: 1.2.3}}, after: {output: {status: 204}}}
  output: {version: 1.2.3}
""")
    assert told(result) == []


def test_an_output_is_converted_to_its_declared_type_as_that_of_a_process_is(workshop):
    workshop.define(FLOW)
    result = workshop.run_one("""
task: t
mocks: {build: {output: {version: 3}}, after: {}}
expect: {steps: {build: {output: {version: "3"}}}}
""")
    assert told(result) == []


@pytest.mark.parametrize(
    ("mock", "error"),
    [
        ("{exit_code: 3}", "Exit code: 3"),
        ("{error: connection refused}", "connection refused"),
        ("{exit_code: 3, error: no space}", "no space"),
    ],
)
def test_a_mock_that_fails_uses_up_the_attempts(workshop, mock, error):
    workshop.define(FLOW)
    sequence = ", ".join([mock] * 3)
    result = workshop.run_one(f"""
task: t
mocks: {{build: {{sequence: [{sequence}]}}}}
expect: {{status: failed, steps: {{build: {{status: completed, attempts: 3}}}}}}
""")
    assert told(result) == [(5, 'the status of step "build"', "completed", f"failed ({error})")]
    assert result.virtual_s == 1200


def test_a_sequence_has_one_entry_for_each_attempt(workshop):
    workshop.define(FLOW)
    result = workshop.run_one("""
task: t
mocks:
  build: {sequence: [{exit_code: 1}, {exit_code: 1}, {output: {version: "2"}}]}
  after: {}
expect: {steps: {build: {attempts: 3, output: {version: "2"}}}}
""")
    assert told(result) == []


def test_an_attempt_beyond_the_sequence_fails_the_test_and_is_named(workshop):
    workshop.define(FLOW)
    result = workshop.run_one("task: t\nmocks: {build: {sequence: [{exit_code: 1}, {exit_code: 1}]}}")
    assert 'the mock of step "build" of task "t" has no entry for attempt 3' in [one.what for one in result.failures]


def test_the_attempts_of_a_job_that_is_tried_again_go_on_counting(workshop):
    workshop.define("tasks: {t: {retry: {max_attempts: 3, delay: 1h}, flow: {a: {type: shell, cmd: a}}}}")
    result = workshop.run_one("""
task: t
mocks: {a: {sequence: [{exit_code: 1}, {exit_code: 1}, {output: {n: 3}}]}}
expect: {steps: {a: {output: {n: 3}}}}
""")
    assert (told(result), result.virtual_s) == ([], 7200)


LOOP = """
tasks:
  t:
    flow:
      roll:
        type: shell
        cmd: roll
        for_each: [a, b, c]
        sequential: true
        retry: {max_attempts: 2}
"""


def test_a_sequence_of_a_loop_has_one_entry_for_each_instance_and_within_it_for_each_attempt(workshop):
    workshop.define(LOOP)
    result = workshop.run_one("""
task: t
mocks: {roll: {sequence: [{output: {n: 0}}, {sequence: [{exit_code: 1}, {output: {n: 1}}]}, {output: {n: 2}}]}}
expect:
  steps:
    roll: {output: [{n: 0}, {n: 1}, {n: 2}]}
    "roll[0]": {attempts: 1}
    "roll[1]": {attempts: 2}
""")
    assert told(result) == []


def test_the_name_of_an_instance_wins_over_that_of_its_loop(workshop):
    workshop.define(LOOP)
    result = workshop.run_one("""
task: t
mocks: {roll: {output: {n: 0}}, "roll[1]": {output: {n: 1}}}
expect: {steps: {roll: {output: [{n: 0}, {n: 1}, {n: 0}]}}}
""")
    assert told(result) == []


def test_the_name_of_a_step_wins_over_that_of_its_action(workshop):
    workshop.define("""
actions: {go: {type: shell, cmd: go}}
tasks: {t: {flow: {a: {action: go}, b: {action: go}}}}
""")
    result = workshop.run_one("""
task: t
mocks: {go: {output: {by: action}}, b: {output: {by: step}}}
expect: {output: {a: {by: action}, b: {by: step}}}
""")
    assert told(result) == []


def test_a_step_without_a_mock_fails_the_test_and_is_named(workshop):
    workshop.define(FLOW)
    result = workshop.run_one("task: t\nmocks: {after: {}}\nexpect: {status: failed}")
    assert [one.what for one in result.failures] == ['step "build" of task "t" has no mock']
    assert "mocks: {build: {}}" in result.failures[0].hint


def test_a_hook_needs_a_mock_of_its_action(workshop):
    workshop.define("""
on_error: [{action: tell}]
actions: {tell: {type: shell, cmd: tell}}
tasks: {t: {flow: {run: {type: shell, cmd: go}}}}
""")
    result = workshop.run_one("task: t\nmocks: {run: {exit_code: 1}}\nexpect: {status: failed}")
    assert [one.what for one in result.failures] == ['the action "tell", which a hook runs, has no mock']
    mocked = workshop.run_one("task: t\nmocks: {run: {exit_code: 1}, tell: {}}\nexpect: {status: failed}")
    assert told(mocked) == []


@pytest.mark.parametrize(
    "step",
    [
        "{type: task, task: other}",
        "{type: wait, event: paid}",
        "{type: approval, message: go?}",
        "{type: sleep, duration: 5h}",
    ],
)
def test_a_step_that_suspends_may_be_mocked_too(workshop, step):
    workshop.define(f"""
tasks:
  t: {{flow: {{it: {step}}}}}
  other: {{flow: {{x: {{type: shell, cmd: x}}}}}}
""")
    result = workshop.run_one("""
task: t
mocks: {it: {output: {done: yes}, delay: 1h}}
expect: {steps: {it: {output: {done: yes}}}}
""")
    assert (told(result), result.virtual_s) == ([], 3600)


def test_steps_of_a_child_task_are_mocked_by_their_names(workshop):
    workshop.define("""
tasks:
  t: {flow: {child: {type: task, task: other}}}
  other: {flow: {x: {type: shell, cmd: x}}}
""")
    result = workshop.run_one("task: t\nmocks: {x: {output: {n: 1}}}\nexpect: {output: {child: {x: {n: 1}}}}")
    assert told(result) == []


def test_a_cancelled_mock_does_not_end_a_second_time(workshop):
    """The job's own time limit ends what takes longer."""
    workshop.define("tasks: {t: {timeout: 1h, flow: {a: {type: shell, cmd: a}}}}")
    result = workshop.run_one("""
task: t
mocks: {a: {delay: 5h}}
expect: {status: timed_out, steps: {a: cancelled}}
""")
    assert (told(result), result.virtual_s) == ([], 3600)


def test_a_mocked_test_starts_no_process_no_thread_and_writes_no_file(workshop, monkeypatch):
    workshop.define(FLOW)
    definitions, cases = workshop.cases(
        "tests: {it: {task: t, mocks: {build: {delay: 2h, output: {version: x}}, after: {}}}}"
    )
    from gitflow.runtime.testing.run import run_case

    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda *given, **more: started.append(given))
    monkeypatch.setattr(os, "posix_spawn", lambda *given, **more: started.append(given))
    monkeypatch.setattr(os, "fork", lambda: started.append("fork"))
    monkeypatch.setattr(threading.Thread, "start", lambda self: started.append(self))
    state = workshop.state / "of the run"
    assert run_case(cases["it"], definitions, str(state)).has_passed
    assert started == []
    assert not state.exists()
