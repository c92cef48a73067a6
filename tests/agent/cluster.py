"""A server and its agents, each in a process of its own; a test may kill, stop and restart each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import forked
from step_processes import marked

#: So long no test waits; reaching it is a failure.
TIMEOUT_S = 60.0

CONFIG = """
listen: 127.0.0.1:{port}
state_dir: state
db: {{synchronous: normal}}
worker: {{slots: {slots}{worker}}}
agents: {{lease: {lease}}}
workspaces: {{w: {{type: folder, path: ws}}}}
{more}
"""

COMMAND = (sys.executable, "-m", "gitflow.cli.main")

Process = forked.Process | subprocess.Popen[str]


def _start_anew(words: Sequence[str], folder: Path, env: Mapping[str, str], stderr: Path) -> subprocess.Popen[str]:
    with stderr.open("w") as file:
        return subprocess.Popen(words, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=file, text=True)


def until(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + TIMEOUT_S
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.02)
    return found


class Cluster:
    def __init__(
        self, folder: Path, *, lease: str = "60s", slots: int = 0, more: str = "", worker: str = "", port: int = 0
    ) -> None:
        """``worker`` and ``more``: further settings of the worker and of the server. ``port``: 0: any."""
        self.folder = folder
        self.workflows = folder / "ws" / ".workflows"
        self.workflows.mkdir(parents=True)
        self._port = port
        self._settings = {"lease": lease, "slots": slots, "more": more, "worker": worker}
        self._configure()
        self._processes: list[Process] = []
        self.server: Process | None = None
        self.token: str | None = None
        self.more_environ: Mapping[str, str] = {}  #: of the processes that start from now on

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, **self.more_environ, "GITFLOW_CACHE": str(self.folder / "cache"), "USER": "tester"}

    def write(self, text: str, name: str = "a.yaml") -> None:
        (self.workflows / name).write_text(text)
        if self.server is not None:
            assert self.call("/api/workspaces/w/refresh", {})[0] == 200

    def put(self, name: str, text: str) -> None:
        path = self.folder / "ws" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def gitflow(self, *words: str) -> str:
        done = forked.run(words, self.folder, self.environ, TIMEOUT_S)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start_server(self, environ: Mapping[str, str] | None = None, program: Sequence[str] = ()) -> Process:
        """The next one has the same address. ``program`` stands in for the command ``gitflow``."""
        words = ["server", "--config", str(self.folder / "server-config.yaml")]
        self.server = self._start(words, environ, program=program)
        line = self.server.stdout.readline()
        assert line.startswith("gitflow server listening on "), (line, self.log_of(self.server))
        self._port = int(line.rpartition(":")[2])
        self._configure()
        until(lambda: self.call("/readyz")[0] == 200)
        return self.server

    def start_agent(
        self,
        name: str = "one",
        *words: str,
        token: str | None = None,
        url: str | None = None,
        state: Path | None = None,
        within: Sequence[str] = (),
    ) -> Process:
        """``within``: words before the command, such as those that enter a namespace."""
        folder = str(state or self.folder / f"agent-{name}")
        given = ["agent", "--server", url or self.address, "--name", name, "--state-dir", folder, *words]
        process = self._start(given, {"GITFLOW_TOKEN": token} if token else {}, within)
        line = process.stdout.readline()
        assert line.startswith(f"gitflow agent '{name}' takes steps of"), (line, self.log_of(process))
        return process

    def _start(
        self,
        words: list[str],
        environ: Mapping[str, str] | None = None,
        within: Sequence[str] = (),
        program: Sequence[str] = (),
    ) -> Process:
        stderr, env = self.folder / f"stderr-{len(self._processes)}", {**self.environ, **(environ or {})}
        if within or program:
            process = _start_anew([*within, *(program or COMMAND), *words], self.folder, env, stderr)
        else:
            process = forked.start(words, self.folder, env, stderr)
        self._processes.append(process)
        return process

    def log_of(self, process: Process) -> str:
        return (self.folder / f"stderr-{self._processes.index(process)}").read_text()

    def _configure(self) -> None:
        (self.folder / "server-config.yaml").write_text(CONFIG.format(port=self._port, **self._settings))

    def call(self, path: str, body: Any = None, token: str | None = None, method: str | None = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        token = token or self.token
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(f"{self.address}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError as error:
            return 0, {"error": str(error)}

    def workers(self) -> list[Any]:
        return self.call("/api/workers")[1]

    def connected(self, name: str = "one") -> Any:
        """The agent in the list of workers, once it is there."""

        def find() -> Any:
            return next((each for each in self.workers() if each["name"] == name and each["status"] == "active"), None)

        return until(find)

    def execute(self, task: str, given: Mapping[str, Any] | None = None) -> str:
        status, body = self.call(f"/api/workspaces/w/tasks/{task}/execute", {"input": dict(given or {})})
        assert status == 200, body
        return body["job_id"]

    def job(self, job_id: str) -> Any:
        status, body = self.call(f"/api/jobs/{job_id}")
        assert status in (0, 200), body
        return body

    def ended(self, job_id: str) -> Any:
        return until(lambda: (job := self.job(job_id)).get("completed_at") and job)

    def step(self, job_id: str, name: str) -> Any:
        return next(step for step in self.job(job_id)["steps"] if step["step_name"] == name)

    def lines(self, job_id: str) -> list[Any]:
        """The lines of its log, as the API lists them."""
        status, body = self.call(f"/api/jobs/{job_id}/logs?limit=10000")
        assert status == 200, body
        return [json.loads(line) for line in body["logs"].splitlines()]

    def log(self, job_id: str) -> str:
        return "\n".join(line["line"] for line in self.lines(job_id))

    def history(self, job_id: str) -> list[Any]:
        status, body = self.call(f"/api/jobs/{job_id}/events")
        assert status == 200, body
        return body

    def close(self) -> None:
        """No test leaves a process behind."""
        for process in reversed(self._processes):
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
        for pid in marked(self.folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
