"""The rows about what may die beside PostgreSQL: the active server, and PostgreSQL itself, until changes pass again.

They start a PostgreSQL of their own (that of the tests), since they kill it.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import running
from benchmarks.measure import Failed, Sample
from benchmarks.peers import Program

if TYPE_CHECKING:
    from types import ModuleType

    from postgres_part import Cluster

TESTS = Path(__file__).resolve().parent.parent / "tests"
EXECUTE = "/api/workspaces/default/tasks/hello/execute"
PAUSE_S = 0.002


def _postgres_part() -> ModuleType:
    """That of the tests. Raises Failed."""
    sys.path.insert(0, str(TESTS))
    try:
        import postgres_part
    finally:
        sys.path.remove(str(TESTS))
    if postgres_part.find_programs() is None:
        raise Failed("there is no PostgreSQL on this machine")
    return postgres_part


@contextmanager
def _cluster() -> Iterator[Cluster]:
    with _postgres_part().running_cluster(is_durable=True) as cluster:
        yield cluster


@contextmanager
def _server(program: Program, folder: Path, name: str, url: str) -> Iterator[running.Running]:
    """One of several servers on a database, with files of its own and the workspace of all."""
    key = folder / "secrets.key"
    if not key.exists():
        key.touch(0o600)
        key.write_text(f"{'A' * 43}=\n")
    own, workspace = folder / name, folder / "one" / "workspace"
    settings = {
        "db": {"url": url},
        "secrets_key_file": str(key),
        "workspaces": {"default": {"type": "folder", "path": str(workspace), "shared": True}},
    }
    with running.gitflow(program, own, settings=settings) as server:
        yield server


def _accepts(server: running.Running) -> bool:
    """Whether it has accepted a change: a job is made, and committed."""
    connection = server.connection()
    try:
        connection.request("POST", EXECUTE, "{}", {"Content-Type": "application/json"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _role(server: running.Running) -> str:
    connection = server.connection()
    try:
        return json.loads(running.ask(connection, "GET", "/healthz")[0])["role"]
    finally:
        connection.close()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + running.TIMEOUT_S
    while not holds():
        if time.perf_counter() > deadline:
            raise Failed("it did not come to pass in time")
        time.sleep(PAUSE_S)


def _after(number: signal.Signals) -> Callable[[str, Program, Path], list[Sample]]:
    """From this signal to the active server until the one that follows has accepted a change."""

    def measure(name: str, program: Program, folder: Path) -> list[Sample]:
        with _cluster() as cluster:
            url = cluster.empty_database()
            with _server(program, folder, "one", url) as active, _server(program, folder, "two", url) as follower:
                if (_role(active), _role(follower)) != ("active", "follower"):
                    raise Failed("there are not one active server and one that follows")
                _until(lambda: _accepts(follower))
                try:
                    began = time.perf_counter()
                    os.kill(active.pid, number)
                    _until(lambda: _role(follower) == "active" and _accepts(follower))
                    return [Sample(time.perf_counter() - began, 0)]
                finally:
                    if number is signal.SIGSTOP:
                        os.kill(active.pid, signal.SIGCONT)

    return measure


def database_back(name: str, program: Program, folder: Path) -> list[Sample]:
    """From the first connection that PostgreSQL accepts after a crash until a server has accepted a change."""
    import psycopg

    with _cluster() as cluster:
        url = cluster.empty_database()
        with _server(program, folder, "one", url) as server:
            _until(lambda: _accepts(server))
            cluster.stop("immediate")
            accepted: list[float] = []

            def change() -> None:
                _until(lambda: _accepts(server))
                accepted.append(time.perf_counter())

            changing = threading.Thread(target=change)
            changing.start()
            time.sleep(1.0)  # so that the server has seen that it is away
            starting = threading.Thread(target=cluster.start)
            starting.start()
            while True:
                try:
                    psycopg.connect(url, connect_timeout=5).close()
                    break
                except psycopg.OperationalError:
                    time.sleep(PAUSE_S)
            back = time.perf_counter()
            for thread in (starting, changing):
                thread.join()
            return [Sample(max(0.0, accepted[0] - back), 0)]


def standby_promoted(name: str, program: Program, folder: Path) -> list[Sample]:
    """From the promotion of PostgreSQL's synchronous standby, whose primary has died, until a server has accepted a
    change."""
    with _postgres_part().running_pair() as (primary, standby):
        primary.run("CREATE DATABASE flows TEMPLATE template0 ENCODING 'UTF8'")
        url = f"postgresql://gitflow@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/flows"
        with _server(program, folder, "one", url) as server:
            _until(lambda: _accepts(server))
            primary.stop("immediate")
            time.sleep(1.0)  # so that the server has seen that it is away
            standby.promote()
            back = time.perf_counter()
            _until(lambda: _accepts(server))
            return [Sample(time.perf_counter() - back, 0)]


MEASURES: Mapping[str, tuple[Callable[[str, Program, Path], list[Sample]], tuple[str, ...]]] = {
    "takeover-killed": (_after(signal.SIGKILL), ("gitflow",)),
    "takeover-stopped": (_after(signal.SIGTERM), ("gitflow",)),
    "takeover-frozen": (_after(signal.SIGSTOP), ("gitflow",)),
    "database-back": (database_back, ("gitflow",)),
    "standby-promoted": (standby_promoted, ("gitflow",)),
}
