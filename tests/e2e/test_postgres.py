"""A server with its jobs in PostgreSQL, as a user has it; and PostgreSQL that dies while jobs run."""

from __future__ import annotations

import json
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from killable_server import FLOW, TIMEOUT_S, Server, write_secrets_key
from postgres_part import Cluster, running_cluster

pytestmark = pytest.mark.postgres


def configure(folder: Path, url: str) -> None:
    ledger = folder / "ledger"
    ledger.mkdir()
    (folder / "ws" / ".workflows").mkdir(parents=True)
    (folder / "ws" / ".workflows" / "a.yaml").write_text(FLOW.format(ledger=ledger))
    write_secrets_key(folder)
    (folder / "server-config.yaml").write_text(
        f"listen: 127.0.0.1:0\nstate_dir: state\nsecrets_key_file: secrets.key\ndb: {{url: '{url}'}}\n"
        "workspaces: {w: {type: folder, path: ws}}\n"
    )


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[type[Server]]:
    started: list[Server] = []

    def start() -> Server:
        started.append(Server(tmp_path))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
        server.process.communicate(timeout=TIMEOUT_S)


def ended(server: Server, job_id: str) -> dict:
    def find() -> dict | None:
        status, job = server.call(f"/api/jobs/{job_id}")
        return job if status == 200 and job["completed_at"] is not None else None

    return server.until(find)


def test_hello_world_runs_on_postgresql_and_is_there_for_the_next_server(tmp_path, begin, new_database):
    configure(tmp_path, new_database)
    server = begin()
    status, made = server.call("/api/workspaces/w/tasks/hello-world/execute", {"input": {"name": "PostgreSQL"}})
    assert status == 200
    assert ended(server, made["job_id"])["status"] == "completed"
    with urllib.request.urlopen(f"{server.address}/api/jobs/{made['job_id']}/logs", timeout=TIMEOUT_S) as answer:
        assert b"Hello, PostgreSQL" in answer.read()
    server.kill()
    assert not list((tmp_path / "state").rglob("*.db"))
    later = begin()
    assert later.call(f"/api/jobs/{made['job_id']}")[1]["status"] == "completed"


class Caller:
    """Starts jobs one after another; what was acknowledged must not be lost."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.acknowledged: list[str] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._call)
        self._thread.start()

    def _call(self) -> None:
        while not self._is_over.is_set():
            request = urllib.request.Request(
                f"{self._server.address}/api/workspaces/w/tasks/once/execute",
                b"{}", {"Content-Type": "application/json"},
            )  # fmt: skip
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                    self.acknowledged.append(json.load(answer)["job_id"])
            except urllib.error.HTTPError:
                continue  # refused in a sentence: nothing was acknowledged

    def until_more(self, count: int) -> None:
        wanted = len(self.acknowledged) + count
        self._server.until(lambda: len(self.acknowledged) >= wanted)

    def stop(self) -> list[str]:
        self._is_over.set()
        self._thread.join()
        return self.acknowledged


def test_nothing_acknowledged_is_lost_and_no_step_runs_twice_though_postgresql_dies(tmp_path, begin):
    with running_cluster(is_durable=True) as cluster:
        configure(tmp_path, cluster.empty_database())
        server = begin()
        caller = Caller(server)
        for kill in (crash, end_sessions, crash, end_sessions):
            caller.until_more(5)
            kill(cluster)
        caller.until_more(5)
        jobs = caller.stop()
        assert {ended(server, job_id)["status"] for job_id in jobs} == {"completed"}
        ledger = {path.name: path.read_text().count("begun") for path in (tmp_path / "ledger").iterdir()}
        assert {job_id: ledger.get(job_id) for job_id in jobs} == dict.fromkeys(jobs, 1)
        assert set(ledger.values()) == {1}
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(TIMEOUT_S)


def crash(cluster: Cluster) -> None:
    cluster.stop("immediate")
    cluster.start()


def end_sessions(cluster: Cluster) -> None:
    cluster.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'gitflow%'")
