"""Lets the tests of the command line use the real server of the API's tests."""

import sys
from pathlib import Path

import pytest

from cheap_passwords import cheap_passwords  # noqa: F401

sys.path.insert(0, str(Path(__file__).parent.parent / "api"))


@pytest.fixture
def serve(tmp_path):
    """``serve(definitions, settings)``: a real server, stopped when the test ends."""
    from running import Running

    started = []

    def start(definitions, settings=None, *, name="a"):
        running = Running(tmp_path / name, definitions, settings or {}, {})
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.stop()
