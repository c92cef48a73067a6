"""The code host of the tests (tests/code_host_stub.py), started."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from code_host_stub import Stub


@pytest.fixture
def host() -> Iterator[Callable[[str], Stub]]:
    made: list[Stub] = []

    def make(provider: str) -> Stub:
        made.append(Stub(provider))
        return made[-1]

    yield make
    for each in made:
        each.stop()
