"""Lets the tests of this folder import what they share (``house.py``), and gives each a house of its own."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gitflow.app

sys.path.insert(0, str(Path(__file__).parent))

from house import House, LeapingClock
from postgres_part import cluster, new_database  # noqa: F401
from step_processes import marked


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """No test leaves a process behind."""
    monkeypatch.setattr(gitflow.app, "Clock", LeapingClock)
    yield House(tmp_path)
    left = marked(tmp_path)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []
