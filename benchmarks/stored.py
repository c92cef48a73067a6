"""The rows about a server that has stored many jobs: pages of lists, and searches, by the number of jobs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks import million
from benchmarks.measure import Sample
from benchmarks.peers import Program
from benchmarks.running import ask, execute, gitflow, until_completed

#: Lists that are asked for in a round, each another page.
PAGES = 200
#: How often each search is asked for in a round.
SEARCHES = 20

#: Parts of a task's name, an error message, an id, a label, and of nothing.
SEARCHED = ("team-3/task-12", "Exit code: 77", "00000001-0000-7000-8000-0000000001f4", "t20", "nowhere-to-be-found")


def _filled(program: Program, folder: Path, count: int) -> None:
    """Fills the state of this folder once; all rounds read it."""
    state = folder / "state"
    if state.exists():
        return
    with gitflow(program, folder) as server:
        connection = server.connection()
        execute(connection)
        until_completed(connection, 1)
        connection.close()
    million.fill(state / "gitflow.db", count)


def _slowest_hundredth(times: Iterable[float]) -> Sample:
    return Sample(statistics.quantiles(times, n=100)[98], 0)


def lists(program: Program, folder: Path, count: int) -> list[Sample]:
    """The 99th percentile of the time for a page of 50, over lists with many filters."""
    _filled(program, folder, count)
    times: list[float] = []
    with gitflow(program, folder) as server:
        connection = server.connection()
        for wanted in million.FILTERS:
            path = f"/api/jobs?limit=50{wanted}"
            for _ in range(PAGES):
                began = time.perf_counter()
                _, link = ask(connection, "GET", path)
                times.append(time.perf_counter() - began)
                if not link:
                    break
                path = link[1 : link.index(">")]
        connection.close()
    return [_slowest_hundredth(times)]


def searches(program: Program, folder: Path, count: int) -> list[Sample]:
    """The 99th percentile of the time for the first page of 50 of a search."""
    _filled(program, folder, count)
    times: list[float] = []
    with gitflow(program, folder) as server:
        connection = server.connection()
        for words in SEARCHED:
            for _ in range(SEARCHES):
                began = time.perf_counter()
                ask(connection, "GET", f"/api/jobs?limit=50&search={words.replace(' ', '%20')}")
                times.append(time.perf_counter() - began)
        connection.close()
    return [_slowest_hundredth(times)]
