"""Artifacts that are on another server are brought before an attempt begins, and the engine goes on meanwhile."""

import threading
import time

import pytest

from gitflow.core.errors import StoreError
from gitflow.runners.runner import Runner
from gitflow.runtime.worker.bringing import Bringing


class Assignment:
    def __init__(self, *key):
        self.key = key


KEY = ("job", "step", 1)


@pytest.fixture
def runner():
    runner = Runner(lambda context: pytest.fail("nothing is run"), lambda chunk: None, time.monotonic)
    yield runner
    runner.close()


def make(runner, bring):
    started, failed = [], []
    bringing = Bringing(
        runner, bring, lambda assignment: started.append(assignment.key), lambda key, error: failed.append((key, error))
    )
    return bringing, started, failed


def test_an_attempt_begins_once_everything_is_there(runner):
    may_go, brought = threading.Event(), []

    def bring(artifact):
        may_go.wait(60)
        brought.append(artifact)

    bringing, started, failed = make(runner, bring)
    bringing.begin(Assignment(*KEY), ["a", "b"])
    runner.wait(0)  # the engine is not held up
    assert (bringing.is_busy, started) == (True, [])
    may_go.set()
    while not started:
        runner.wait(60)
    assert (brought, failed, bringing.is_busy) == (["a", "b"], [], False)


def test_an_attempt_whose_artifacts_cannot_be_brought_fails_with_the_reason(runner):
    away = StoreError("s3://acme is away")

    def bring(artifact):
        raise away

    bringing, started, failed = make(runner, bring)
    bringing.begin(Assignment(*KEY), ["a"])
    while not failed:
        runner.wait(60)
    assert (started, failed) == ([], [(KEY, away)])


def test_an_attempt_that_is_cancelled_meanwhile_never_begins(runner):
    may_go, other = threading.Event(), ("job", "other", 1)

    def bring(artifact):
        may_go.wait(60)

    bringing, started, failed = make(runner, bring)
    bringing.begin(Assignment(*KEY), ["a"])
    assert bringing.cancel(KEY)
    assert not bringing.cancel(KEY)
    may_go.set()
    bringing.begin(Assignment(*other), [])
    while not started:
        runner.wait(60)
    assert (started, failed) == ([other], [])
