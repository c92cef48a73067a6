"""A server that follows a repository of the test, for the routes about its revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from running import Running

from committing import init


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return init(tmp_path / "repository")


@pytest.fixture
def start(tmp_path: Path, repository: Path) -> Iterator[Callable[..., Running]]:
    """``start(workspace, **settings)``: a server with the repository as workspace ``w``, which it has read."""
    started: list[Running] = []

    def now(workspace: Mapping[str, Any] | None = None, **settings: Any) -> Running:
        followed = {"type": "git", "url": f"file://{repository}", "poll_interval_secs": 3600, **(workspace or {})}
        started.append(Running(tmp_path / "server", "", {"workspaces": {"w": followed}, **settings}, {}).start())
        started[-1].refresh("w")
        return started[-1]

    yield now
    for running in started:
        running.stop()
