"""Reasons why a test fails whatever the result of its job: a step without a mock, a refused decision, a stuck job."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Faults:
    """The faults of one test. Each is reported once, with a remedy."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], None] = {}

    def add(self, fault: tuple[str, str]) -> None:
        """A sentence and a hint."""
        self._found[fault] = None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._found)
