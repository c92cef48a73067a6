"""``kill -9`` of servers in the middle of firing: afterwards each time has fired once, and has its job."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitflow.stores.protocols.jobs import JobFilter
from gitflow.stores.registry import open_stores

SERVER = Path(__file__).parent / "trigger_server.py"

DEFINITIONS = """
tasks:
  t: {flow: {a: {type: sleep, duration: 0s}}}
  u: {flow: {a: {type: sleep, duration: 0s}}}
triggers:
  every: {type: scheduler, cron: "* * * * * *", catchup: all, task: t}
  after: {type: event, on: {task: t}, task: u}
"""
KILLS = 3


@contextmanager
def servers(folder: Path, count: int) -> Iterator[None]:
    """Several at once on one store; killed at the end of the block."""
    started = [
        subprocess.Popen([sys.executable, str(SERVER), str(folder)], stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        for server in started:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
        yield
    finally:
        for server in started:
            server.kill()
            server.communicate()


def fired(folder: Path, name: str) -> list[tuple[float | None, str | None]]:
    """(time, job) of each time it fired, oldest first."""
    with open_stores(str(folder / "state"), synchronous="normal") as stores:
        events = stores.triggers.events("w", name, 10_000)
        return [(event.due_at, event.job_id) for event in reversed(events) if event.what == "fired"]


def until_fired(folder: Path, count: int) -> None:
    until = time.monotonic() + 30
    while len(fired(folder, "every")) < count:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_nothing_fires_twice_and_nothing_is_lost_when_servers_are_killed(tmp_path: Path) -> None:
    (tmp_path / "w" / ".workflows").mkdir(parents=True)
    (tmp_path / "w" / ".workflows" / "a.yaml").write_text(DEFINITIONS)
    for kill in range(1, KILLS + 1):
        with servers(tmp_path, 1 + kill % 2):
            until_fired(tmp_path, kill)
    known = len(fired(tmp_path, "after"))
    with servers(tmp_path, 1):
        until_fired(tmp_path, KILLS + 2)
    times = [due_at for due_at, _ in fired(tmp_path, "every")]
    assert times == [times[0] + n for n in range(len(times))]
    ended = [job_id for _, job_id in fired(tmp_path, "after")]
    assert len(ended) == len(set(ended)) >= known
    with open_stores(str(tmp_path / "state"), synchronous="normal") as stores:
        made = {row.id for row in stores.jobs.jobs(JobFilter(task_name="t"), limit=500)}
        assert made == {job_id for _, job_id in fired(tmp_path, "every")}
        assert {row.id for row in stores.jobs.jobs(JobFilter(task_name="u"), limit=500)} == set(ended)
