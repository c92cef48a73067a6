"""The loop's own selector: each ready descriptor is served once, and those that others close are not."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gitflow.runners.selector import Selector


@pytest.fixture(params=["epoll", "poll"])
def selector(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Selector]:
    """One of Linux, and one of any other system."""
    if request.param == "poll":
        monkeypatch.delattr(select, "epoll")
    made = Selector()
    yield made
    made.close()


@pytest.fixture
def pipes() -> Iterator[list[tuple[int, int]]]:
    made = [os.pipe() for _ in range(3)]
    yield made
    for end in (end for pipe in made for end in pipe):
        with suppress(OSError):  # the test has closed it
            os.close(end)


def test_what_can_be_read_is_served_once_a_turn(selector: Selector, pipes: list[tuple[int, int]]) -> None:
    served: list[int] = []
    for number, (reader, writer) in enumerate(pipes):
        selector.register(reader, lambda number=number: served.append(number))
        if number != 1:
            os.write(writer, b"ab")
    selector.serve(None)
    assert sorted(served) == [0, 2]
    selector.serve(0.0)
    assert sorted(served) == [0, 0, 2, 2]


def test_a_closed_other_end_is_served(selector: Selector, pipes: list[tuple[int, int]]) -> None:
    served: list[bytes] = []
    reader, writer = pipes[0]
    selector.register(reader, lambda: served.append(os.read(reader, 1)))
    os.close(writer)
    selector.serve(None)
    assert served == [b""]


def test_nothing_is_served_before_it_can_be_read(selector: Selector, pipes: list[tuple[int, int]]) -> None:
    served: list[int] = []
    selector.register(pipes[0][0], lambda: served.append(0))
    selector.serve(0.0)
    selector.serve(0.001)
    assert served == []


def test_a_descriptor_that_an_earlier_callback_unregisters_is_not_served(
    selector: Selector, pipes: list[tuple[int, int]]
) -> None:
    served: list[int] = []
    readers = [reader for reader, _ in pipes[:2]]

    def serve(mine: int, other: int) -> None:
        served.append(mine)
        selector.unregister(other)

    for mine, other in (readers, readers[::-1]):
        selector.register(mine, lambda mine=mine, other=other: serve(mine, other))
    for _, writer in pipes[:2]:
        os.write(writer, b"a")
    selector.serve(None)
    assert len(served) == 1


def test_a_closed_descriptor_can_be_unregistered_and_its_number_used_again(
    selector: Selector, pipes: list[tuple[int, int]]
) -> None:
    served: list[str] = []
    reader, _ = pipes[0]
    selector.register(reader, lambda: served.append("first"))
    os.close(reader)
    selector.unregister(reader)
    again = os.dup2(pipes[1][0], reader)
    selector.register(again, lambda: served.append("second"))
    os.write(pipes[1][1], b"a")
    selector.serve(None)
    assert served == ["second"]


def test_a_descriptor_is_registered_once(selector: Selector, pipes: list[tuple[int, int]]) -> None:
    selector.register(pipes[0][0], lambda: None)
    with pytest.raises(KeyError, match="registered already"):
        selector.register(pipes[0][0], lambda: None)
    with pytest.raises(KeyError):
        selector.unregister(pipes[1][0])
