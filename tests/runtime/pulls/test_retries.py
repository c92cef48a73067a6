"""Asking again: when, how often, and when no more."""

from __future__ import annotations

import asyncio

import pytest

from gitflow.code_hosts.base import Unavailable
from gitflow.runtime.background import BackOff
from gitflow.runtime.pulls.queue import WorkItem
from gitflow.runtime.pulls.retries import Outdated, RetryPolicy

QUICK = RetryPolicy(0.0, BackOff(max_s=0.0), tries=5, jitter=lambda: 0.5)


class Waits(WorkItem):
    """A work item for which no time passes."""

    def __init__(self):
        super().__init__()
        self.begin()
        self.pauses = []

    async def wait(self, pause_s):
        self.pauses.append(pause_s)


def ask(retries, item, *answers):
    left = list(answers)

    async def act():
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return asyncio.run(retries.run(item, act)), len(left)


def test_pauses_grow_and_are_never_shorter_than_the_host_says():
    item = Waits()
    refusals = [Unavailable("down"), Unavailable("down"), Unavailable("slow", 30.0), Unavailable("down")]
    assert ask(RetryPolicy(1.0, tries=9, jitter=lambda: 0.5), item, *refusals, "yes") == ("yes", 0)
    assert item.pauses == [1.0, 2.0, 30.0, 8.0]


def test_it_ends_with_the_last_refusal():
    with pytest.raises(Unavailable):
        ask(QUICK, Waits(), *[Unavailable("down")] * 6)


def test_nobody_waits_for_what_is_outdated():
    item = WorkItem()
    item.begin()
    item.mark_outdated()
    with pytest.raises(Outdated):
        ask(RetryPolicy(3600.0), item, Unavailable("down", 3600.0))


def test_another_error_is_not_asked_about_again():
    with pytest.raises(ZeroDivisionError):
        ask(QUICK, Waits(), ZeroDivisionError(), "never asked")
