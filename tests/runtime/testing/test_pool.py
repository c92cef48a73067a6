"""Many tests run in several processes, and come in their order, whatever becomes of a process."""

from __future__ import annotations

import os
import signal

import pytest
from workshop import told

from gitflow.core.problems import Place
from gitflow.runtime.testing import pool
from gitflow.runtime.testing.expectations import Failure
from gitflow.runtime.testing.pool import Prepared, run_all

FLOW = "tasks: {t: {flow: {a: {type: shell, cmd: 'echo $PPID'}}}}"


@pytest.fixture
def prepared(workshop):
    def make(count, test="task: t, mocks: {a: {}}"):
        workshop.define(FLOW)
        text = "tests:\n" + "".join(f"  test {number}: {{{test}}}\n" for number in range(count))
        definitions, cases = workshop.cases(text)
        return [Prepared(case, definitions) for case in cases.values()]

    return make


@pytest.mark.parametrize("at_once", [1, 3])
def test_results_come_in_the_order_of_the_tests(prepared, workshop, at_once):
    results = list(run_all(prepared(40), at_once, str(workshop.state)))
    assert [result.name for result in results] == [f"test {number}" for number in range(40)]
    assert all(result.has_passed for result in results)


def test_real_steps_run_in_processes_side_by_side(prepared, workshop):
    """Both wait for each other: one alone would never end."""
    first, second = (workshop.folder.parent / name for name in ("first", "second"))
    os.mkfifo(first)
    os.mkfifo(second)
    workshop.define(f"""
tasks:
  one: {{flow: {{a: {{type: shell, cmd: "echo x > {first}; read line < {second}"}}}}}}
  two: {{flow: {{a: {{type: shell, cmd: "read line < {first}; echo x > {second}"}}}}}}
""")
    definitions, cases = workshop.cases("tests: {a: {task: one, real: [a]}, b: {task: two, real: [a]}}")
    results = list(run_all([Prepared(case, definitions) for case in cases.values()], 2, str(workshop.state)))
    assert [told(result) for result in results] == [[], []]


def test_few_mocked_tests_are_not_worth_a_process(prepared, workshop, monkeypatch):
    forks = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: forks.append(1) or fork())
    list(run_all(prepared(pool.CASES_PER_PROCESS), 8, str(workshop.state)))
    assert forks == []
    list(run_all(prepared(pool.CASES_PER_PROCESS + 1), 8, str(workshop.state)))
    assert len(forks) == 2


def test_a_test_whose_definitions_cannot_be_loaded_fails_and_the_others_run(prepared, workshop):
    first, second = prepared(2)
    failure = Failure(Place("a", 1, 1), "the revision cannot be loaded")
    results = list(run_all([Prepared(first.case, failure), second], 1, str(workshop.state)))
    assert [result.failures for result in results] == [(failure,), ()]


def test_a_process_that_dies_fails_the_tests_that_it_had(prepared, workshop):
    """The step kills the process that runs the test."""
    workshop.define("tasks: {t: {flow: {a: {type: shell, cmd: 'kill -9 $PPID'}}}}")
    definitions, cases = workshop.cases("tests: {a: {task: t, real: [a]}, b: {task: t, real: [a]}}")
    results = list(run_all([Prepared(case, definitions) for case in cases.values()], 2, str(workshop.state)))
    assert [[one.what for one in result.failures] for result in results] == [
        ["the process that ran the test has ended before it"],
        ["the process that ran the test has ended before it"],
    ]


def test_who_stops_listening_ends_the_processes_and_what_they_run(prepared, workshop):
    gate = workshop.folder.parent / "gate"
    os.mkfifo(gate)
    workshop.define(f"""
tasks:
  quick: {{flow: {{a: {{type: shell, cmd: "true"}}}}}}
  slow: {{flow: {{a: {{type: shell, cmd: "echo $$ > {gate}; exec sleep 600"}}}}}}
""")
    definitions, cases = workshop.cases("tests: {a: {task: quick, real: [a]}, b: {task: slow, real: [a]}}")
    results = run_all([Prepared(case, definitions) for case in cases.values()], 2, str(workshop.state))
    assert next(results).has_passed
    with open(gate) as started:
        pid = int(started.read())
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
