"""Servers on one PostgreSQL database that are killed, stopped and frozen one after the other under load, while agents
run the steps.

Afterwards: every request that got a response has exactly one job, every job has completed, no step ran twice although
none may be tried again, every time of the schedule fired once, and no line was lost or doubled.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from standby_servers import Site, Standby, until

if TYPE_CHECKING:
    from collections.abc import Callable

#: How many jobs are asked for, how many agents run their steps, and how many servers there are.
JOBS = int(os.environ.get("STORM_TAKEOVER_JOBS", "1000"))
AGENTS = int(os.environ.get("STORM_TAKEOVER_AGENTS", "5"))
SERVERS = ("one", "two")
CLIENTS = 4
#: The pause between two events, in seconds.
MIN_PAUSE_S, MAX_PAUSE_S = 5.0, 15.0
#: The longest pause of a client between two requests, in seconds.
MAX_REST_S = 0.5
LEASE_S = 5
LINES = 5

WORKSPACE = """
actions:
  once:
    type: shell
    cmd: |
      set -C; : > @ledger/$GITFLOW_JOB_ID-$GITFLOW_STEP || echo "$GITFLOW_JOB_ID $GITFLOW_STEP" >> @doubled
      for i in 1 2 3 4 5; do echo "line $i"; sleep 0.1; done
tasks:
  chain: {flow: {a: {action: once}, b: {action: once, depends_on: [a]}}}
  tick: {input: {at: {type: string}}, flow: {a: {action: once}}}
triggers:
  clock:
    type: scheduler
    cron: "*/2 * * * * *"
    task: tick
    input: {at: "{{ event.scheduled_at }}"}
    catchup: all
"""


def storm(seed: int, jobs: int | None = None, agents: int | None = None) -> tuple[list[str], dict[str, int]]:
    """The failures and the figures."""
    from postgres_part import running_cluster

    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="gf-storm-") as folder, running_cluster(is_durable=True) as cluster:
        town = Town(Path(folder), cluster.empty_database())
        try:
            town.begin(AGENTS if agents is None else agents)
            town.live(chance, JOBS if jobs is None else jobs)
            return town.findings(), town.figures()
        finally:
            town.stop()


class FixedSite(Site):
    """Its servers keep their addresses, so that agents find them again."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder, url)
        from kubernetes_part import free_port

        self._ports = {name: free_port() for name in SERVERS}
        self.lease, self.slots = f"{LEASE_S}s", 0

    def configure(self, name: str) -> None:
        super().configure(name)
        config = self.folder / f"{name}.yaml"
        config.write_text(config.read_text().replace("listen: 127.0.0.1:0", f"listen: 127.0.0.1:{self._ports[name]}"))


class Town:
    """The servers, those who call them, and the answers that they got."""

    def __init__(self, folder: Path, url: str) -> None:
        self.site = FixedSite(folder, url)
        doubled = folder / "doubled"
        doubled.touch()
        self._doubled = doubled
        text = WORKSPACE.replace("@ledger", str(self.site.ledger)).replace("@doubled", str(doubled))
        (self.site.repository / ".workflows" / "a.yaml").write_text(text)
        self.site.commit()
        self.servers: dict[str, Standby] = {}
        self.made: dict[int, str] = {}  #: by the number of a request that was answered: its job
        self.wrong: list[str] = []
        self.events: Counter[str] = Counter()
        self.takeovers_s: list[float] = []
        self._details: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._wanted = iter(())

    def begin(self, agents: int) -> None:
        for name in SERVERS:
            self.servers[name] = self.site.begin(name)
        until(self._active)
        for number in range(agents):
            self.site.start_agent(self.servers[SERVERS[number % 2]], f"agent-{number}")
        until(lambda: len(self._active_server().call("/api/workers")[1]) >= agents)

    def _active(self) -> str | None:
        return next((name for name, server in self.servers.items() if server.role == "active"), None)

    def _active_server(self) -> Standby:
        return self.servers[until(self._active)]

    # Those who call.

    def live(self, chance: random.Random, jobs: int) -> None:
        """Servers die until all jobs have been asked for, in each way at least once; then everything comes to its
        end."""
        self._wanted = iter(range(jobs))
        threads = [threading.Thread(target=self._call, args=(random.Random(chance.random()),)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        ways = list(EVENTS)
        chance.shuffle(ways)
        while any(thread.is_alive() for thread in threads) or self.events.keys() != EVENTS.keys():
            time.sleep(chance.uniform(MIN_PAUSE_S, MAX_PAUSE_S))
            self._happen(ways[self.events.total() % len(ways)])
        for thread in threads:
            thread.join()
        self._active_server().call("/api/triggers/w/clock/suspend", {})
        until_calm(lambda: not self._open_jobs())

    def _call(self, chance: random.Random) -> None:
        """Each request has a key, and is sent until it is answered, by whatever server answers."""
        while True:
            with self._lock:
                number = next(self._wanted, None)
            if number is None:
                return
            while number not in self.made:
                server = self.servers[chance.choice(SERVERS)]
                self._execute(server, number)
                time.sleep(chance.uniform(0.0, MAX_REST_S))

    def _execute(self, server: Standby, number: int) -> None:
        body = json.dumps({"labels": {"number": str(number)}}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"key-{number}"}
        request = urllib.request.Request(f"{server.address}/api/workspaces/w/tasks/chain/execute", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                job_id = json.load(answer)["job_id"]
        except (OSError, ValueError) as error:
            status = getattr(error, "code", 503)
            if status not in (503, 502):
                self.wrong.append(f"request {number} was refused: {status} {error}")
            return
        with self._lock:
            self.made[number] = job_id

    # What happens.

    def _happen(self, event: str) -> None:
        """To the active server; the other one is active in the end."""
        name = until(self._active)
        began = time.monotonic()
        EVENTS[event](self, name)
        self.takeovers_s.append(time.monotonic() - began)
        self.events[event] += 1
        EVENTS_AFTER[event](self, name)

    def _until_another(self, name: str) -> None:
        until(lambda: any(each.role == "active" for other, each in self.servers.items() if other != name))

    def _kill(self, name: str) -> None:
        self.servers[name].kill()
        self._until_another(name)

    def _stop(self, name: str) -> None:
        self.servers[name].stop()
        self._until_another(name)
        if self.servers[name].process.returncode != 0:
            self.wrong.append(f"a server that was stopped ended with {self.servers[name].process.returncode}")

    def _freeze(self, name: str) -> None:
        self.servers[name].process.send_signal(signal.SIGSTOP)
        self._until_another(name)

    def _begin_again(self, name: str) -> None:
        self.servers[name] = self.site.begin(name)

    def _thaw(self, name: str) -> None:
        self.servers[name].process.send_signal(signal.SIGCONT)
        until(lambda: self.servers[name].role == "follower")

    # What must hold.

    def _jobs(self, query: str = "") -> list[dict[str, Any]]:
        server, found = self._active_server(), []
        while True:
            page = server.call(f"/api/jobs?limit=500&offset={len(found)}&{query}")[1]
            found += page
            if len(page) < 500:
                return found

    def _open_jobs(self) -> list[dict[str, Any]]:
        return [row for status in ("pending", "running", "paused") for row in self._jobs(f"status={status}")]

    def findings(self) -> list[str]:
        server = self._active_server()
        self._details = {row["job_id"]: server.job(row["job_id"]) for row in self._jobs()}
        asked = Counter(job["labels"]["number"] for job in self._details.values() if "number" in job["labels"])
        found = [*self.wrong]
        found += [f"request {number} made {times} jobs" for number, times in asked.items() if times != 1]
        found += [f"job {id} of request {n} is lost" for n, id in self.made.items() if id not in self._details]
        found += [f"step began twice: {line}" for line in self._doubled.read_text().splitlines()]
        for job_id, job in self._details.items():
            found += self._wrong_in(server, job_id, job)
        return found + self._wrong_fires()

    def _wrong_in(self, server: Standby, job_id: str, job: dict[str, Any]) -> list[str]:
        attempts = [step["attempt"] for step in job["steps"]]
        if job["status"] != "completed" or set(attempts) != {1}:
            errors = [step["error_message"] for step in job["steps"]]
            return [f"job {job_id} of {job['task_name']} is {job['status']}, attempts {attempts}: {errors}"]
        lines = Counter(server.log(job_id).splitlines())
        wanted = {f"line {number}": len(attempts) for number in range(1, LINES + 1)}
        return [] if lines == wanted else [f"job {job_id} has the lines {dict(lines)}"]

    def _wrong_fires(self) -> list[str]:
        fired = Counter(job["input"]["at"] for job in self._ticks())
        times = sorted(map(stamp_of, fired))
        missed = [late for early, late in pairwise(times) if late - early > 2]
        found = [f"the time {at} fired {count} times" for at, count in fired.items() if count != 1]
        return found + [f"a time before {at:.0f} did not fire" for at in missed]

    def _ticks(self) -> list[dict[str, Any]]:
        return [job for job in self._details.values() if job["task_name"] == "tick"]

    def figures(self) -> dict[str, int]:
        worst = round(1000 * max(self.takeovers_s, default=0.0))
        return {
            **{f"{what} servers": count for what, count in self.events.items()},
            "jobs": len(self._details),
            "fires": len(self._ticks()),
            "ms until another server was active, at most": worst,
        }

    def stop(self) -> None:
        self.site.stop()


EVENTS: dict[str, Callable[[Town, str], None]] = {
    "killed": Town._kill,
    "stopped": Town._stop,
    "frozen": Town._freeze,
}
EVENTS_AFTER: dict[str, Callable[[Town, str], None]] = {
    "killed": Town._begin_again,
    "stopped": Town._begin_again,
    "frozen": Town._thaw,
}


def until_calm(holds: Callable[[], bool], seconds: float = 300.0) -> None:
    """Waits until it holds, at most for a while: what is open then is found as a failure."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.2)


def stamp_of(at: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(at).timestamp()
