"""Several servers in processes of their own on one PostgreSQL database, with a workspace that they all serve."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from killable_server import FLOW, TIMEOUT_S, write_secrets_key

MORE = """\
  again:
    flow:
      only: {{type: shell, retry: {{max_attempts: 5}}, cmd: 'echo begun >> "{ledger}/$GITFLOW_JOB_ID"'}}
  long:
    flow:
      only:
        type: shell
        cmd: |
          echo waits; echo begun >> "{ledger}/$GITFLOW_JOB_ID"
          until test -e "{ledger}/go"; do sleep 0.05; done; echo ended
"""


class Standby:
    """One of several servers, in a process of its own, with a state directory of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._folder = folder
        self.process = self._start()
        self.address = self._address()

    def _start(self) -> subprocess.Popen[str]:
        config = self._folder / f"{self.name}.yaml"
        environ = {**os.environ, "GITFLOW_CACHE": str(self._folder / f"cache-{self.name}"), "GITFLOW_STATE": ""}
        self._log = (self._folder / f"{self.name}.log").open("a")
        return subprocess.Popen(
            [sys.executable, "-m", "gitflow.cli.main", "server", "--config", str(config)],
            stdout=subprocess.PIPE, stderr=self._log, text=True, env=environ,
        )  # fmt: skip

    def _address(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("gitflow server listening on "), (self._folder / f"{self.name}.log").read_text()
        return line.split()[-1]

    def call(self, path: str, body: Any = None, method: str | None = None) -> tuple[int, Any]:
        """Status 0: the connection failed."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, None

    @property
    def role(self) -> str | None:
        status, health = self.call("/healthz")
        return health["role"] if status == 200 else None

    def execute(self, task: str, **given: Any) -> str:
        status, made = self.call(f"/api/workspaces/w/tasks/{task}/execute", {"input": given})
        assert status == 200, made
        return made["job_id"]

    def job(self, job_id: str) -> dict:
        status, job = self.call(f"/api/jobs/{job_id}")
        assert status == 200, job
        return job

    def log(self, job_id: str) -> str:
        url = f"{self.address}/api/jobs/{job_id}/logs?format=text"
        request = urllib.request.Request(url, headers={"Accept": "text/plain"})
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return answer.read().decode()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(TIMEOUT_S)

    def stop(self) -> None:
        if self.process.poll() is None:
            for number in (signal.SIGCONT, signal.SIGTERM):
                self.process.send_signal(number)
        self.process.communicate(timeout=TIMEOUT_S)
        self._log.close()


def until(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + TIMEOUT_S
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


class Site:
    """A workspace in a repository, and the servers that serve it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.ledger = folder / "ledger"
        self.ledger.mkdir()
        self.repository = folder / "repository"
        (self.repository / ".workflows").mkdir(parents=True)
        (self.repository / ".workflows" / "a.yaml").write_text((FLOW + MORE).format(ledger=self.ledger))
        self.git("init", "-q", "-b", "main")
        self.commit()
        write_secrets_key(folder)
        self.started: list[Standby] = []
        self.lease = "10s"
        self.slots = 8
        self.further = ""  #: lines of the configuration
        self._agents: list[subprocess.Popen[str]] = []

    def git(self, *words: str) -> None:
        names = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        for who in ("AUTHOR", "COMMITTER"):
            names |= {f"GIT_{who}_NAME": "t", f"GIT_{who}_EMAIL": "t@example.com"}
        subprocess.run(["git", *words], cwd=self.repository, check=True, env={**os.environ, **names})

    def commit(self, message: str = "flows") -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def configure(self, name: str) -> None:
        (self.folder / f"{name}.yaml").write_text(
            f"listen: 127.0.0.1:0\nstate_dir: state-{name}\nsecrets_key_file: secrets.key\ndb: {{url: '{self.url}'}}\n"
            f"cluster: {{lease: {self.lease}}}\nworker: {{slots: {self.slots}}}\n"
            f"workspaces: {{w: {{type: git, url: '{self.repository}', ref: main, poll_interval_secs: 1}}}}\n"
            f"{self.further}"
        )

    def begin(self, name: str) -> Standby:
        self.configure(name)
        self.started.append(Standby(self.folder, name))
        return self.started[-1]

    def start_agent(self, server: Standby, name: str = "agent") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gitflow.cli.main", "agent", "--server", server.address, "--name", name]
        with (self.folder / f"{name}.log").open("a") as log:
            agent = subprocess.Popen(
                [*command, "--state-dir", str(self.folder / name)], stdout=subprocess.DEVNULL, stderr=log,
                env={**os.environ, "GITFLOW_CACHE": str(self.folder / "cache-agent")},
            )  # fmt: skip
        self._agents.append(agent)
        return agent

    def stop(self) -> None:
        for agent in self._agents:
            agent.kill()
            agent.wait(TIMEOUT_S)
        for server in self.started:
            server.stop()

    def two(self) -> tuple[Standby, Standby]:
        """The active server, and one that follows it."""
        active, follower = self.begin("one"), self.begin("two")
        for server in (active, follower):
            until(lambda server=server: server.call("/readyz")[0] == 200)
        assert (active.role, follower.role) == ("active", "follower")
        return active, follower

    def begun(self) -> dict[str, int]:
        """By job: how often its step began."""
        return {path.name: path.read_text().count("begun") for path in self.ledger.iterdir() if path.name != "go"}


def ended(server: Standby, job_id: str) -> dict:
    return until(lambda: job if (job := server.job(job_id))["completed_at"] is not None else None)
