"""Scenes (scene.py) on the code hosts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[0]))

from scene import Scene


@pytest.fixture(params=["github", "gitea", "gitlab"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """Started, on each kind of code host."""
    made = Scene(tmp_path, request.param).start()
    yield made
    made.stop()


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path, "github").start()
    yield made
    made.stop()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[[str], Scene]]:
    """``stage(provider)``, not started yet."""
    made: list[Scene] = []

    def make(provider: str) -> Scene:
        made.append(Scene(tmp_path, provider))
        return made[-1]

    yield make
    for each in made:
        each.stop()
