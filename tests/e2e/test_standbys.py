"""Several servers on one PostgreSQL database: one is active, the others follow it, and one takes its place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from killable_server import FLOW, TIMEOUT_S, write_secrets_key

pytestmark = pytest.mark.postgres

MORE = """\
  again:
    flow:
      only: {{type: shell, retry: {{max_attempts: 5}}, cmd: 'echo begun >> "{ledger}/$GITFLOW_JOB_ID"'}}
  long:
    flow:
      only:
        type: shell
        cmd: 'echo begun >> "{ledger}/$GITFLOW_JOB_ID"; until test -e "{ledger}/go"; do sleep 0.05; done; echo ended'
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
        )

    def begin(self, name: str) -> Standby:
        self.configure(name)
        self.started.append(Standby(self.folder, name))
        return self.started[-1]

    def start_agent(self, server: Standby) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gitflow.cli.main", "agent", "--server", server.address, "--name", "a"]
        with (self.folder / "agent.log").open("a") as log:
            agent = subprocess.Popen(
                [*command, "--state-dir", str(self.folder / "agent")], stdout=subprocess.DEVNULL, stderr=log,
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


@pytest.fixture
def site(tmp_path: Path, new_database: str) -> Iterator[Site]:
    site = Site(tmp_path, new_database)
    yield site
    site.stop()


def ended(server: Standby, job_id: str) -> dict:
    return until(lambda: job if (job := server.job(job_id))["completed_at"] is not None else None)


def test_a_follower_reads_and_passes_on_what_changes_something(site):
    active, follower = site.two()
    job_id = follower.execute("hello-world", name="follower")
    assert ended(follower, job_id)["status"] == "completed"
    assert "Hello, follower" in follower.log(job_id)
    assert follower.job(job_id) == active.job(job_id)
    assert {task["name"] for task in follower.call("/api/workspaces/w/tasks")[1]} >= {"hello-world", "once", "long"}
    assert follower.call("/api/workspaces/w/tasks/none/execute", {})[0] == 404
    assert follower.call("/api/jobs", {})[0] == 405
    assert follower.role == "follower"


@pytest.mark.parametrize("shared", [False, True])
def test_a_second_server_with_a_folder_is_refused_unless_all_servers_share_it(site, shared):
    site.begin("one")
    site.configure("two")
    config = site.folder / "two.yaml"
    folder = f"workspaces: {{w: {{type: folder, path: '{site.repository}', shared: {str(shared).lower()}}}}}\n"
    text = "".join(line for line in config.read_text().splitlines(True) if not line.startswith("workspaces:"))
    config.write_text(text + folder)
    if shared:
        site.started.append(Standby(site.folder, "two"))
        assert site.started[-1].role == "follower"
        return
    command = [sys.executable, "-m", "gitflow.cli.main", "server", "--config", str(config)]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert refused.returncode != 0
    assert "workspaces.w: another server is active on this database, and a folder is on one machine" in refused.stderr


def until_active(server: Standby) -> float:
    """How long that took."""
    began = time.monotonic()
    until(lambda: server.role == "active")
    return time.monotonic() - began


class Caller:
    """Starts jobs one after another, also through the server that follows; what was acknowledged must not be lost."""

    def __init__(self, *servers: Standby) -> None:
        self.servers = list(servers)
        self.acknowledged: list[str] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._call)
        self._thread.start()

    def _call(self) -> None:
        number = 0
        while not self._is_over.is_set():
            number += 1
            server = self.servers[number % len(self.servers)]
            status, made = server.call("/api/workspaces/w/tasks/again/execute", {})
            if status == 200:
                self.acknowledged.append(made["job_id"])
            else:
                assert status in (0, 503), made

    def until_more(self, count: int) -> None:
        wanted = len(self.acknowledged) + count
        until(lambda: len(self.acknowledged) >= wanted)

    def stop(self) -> list[str]:
        self._is_over.set()
        self._thread.join()
        return self.acknowledged


def test_a_follower_takes_the_place_of_a_server_that_was_killed_under_load_and_nothing_is_lost(site):
    active, follower = site.two()
    caller = Caller(active, follower)
    caller.until_more(10)
    active.kill()
    until_active(follower)
    caller.until_more(10)
    third = site.begin("three")
    caller.servers.append(third)
    caller.until_more(10)
    follower.kill()
    until_active(third)
    caller.until_more(10)
    jobs = caller.stop()
    assert {ended(third, job_id)["status"] for job_id in jobs} == {"completed"}
    begun = site.begun()
    attempts = {job_id: third.job(job_id)["steps"][0]["attempt"] for job_id in jobs}
    assert all(begun.get(job_id, 0) <= attempts[job_id] for job_id in jobs)  # no attempt began twice
    assert sum(attempts.values()) <= len(jobs) + 2 * 16  # only those that ran at a kill were tried again


def test_a_frozen_server_is_replaced_and_commits_nothing_more_once_it_goes_on(site):
    site.lease = "3s"
    active, follower = site.two()
    job_id = active.execute("long")
    until(lambda: site.begun().get(job_id))
    active.process.send_signal(signal.SIGSTOP)
    until_active(follower)
    job = ended(follower, job_id)
    assert (job["status"], job["steps"][0]["error_message"]) == ("failed", "interrupted: the server that ran it ended")
    active.process.send_signal(signal.SIGCONT)
    until(lambda: active.role == "follower")
    (site.ledger / "go").touch()
    after = active.execute("hello-world", name="both")  # passed on
    assert ended(follower, after)["status"] == "completed"
    assert follower.job(job_id) == job
    assert "ended" not in follower.log(job_id)
    assert active.process.poll() is None


def test_of_servers_that_start_at_once_one_leads(site):
    site.configure("one")
    servers = [site.begin("one")]
    servers[0].stop()
    threads = []
    for name in ("one", "two", "three"):
        threads.append(threading.Thread(target=lambda name=name: servers.append(site.begin(name))))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    roles = until(lambda: found if None not in (found := [server.role for server in servers[1:]]) else None)
    assert sorted(roles) == ["active", "follower", "follower"]


def test_a_rolling_restart_loses_no_job_and_runs_no_step_twice(site):
    servers = list(site.two())
    caller = Caller(*servers)
    for name in ("three", "four"):
        caller.until_more(8)
        servers.append(site.begin(name))
        caller.servers.append(servers[-1])
        leaving = next(server for server in servers if server.role == "active")
        caller.servers.remove(leaving)
        servers.remove(leaving)
        leaving.stop()
        assert leaving.process.returncode == 0
        until(lambda: any(server.role == "active" for server in servers))
    caller.until_more(8)
    jobs = caller.stop()
    assert {ended(servers[0], job_id)["status"] for job_id in jobs} == {"completed"}
    begun = site.begun()
    assert {job_id: begun.get(job_id) for job_id in jobs} == dict.fromkeys(jobs, 1)


def test_a_step_of_an_agent_goes_on_when_its_server_is_killed_and_is_reported_once(site):
    site.slots = 0
    active, follower = site.two()
    site.start_agent(follower)  # which sends it to the active server
    job_id = follower.execute("long")
    until(lambda: site.begun().get(job_id))
    active.kill()
    until_active(follower)
    (site.ledger / "go").touch()
    job = ended(follower, job_id)
    assert (job["status"], job["steps"][0]["attempt"], site.begun()[job_id]) == ("completed", 1, 1)
    assert follower.log(job_id).count("ended") == 1
    told = [entry["what"] for entry in follower.call(f"/api/jobs/{job_id}/events")[1]]
    assert told.count("step.completed") == 1
