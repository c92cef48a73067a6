"""A real server on a free port of loopback, with a workspace and a state directory of its own, and a client for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running import DEFINITIONS, Running

from cheap_passwords import cheap_passwords  # noqa: F401


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """``serve(definitions, settings)`` starts a server; several may run at once. ``settings`` is laid over
    server-config.yaml, e.g. ``{"auth": {…}}``."""
    started: list[Running] = []

    def start(
        definitions: str = DEFINITIONS,
        settings: dict[str, object] | None = None,
        *,
        name: str = "a",
        environ: dict[str, str] | None = None,
    ) -> Running:
        running = Running(tmp_path / name, definitions, settings or {}, environ or {})
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    """Serves DEFINITIONS (running.py) as workspace ``default``."""
    return serve()


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """``share(definitions, settings)`` starts a server that all tests of a module ask; for those that leave nothing."""
    started: list[Running] = []

    def start(definitions: str = DEFINITIONS, settings: dict[str, object] | None = None) -> Running:
        running = Running(tmp_path_factory.mktemp("shared"), definitions, settings or {}, {})
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.stop()
