"""Desks (desk.py), which are stopped after each test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[0]))

from desk import Desk


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """``make(settings, form)``, not started yet."""
    made: list[Desk] = []

    def build(*given: Any) -> Desk:
        made.append(Desk(tmp_path, *given))
        return made[-1]

    yield build
    for each in made:
        each.stop()


@pytest.fixture
def direct(make: Callable[..., Desk]) -> Desk:
    """Commits to the served branch."""
    return make()


@pytest.fixture
def proposing(make: Callable[..., Desk]) -> Desk:
    return make({"writable": True})
