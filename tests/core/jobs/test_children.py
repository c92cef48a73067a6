"""Child jobs that a retried parent takes over instead of running them again."""

import pytest
from engine import failed, finished, flow, job_of

from gitflow.core.jobs.children import may_be_reused
from gitflow.core.record import replace
from gitflow.core.status import StepStatus

DONE = finished(flow(a={}), input={"n": 1}).job
WANTED = job_of(flow(a={}), input={"n": 1})


def test_a_child_that_was_completed_after_its_parents_step_failed_is_reused():
    assert may_be_reused(StepStatus.FAILED, DONE, WANTED)
    assert may_be_reused(StepStatus.CANCELLED, DONE, WANTED)


def test_a_step_that_completed_and_is_to_run_again_wants_a_new_child():
    assert not may_be_reused(StepStatus.COMPLETED, DONE, WANTED)


def test_a_child_that_did_not_complete_is_not_reused():
    broken = finished(flow(a={}), {"a": [failed()]}, input={"n": 1}).job
    assert not may_be_reused(StepStatus.FAILED, broken, WANTED)
    assert not may_be_reused(StepStatus.FAILED, WANTED, WANTED)


@pytest.mark.parametrize("other", [{"input": {"n": 2}}, {"revision": "def456"}, {"workspace": "other"}])
def test_a_child_that_was_asked_for_something_else_is_not_reused(other):
    assert not may_be_reused(StepStatus.FAILED, DONE, replace(WANTED, **other))
