"""Which spans a job comes to; each test runs a real job and looks at what an observer is told."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from gitflow.core.record import replace
from gitflow.core.status import ENDED_JOB
from gitflow.core.traces import trace_of
from gitflow.runtime.telemetry.spans import RESULT_OF_JOB, Span, Tracing
from house import House

ASKED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
FLOW = """
tasks:
  good:
    flow:
      one: {type: shell, cmd: "true"}
      two: {type: shell, cmd: "true", depends_on: [one]}
  bad: {flow: {one: {type: shell, cmd: "exit 3"}, two: {type: shell, cmd: "true", depends_on: [one]}}}
  stubborn: {flow: {one: {type: shell, cmd: "exit 3", retry: {max_attempts: 3, delay: 10ms}}}}
  telling: {flow: {one: {type: shell, cmd: 'echo "OUTPUT: {\\"trace\\": \\"$TRACEPARENT\\"}"'}}}
  parent: {flow: {call: {type: task, task: good}}}
"""


@pytest.fixture
def house(house: House) -> House:
    house.write(FLOW)
    return house


@pytest.fixture
def traced(house: House) -> Callable[..., list[Span]]:
    def run(task: str, traceparent: str | None = None) -> list[Span]:
        tracing, spans = Tracing(url="https://flows.example.com/"), []
        with house.open() as app:
            app.orchestrator.observers.append(lambda job, entries: spans.extend(tracing.moved(job, entries)))
            make = app.orchestrator.job_factory.make
            app.orchestrator.job_factory.make = lambda *a, **k: replace(make(*a, **k), traceparent=traceparent)
            house.execute(app, task)
            house.finish(app)
        assert tracing._began == {}
        return spans

    return run


def test_every_end_of_a_job_has_a_result():
    assert RESULT_OF_JOB.keys() == ENDED_JOB


def test_a_job_is_a_trace_with_a_span_for_each_attempt(traced):
    one, two, job = traced("good")
    assert (one.name, two.name, job.name) == ("one", "two", "RUN good")
    assert job.parent_id is None
    assert {one.parent_id, two.parent_id} == {job.span_id}
    assert len({span.trace_id for span in (one, two, job)}) == 1
    assert job.began_at <= one.began_at <= one.ended_at <= two.began_at <= two.ended_at <= job.ended_at
    assert job.attributes["cicd.pipeline.name"] == "good"
    assert job.attributes["cicd.pipeline.result"] == "success"
    run_id = job.attributes["cicd.pipeline.run.id"]
    assert job.attributes["cicd.pipeline.run.url.full"] == f"https://flows.example.com/api/jobs/{run_id}"
    assert job.trace_id == str(run_id).replace("-", "")
    assert one.attributes["cicd.pipeline.task.name"] == "one"
    assert one.attributes["cicd.pipeline.task.run.result"] == "success"
    assert (one.error, job.error, job.is_server) == (None, None, True)


def test_what_failed_says_so_and_what_was_skipped_has_no_span(traced):
    one, job = traced("bad")
    assert one.attributes["cicd.pipeline.task.run.result"] == "failure"
    assert (one.attributes["error.type"], one.attributes["gitflow.step.exit_code"]) == ("exit_code", 3)
    assert (one.error or "").startswith("Exit code: 3")
    assert job.attributes["cicd.pipeline.result"] == job.attributes["error.type"] == "failure"


def test_each_attempt_has_a_span_of_its_own(traced):
    *attempts, _ = traced("stubborn")
    assert [span.attributes["gitflow.step.attempt"] for span in attempts] == [1, 2, 3]
    assert len({span.span_id for span in attempts}) == 3
    assert all(before.ended_at <= after.began_at for before, after in pairwise(attempts))


def test_a_job_goes_on_with_the_trace_it_was_asked_for_in(traced):
    one, two, job = traced("good", ASKED)
    asked = trace_of(ASKED)
    assert asked is not None
    assert {span.trace_id for span in (one, two, job)} == {asked.trace_id}
    assert job.parent_id == asked.span_id
    assert [span.parent_is_remote for span in (one, two, job)] == [False, False, True]


def test_nothing_is_told_of_a_trace_that_its_caller_does_not_record(traced):
    assert traced("good", ASKED[:-1] + "0") == []


def test_a_child_stands_in_its_parents_trace(traced):
    spans = traced("parent")
    (child,) = [span for span in spans if span.name == "RUN good"]
    (parent,) = [span for span in spans if span.name == "RUN parent"]
    assert (child.trace_id, child.parent_id) == (parent.trace_id, parent.span_id)
    assert not child.parent_is_remote


def test_what_another_process_saw_begin_has_the_same_span(house):
    first, second = Tracing(), Tracing()
    told, again = [], []
    with house.open() as app:
        app.orchestrator.observers.append(lambda job, entries: told.extend(first.moved(job, entries)))
        app.orchestrator.observers.append(lambda job, entries: again.extend(second.moved(job, entries[-1:])))
        house.execute(app, "good")
        house.finish(app)
    assert again
    assert all(span in told for span in again)
