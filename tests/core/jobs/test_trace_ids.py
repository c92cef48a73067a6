"""The trace and the spans of a job as identifiers: the same ones in every process, and no two alike."""

from __future__ import annotations

import string

from engine import flow, job_of
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.jobs.trace_ids import (
    attempt_traceparent,
    is_sampled,
    job_span_id,
    parent_of,
    span_id_of,
    trace_id_of,
    trace_id_of_job_id,
)
from gitflow.core.record import replace
from gitflow.core.traces import Trace, trace_of

ASKED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
JOB = job_of(flow(one={}))
NAMES = st.text(string.ascii_letters + string.digits + "-_[]\ud800", max_size=20)


def test_a_job_that_was_asked_for_in_a_trace_is_in_it_below_its_caller():
    job = replace(JOB, traceparent=ASKED)
    assert (trace_id_of(job), parent_of(job)) == tuple(ASKED.split("-")[1:3])


def test_a_job_that_nobody_traces_has_a_trace_of_its_own_which_its_children_share():
    child = replace(JOB, id="job-2", parent_job_id=JOB.id, root_job_id=JOB.id)
    assert parent_of(JOB) is None
    assert trace_id_of(child) == trace_id_of(JOB) != trace_id_of(replace(JOB, id="job-3"))
    assert parent_of(child) == job_span_id(JOB.id)


def test_the_trace_of_a_job_is_its_id_where_that_is_a_uuid():
    assert trace_id_of_job_id("0198F1c2-0000-7000-8000-00000000000a") == "0198f1c2000070008000" + "0" * 11 + "a"


def test_an_attempt_goes_on_with_a_span_of_its_own_in_the_trace_of_its_job():
    job = replace(JOB, traceparent=ASKED)
    assert trace_of(attempt_traceparent(job, "one", 1)) == Trace(trace_id_of(job), span_id_of(job.id, "one", 1))
    assert len({ASKED.split("-")[2], job_span_id(job.id), span_id_of(job.id, "one", 1)}) == 3


def test_what_the_caller_does_not_record_no_attempt_records():
    job = replace(JOB, traceparent=ASKED[:-1] + "0")
    found = trace_of(attempt_traceparent(job, "one", 1))
    assert found is not None
    assert (is_sampled(job), found.is_sampled) == (False, False)
    assert is_sampled(JOB)


@given(NAMES, NAMES, st.integers(0, 99))
def test_every_id_is_one_that_a_traceparent_can_hold(job_id: str, step: str, attempt: int):
    job = replace(JOB, id=job_id)
    found = trace_of(attempt_traceparent(job, step, attempt))
    assert found is not None
    assert (found.trace_id, found.span_id) == (trace_id_of_job_id(job_id), span_id_of(job_id, step, attempt))
