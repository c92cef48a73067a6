"""Why a test fails whatever its job came to: a step without a mock, a refused decision, a job that is stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Faults:
    """Each is told once, with what to do about it."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], None] = {}

    def add(self, fault: tuple[str, str]) -> None:
        """A sentence and a hint."""
        self._found[fault] = None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._found)
