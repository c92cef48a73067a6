"""A real server on a free port of loopback, with a workspace and a state directory of its own, and a client for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running import DEFINITIONS, Running

from gitflow.identity import passwords


@pytest.fixture(scope="module", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """What a hash costs is held by the tests of passwords; here it would be a third of the time."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: hasher)
        passwords._unused_hash.cache_clear()
        yield
    passwords._unused_hash.cache_clear()


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
