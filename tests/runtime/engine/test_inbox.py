"""What waits for the next commit: in its order, also after a commit that was undone."""

from __future__ import annotations

from collections import deque

import pytest

from gitflow.runtime.engine.inbox import Inbox


@pytest.fixture
def inbox() -> Inbox:
    """Two pieces of work and two events; ``dropped`` collects the errors of the first piece."""
    inbox = Inbox()
    inbox.dropped = []
    inbox.submit("work 1", inbox.dropped.append)
    inbox.post_event("a", "event 1")
    inbox.submit("work 2")
    inbox.post_event("b", "event 2")
    return inbox


def names(inbox: Inbox, at_most: int | None = None) -> tuple[list[str], list[str]]:
    work, events = inbox.take(at_most)
    return [each for each, _ in work], [event for _, event in events]


@pytest.mark.parametrize(
    ("at_most", "taken", "left"),
    [
        (None, (["work 1", "work 2"], ["event 1", "event 2"]), 0),
        (0, ([], []), 4),
        (1, (["work 1"], []), 3),
        (3, (["work 1", "work 2"], ["event 1"]), 1),
        (9, (["work 1", "work 2"], ["event 1", "event 2"]), 0),
    ],
)
def test_so_much_is_taken_and_work_first(inbox, at_most, taken, left):
    assert names(inbox, at_most) == taken
    assert len(inbox) == left


def test_what_is_put_back_comes_before_what_arrived_meanwhile(inbox):
    work, events = inbox.take()
    inbox.submit("work 3")
    inbox.post_event("c", "event 3")
    inbox.put_back(work, events)
    assert names(inbox) == (["work 1", "work 2", "work 3"], ["event 1", "event 2", "event 3"])


def test_the_first_piece_is_dropped_and_its_error_is_reported(inbox):
    errors = [ValueError(number) for number in range(5)]
    for error in errors:
        inbox.drop_first(error)
    assert inbox.dropped == errors[:1]
    assert (len(inbox), inbox.take()) == (0, ([], deque()))
