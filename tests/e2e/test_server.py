"""``gitflow server`` as a process: it says when it is ready, serves, and ends on a signal with nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

import forked

DEFINITIONS = """
tasks:
  quick: {flow: {a: {type: shell, cmd: "echo done"}}}
  slow: {flow: {a: {type: shell, cmd: "sleep 8 & wait"}}}
  asking: {flow: {ask: {type: approval, message: "Go on?"}}}
"""


class ServedWorkspaces:
    """One process; its address is read from the line that it prints when it listens."""

    def __init__(self, folder: Path, *words: str, config: str = "", environ: dict[str, str] | None = None) -> None:
        (folder / "ws" / ".workflows").mkdir(parents=True, exist_ok=True)
        (folder / "ws" / ".workflows" / "a.yaml").write_text(DEFINITIONS)
        path = folder / "server-config.yaml"
        path.write_text(config or "listen: 127.0.0.1:0\nstate_dir: state\nworkspaces: {w: {type: folder, path: ws}}\n")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gitflow.cli.main", "server", "--config", str(path), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "GITFLOW_CACHE": str(folder / "cache"), "GITFLOW_STATE": "", **(environ or {})},
        )

    def address(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("gitflow server listening on http://127.0.0.1:"), self.process.communicate()
        address = line.split()[-1]
        until = time.monotonic() + 20
        while True:  # it listens before it has looked at its workspaces
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=120).close()
                return address
            except urllib.error.HTTPError as error:
                if error.code != 503 or time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """The exit status, and what stood on stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.fixture
def run(tmp_path: Path):
    started: list[ServedWorkspaces] = []

    def start(*words: str, config: str = "", environ: dict[str, str] | None = None) -> ServedWorkspaces:
        started.append(ServedWorkspaces(tmp_path, *words, config=config, environ=environ))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def call(url: str, body: object = None) -> object:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(run, number):
    server = run()
    address = server.address()
    job = call(f"{address}/api/workspaces/w/tasks/quick/execute", {})
    urllib.request.urlopen(f"{address}/api/jobs/{job['job_id']}/logs/stream".replace("/stream", "")).close()
    assert server.end(number)[0] == 0


def test_a_second_signal_does_not_wait_for_what_runs(run, tmp_path):
    """What runs would end by itself before a server gives up waiting for it."""
    server = run()
    address = server.address()
    job = call(f"{address}/api/workspaces/w/tasks/slow/execute", {})
    events = urllib.request.Request(
        f"{address}/api/jobs/{job['job_id']}/events", headers={"Accept": "text/event-stream"}
    )
    with urllib.request.urlopen(events, timeout=120) as stream:
        while b"step.running" not in stream.readline():
            pass
    server.process.send_signal(signal.SIGTERM)
    with suppress(OSError):
        while True:  # until the first signal was heard
            call(f"{address}/healthz")
    assert server.end()[0] == 0
    environ = {**os.environ, "GITFLOW_CACHE": str(tmp_path / "cache")}
    told = forked.run(["job", job["job_id"], "-o", "json", "--state-dir", str(tmp_path / "state")], tmp_path, environ)
    assert json.loads(told.stdout)["status"] != "completed"


def test_one_that_is_told_to_end_again_and_again_ends_well(run):
    server = run()
    server.address()
    while server.process.returncode is None:
        server.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(0.001)
    assert server.process.returncode == 0


def test_what_waits_for_a_person_waits_through_a_restart(run):
    first = run()
    address = first.address()
    job_id = call(f"{address}/api/workspaces/w/tasks/asking/execute", {})["job_id"]
    assert first.end()[0] == 0
    second = run()
    address = second.address()
    assert call(f"{address}/api/jobs/{job_id}")["steps"][0]["status"] == "suspended"
    assert call(f"{address}/api/jobs/{job_id}/steps/ask/approve", {})["status"] == "completed"


def test_its_log_can_be_json_and_carries_the_ids_of_requests(run):
    server = run("--log-format", "json")
    call(f"{server.address()}/api/workspaces/w/tasks/quick/execute", {})
    _, errors = server.end()
    lines = [json.loads(line) for line in errors.splitlines()]
    (request,) = [line for line in lines if line["message"] == "request"]
    assert (request["method"], request["status"]) == ("POST", 200)
    assert len(request["request_id"]) == 16


def test_its_log_has_a_line_when_a_job_starts_and_one_when_it_ends(run):
    server = run("--log-format", "json")
    address = server.address()
    job_id = call(f"{address}/api/workspaces/w/tasks/quick/execute", {})["job_id"]
    until = time.monotonic() + 20
    while call(f"{address}/api/jobs/{job_id}")["status"] != "completed":
        assert time.monotonic() < until
        time.sleep(0.02)
    lines = [json.loads(line) for line in server.end()[1].splitlines()]
    found = [(line["message"], line["level"], line["task_name"]) for line in lines if line.get("job_id") == job_id]
    assert found == [("job started", "info", "quick"), ("job completed", "info", "quick")]


def test_it_does_not_listen_where_others_are_unless_told_to(run):
    _, errors = run("--listen", "0.0.0.0:0").process.communicate(timeout=120)
    assert "allow_open" in errors


def test_a_port_that_is_taken_is_told(run, tmp_path):
    first = run()
    port = first.address().rpartition(":")[2]
    second = run("--listen", f"127.0.0.1:{port}", "--state-dir", str(tmp_path / "other"))
    _, errors = second.process.communicate(timeout=120)
    assert f"cannot listen on 127.0.0.1:{port}" in errors
    assert second.process.returncode == 2


def test_the_environment_says_where_its_state_is_and_its_log_that_it_does(run, tmp_path: Path):
    server = run("--log-format", "json", environ={"GITFLOW_STATE": str(tmp_path / "else")})
    call(f"{server.address()}/api/workspaces/w/tasks/quick/execute", {})
    _, errors = server.end()
    assert (tmp_path / "else" / "gitflow.db").exists()
    assert not (tmp_path / "state").exists()
    lines = [json.loads(line)["message"] for line in errors.splitlines()]
    path = tmp_path / "server-config.yaml"
    told = (
        f"the state directory is {tmp_path / 'else'} ($GITFLOW_STATE), not {tmp_path / 'state'} (state_dir of {path})"
    )
    assert told in lines
