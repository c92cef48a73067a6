"""Asking again: when, how often, and when no more."""

from __future__ import annotations

import asyncio

import pytest

from gitflow.code_hosts.base import Unavailable
from gitflow.runtime.background import BackOff
from gitflow.runtime.pulls.patience import Outdated, Patience
from gitflow.runtime.pulls.queue import Turn

QUICK = Patience(0.0, BackOff(max_s=0.0), tries=5, chance=lambda: 0.5)


class Waits(Turn):
    """A turn in which no time passes."""

    def __init__(self):
        super().__init__()
        self.begin()
        self.pauses = []

    async def wait(self, pause_s):
        self.pauses.append(pause_s)


def ask(patience, turn, *answers):
    left = list(answers)

    async def act():
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return asyncio.run(patience.ask(turn, act)), len(left)


def test_pauses_grow_and_are_never_shorter_than_the_host_says():
    turn = Waits()
    refusals = [Unavailable("down"), Unavailable("down"), Unavailable("slow", 30.0), Unavailable("down")]
    assert ask(Patience(1.0, tries=9, chance=lambda: 0.5), turn, *refusals, "yes") == ("yes", 0)
    assert turn.pauses == [1.0, 2.0, 30.0, 8.0]


def test_it_ends_with_the_last_refusal():
    with pytest.raises(Unavailable):
        ask(QUICK, Waits(), *[Unavailable("down")] * 6)


def test_nobody_waits_for_what_is_outdated():
    turn = Turn()
    turn.begin()
    turn.ask_again()
    with pytest.raises(Outdated):
        ask(Patience(3600.0), turn, Unavailable("down", 3600.0))


def test_another_error_is_not_asked_about_again():
    with pytest.raises(ZeroDivisionError):
        ask(QUICK, Waits(), ZeroDivisionError(), "never asked")
