"""``kill -9`` of ``gitflow server`` at random instants, while jobs come over its API and people answer them.

Afterwards: every request that got a response has exactly one job, all jobs have ended as expected, no step that was
reported as completed ran again, no attempt was started twice, no two attempts ran at the same time, no approval,
event or hook was lost or repeated, and no process is left.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storms import databases

if TYPE_CHECKING:
    from collections.abc import Mapping

KILLS = int(os.environ.get("STORM_SERVER_KILLS", "100"))
CLIENTS = 3
#: How many jobs each client asks for in the life of one server.
ASKED = 2
#: How long a server lives at most, counted from when it answers, in seconds. Some die before that.
LIFE_S = 1.5
DIES_EARLY = 0.15
#: How long anybody waits for the end of all jobs once nothing is killed any more.
CALM_S = 180.0

#: A killed attempt is tried again; two at once would find the lock taken.
RETRY = "retry: {max_attempts: 60}"
TRACE = """
          exec 9> "@folder/locks/$GITFLOW_JOB_ID-$GITFLOW_STEP"
          flock -n 9 || echo "$GITFLOW_JOB_ID $GITFLOW_STEP" >> @folder/overlaps
          echo "$GITFLOW_JOB_ID $GITFLOW_STEP $GITFLOW_ATTEMPT" >> @folder/trace"""

WORKSPACE = f"""
actions:
  note: {{type: shell, {RETRY}, cmd: "true"}}
  trace:
    type: shell
    {RETRY}
    cmd: |{TRACE}
          sleep 0.03
tasks:
  chain:
    flow:
      a: {{action: trace}}
      b: {{action: trace, depends_on: [a]}}
      c: {{action: trace, depends_on: [b]}}
  wide:
    flow:
      wave: {{action: trace, for_each: [1, 2, 3, 4, 5], max_parallel: 2}}
      after: {{action: trace, depends_on: [wave]}}
  again:
    retry: {{max_attempts: 2, delay: 50ms}}
    on_error: [{{action: note}}]
    flow:
      first: {{action: trace}}
      try: {{type: shell, depends_on: [first], cmd: "exit 3"}}
  fragile:
    flow:
      once:
        type: shell
        cmd: |{TRACE}
          sleep 0.1
  leaver:
    flow:
      leave:
        type: shell
        {RETRY}
        cmd: |{TRACE}
          exec 9>&-
          setsid sleep 300 > /dev/null 2>&1 &
          sleep 0.05
  parent:
    on_success: [{{action: note}}]
    flow:
      child: {{type: task, task: chain}}
      last: {{action: trace, depends_on: [child]}}
  asking:
    on_suspended: [{{action: note}}]
    flow:
      ask: {{type: approval, message: "May it go on?"}}
      go: {{action: trace, depends_on: [ask]}}
  waiting:
    flow:
      wait: {{type: wait, event: go}}
      go: {{action: trace, depends_on: [wait]}}
  resting:
    flow:
      rest: {{type: sleep, duration: 700ms}}
      go: {{action: trace, depends_on: [rest]}}
  narrow:
    concurrency: {{group: narrow, limit: 1}}
    flow:
      alone:
        type: shell
        {RETRY}
        cmd: |{TRACE}
          exec 8> @folder/locks/narrow
          flock -n 8 || echo "narrow" >> @folder/overlaps
          sleep 0.05
"""
TASKS = ("chain", "wide", "again", "fragile", "leaver", "parent", "asking", "waiting", "resting", "narrow")
#: Tasks whose jobs must complete, however often what runs them is killed.
COMPLETES = frozenset(TASKS) - {"again", "fragile"}
#: The hook jobs that the end of a job of these tasks calls for.
HOOKED = {"parent": 1, "asking": 1}


def storm(seed: int, kills: int | None = None) -> tuple[list[str], dict[str, int]]:
    """The failures and the figures."""
    chance = random.Random(seed)
    wanted = KILLS if kills is None else kills
    with tempfile.TemporaryDirectory(prefix="gitflow-storm-") as folder, databases.cluster() as cluster:
        town = Town(Path(folder), databases.settings(cluster, Path(folder)))
        try:
            for _ in range(wanted):
                town.live_and_die(chance)
            town.calm()
            return town.findings(), town.figures(wanted)
        finally:
            town.kill()


class Refused(Exception):
    """The server refused a request."""


class Town:
    """The server, its clients, and the responses that they received."""

    def __init__(self, folder: Path, store: Mapping[str, object]) -> None:
        self.folder = folder
        self.address = ("", 0)
        self.server: subprocess.Popen[str] | None = None
        self.asked = 0
        self.made: dict[int, str] = {}  #: by the number of a request that was answered: its job
        self.unsure: dict[int, str] = {}  #: by the number of one that was not: its task
        self.tasks: dict[int, str] = {}
        self.settled: dict[tuple[str, str], int] = {}  #: (job, step) that was reported as completed -> its attempt
        self.answered: set[tuple[str, str]] = set()  #: (job, step) that somebody's answer was taken for
        self.early = 0
        self.wrong: list[str] = []
        self._lock = threading.Lock()
        (folder / "locks").mkdir()
        (folder / "ws" / ".workflows").mkdir(parents=True)
        (folder / "ws" / ".workflows" / "load.yaml").write_text(WORKSPACE.replace("@folder", str(folder)))
        settings = {
            "listen": "127.0.0.1:0",
            "state_dir": str(folder / "state"),
            "workspaces": {"w": {"type": "folder", "path": str(folder / "ws")}},
            "worker": {"slots": 6},
            **store,
        }
        (folder / "server-config.yaml").write_text(json.dumps(settings))
        for name in ("trace", "overlaps"):
            (folder / name).touch()

    def live_and_die(self, chance: random.Random) -> None:
        """Runs one server under requests until it is killed, sometimes before its first response."""
        self.start()
        if chance.random() < DIES_EARLY:
            time.sleep(chance.uniform(0.1, 0.9))
            self.early += 1
            self.kill()
            return
        self.until_it_answers()
        dies_at = time.monotonic() + chance.uniform(0.0, LIFE_S)
        seeds = [chance.random() for _ in range(CLIENTS)]
        threads = [threading.Thread(target=self._client, args=(random.Random(one),)) for one in seeds]
        threads.append(threading.Thread(target=self._answer_all))
        for thread in threads:
            thread.start()
        time.sleep(max(0.0, dies_at - time.monotonic()))
        self.kill()
        for thread in threads:
            thread.join()

    def start(self) -> None:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GITFLOW_CACHE": str(self.folder / "cache"),
        }
        with (self.folder / "server.log").open("a") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "gitflow.cli.main", "server", "--config", "server-config.yaml"],
                cwd=self.folder,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def until_it_answers(self) -> None:
        assert self.server is not None
        assert self.server.stdout is not None
        line = self.server.stdout.readline()
        host, _, port = line.strip().rpartition("http://")[2].rpartition(":")
        if not port:
            raise RuntimeError(f"the server did not start: {(self.folder / 'server.log').read_text()[-2000:]}")
        self.address = (host, int(port))

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.server is not None:
            self.server.send_signal(number)
            self.server.communicate(timeout=60)
            self.server = None

    def call(self, method: str, path: str, body: object = None, key: str | None = None) -> Any:
        """Sends a request. Raises OSError or HTTPException if no complete response came, and Refused."""
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        try:
            headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            reply = connection.getresponse()
            body = json.loads(reply.read())
        finally:
            connection.close()
        if reply.status >= 400:
            raise Refused(f"{method} {path}: {reply.status} {body}")
        return body

    def _client(self, chance: random.Random) -> None:
        """Repeats the requests that got no response, with the same idempotency keys."""
        with suppress(OSError, http.client.HTTPException, ValueError):
            for number in self._mine(chance):
                self._execute(number)
                time.sleep(chance.uniform(0.0, 0.2))

    def _mine(self, chance: random.Random) -> list[int]:
        with self._lock:
            mine = [self.unsure.popitem()[0] for _ in range(min(2, len(self.unsure)))]
            for _ in range(ASKED):
                self.asked += 1
                self.tasks[self.asked] = chance.choice(TASKS)
                mine.append(self.asked)
            self.unsure.update((number, self.tasks[number]) for number in mine)
        return mine

    def _execute(self, number: int) -> None:
        body = {"labels": {"number": str(number)}}
        path = f"/api/workspaces/w/tasks/{self.tasks[number]}/execute"
        try:
            job_id = self.call("POST", path, body, f"key-{number}")["job_id"]
        except Refused as refused:
            self.wrong.append(str(refused))
            return
        with self._lock:
            self.unsure.pop(number, None)
            if self.made.setdefault(number, job_id) != job_id:
                self.wrong.append(f"request {number} made {job_id} and {self.made[number]}")

    def _answer_all(self) -> None:
        """Reads open jobs, records their completed steps, and decides their approvals, until the server is gone."""
        with suppress(OSError, http.client.HTTPException, ValueError):
            while True:
                for row in self.jobs("status=running"):
                    self._answer(row["job_id"])
                time.sleep(0.1)

    def _answer(self, job_id: str) -> None:
        job = self.call("GET", f"/api/jobs/{job_id}")
        for step in job["steps"]:
            place = (job_id, step["step_name"])
            if step["status"] == "completed":
                self.settled.setdefault(place, step["attempt"])
            if step["status"] != "suspended" or step["action_type"] not in ("approval", "wait"):
                continue
            with suppress(Refused):  # it was taken before the last server died
                if step["action_type"] == "approval":
                    self.call("POST", f"/api/jobs/{job_id}/steps/{place[1]}/approve", {})
                else:
                    self.call("POST", f"/api/jobs/{job_id}/events/go?event_id=only-{job_id}", {"yes": True})
                self.answered.add(place)

    def jobs(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", f"/api/jobs?limit=500&offset={len(found)}&{query}")
            found.extend(page)
            if len(page) < 500:
                return found

    def calm(self) -> None:
        """Runs a last server without a kill: repeats failed requests, and waits until all jobs have ended."""
        self.start()
        self.until_it_answers()
        until = time.monotonic() + CALM_S
        for number in list(self.unsure):
            self._execute(number)
        while time.monotonic() < until:
            open_jobs = [row for status in ("pending", "running", "paused") for row in self.jobs(f"status={status}")]
            if not open_jobs:
                return
            for row in open_jobs:
                self._answer(row["job_id"])
            time.sleep(0.2)

    def findings(self) -> list[str]:
        details = {row["job_id"]: self.call("GET", f"/api/jobs/{row['job_id']}") for row in self.jobs()}
        self.ended = Counter(job["status"] for job in details.values())
        ran = Counter((self.folder / "trace").read_text().splitlines())
        found = [*self.wrong, *self._lost_or_doubled(details), *self._ended_wrong(details)]
        found += [f"attempt ran {times} times: {what}" for what, times in ran.items() if times > 1]
        found += self._ran_again(details, ran)
        found += [f"two ran at once: {line}" for line in (self.folder / "overlaps").read_text().splitlines()]
        found += self._hooks(details)
        self.kill(signal.SIGTERM)
        log = (self.folder / "server.log").read_text()
        found += [f"the server's log has a trace: {log[log.index('Traceback') :][:3000]}"] if "Traceback" in log else []
        return found + [f"process {pid} was left" for pid in self._left_behind()]

    def _lost_or_doubled(self, details: dict[str, Any]) -> list[str]:
        asked = [job for job in details.values() if job["source_type"] == "api" and not job["retry_of_job_id"]]
        of = Counter(int(job["labels"]["number"]) for job in asked)
        lost = [f"job {id} of request {n} is lost" for n, id in self.made.items() if id not in details]
        return lost + [f"request {n} made {times} jobs" for n, times in of.items() if times != 1]

    def _ended_wrong(self, details: dict[str, Any]) -> list[str]:
        wrong: list[str] = []
        for job_id, job in details.items():
            name, status = job["task_name"], job["status"]
            if status in ("pending", "running", "paused"):
                wrong.append(f"{name} {job_id} is stuck: {status}")
            elif name in COMPLETES and status != "completed":
                wrong.append(f"{name} {job_id} has {status}: {job['error_message']}")
            elif name == "fragile" and status == "failed" and "interrupted" not in job["error_message"]:
                wrong.append(f"{name} {job_id} has failed: {job['error_message']}")
            elif name == "again" and status != "failed":
                wrong.append(f"{name} {job_id} has {status}")
        for job_id, step in self.answered:
            how = [one["status"] for one in details[job_id]["steps"] if one["step_name"] == step]
            wrong += [] if how == ["completed"] else [f"{step} of {job_id} was answered, and is {how}"]
        return wrong

    def _ran_again(self, details: dict[str, Any], ran: Counter[str]) -> list[str]:
        """The steps that were reported as completed but changed or ran again later, also in a retry."""
        wrong: list[str] = []
        for (job_id, name), attempt in self.settled.items():
            now = [one["attempt"] for one in details[job_id]["steps"] if one["step_name"] == name]
            if now != [attempt]:
                wrong.append(f"step {name} of {job_id} was completed at attempt {attempt}, and now is at {now}")
        for job_id, job in details.items():
            for step in job["steps"]:
                later = step["attempt"] + 1
                if f"{job_id} {step['step_name']} {later}" in ran:
                    wrong.append(
                        f"attempt {later} at {step['step_name']} of {job_id} ran, and its job knows nothing of it"
                    )
            for step in self._completed(details.get(job["retry_of_job_id"])):
                if f"{job_id} {step} 1" in ran:
                    wrong.append(f"{job_id} ran {step} again, which the job that it retries had completed")
        return wrong

    @staticmethod
    def _completed(job: Any) -> list[str]:
        return [step["step_name"] for step in job["steps"] if step["status"] == "completed"] if job else []

    def _hooks(self, details: dict[str, Any]) -> list[str]:
        of = Counter(job["source_id"] for job in details.values() if job["source_type"] == "hook")
        retried = {job["retry_of_job_id"] for job in details.values()}
        wrong: list[str] = []
        for job_id, job in details.items():
            last_of_again = job["task_name"] == "again" and job_id not in retried
            wanted = HOOKED.get(job["task_name"], 1 if last_of_again else 0)
            if of[job_id] != wanted:
                wrong.append(f"{of[job_id]} hooks of {job['task_name']} {job_id} ran, not {wanted}")
        return wrong

    def _left_behind(self) -> list[int]:
        mark = str(self.folder / "state").encode()
        found: list[int] = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            with suppress(OSError):
                if mark in Path(f"/proc/{name}/environ").read_bytes():
                    found.append(int(name))
        return found

    def figures(self, killed: int) -> dict[str, int]:
        ran = len((self.folder / "trace").read_text().splitlines())
        return {
            "kills": killed,
            "of them at the start": self.early,
            "jobs": sum(self.ended.values()),
            **self.ended,
            "attempts run": ran,
            "answers to what was asked": len(self.answered),
        }
