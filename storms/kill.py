"""``kill -9`` of ``gitflow run`` at random instants during a mixed load.

Afterwards: no job that was seen is lost, none is left open, no step that was reported as done was run
again, no attempt was started twice, and no process is left.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

KILLS = int(os.environ.get("STORM_KILLS", "300"))
BATCH_SIZE = 3

#: When a run is killed, as parts of the time that a run usually takes.
EARLIEST, LATEST = 0.3, 1.3
#: By how much that time is taken to be longer after a gust that left no run its end, and shorter after one that killed
#: none: the machine may become busier or idler meanwhile.
ADAPT = 1.1

WORKSPACE = """
actions:
  note:
    type: shell
    input: {text: {type: string, default: ""}}
    cmd: printf '%s noted %s\\n' "$GITFLOW_JOB_ID" {{ input.text }} >> "$TRACE.notes"
tasks:
  chain:
    flow:
      a: {type: shell, cmd: &trace 'echo "$GITFLOW_JOB_ID $GITFLOW_STEP $GITFLOW_ATTEMPT" >> "$TRACE"'}
      b: {type: shell, depends_on: [a], cmd: *trace}
      c: {type: shell, depends_on: [b], cmd: *trace}
      d: {type: shell, depends_on: [c], cmd: *trace}
  wide:
    flow:
      wave: {type: shell, for_each: [1, 2, 3, 4, 5, 6, 7, 8], cmd: *trace}
      after: {type: shell, depends_on: [wave], cmd: *trace}
  flaky:
    on_error: [{action: note, input: {text: "{{ hook.status }}"}}]
    flow:
      try:
        type: shell
        retry: {max_attempts: 3, delay: 10ms}
        cmd: |
          echo "$GITFLOW_JOB_ID $GITFLOW_STEP $GITFLOW_ATTEMPT" >> "$TRACE"
          test "$GITFLOW_ATTEMPT" -ge 3
  leaver:
    flow:
      leave:
        type: shell
        cmd: |
          setsid sleep 300 > /dev/null 2>&1 &
          echo "$GITFLOW_JOB_ID $GITFLOW_STEP $GITFLOW_ATTEMPT" >> "$TRACE"
          sleep 0.05
  parent:
    on_success: [{action: note, input: {text: done}}]
    flow:
      child: {type: task, task: chain}
      last: {type: shell, depends_on: [child], cmd: *trace}
"""
TASKS = ("chain", "wide", "flaky", "leaver", "parent")


def storm(seed: int) -> tuple[list[str], dict[str, int]]:
    """The failures and the figures."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="gitflow-storm-") as folder:
        load = Load(Path(folder))
        load.warm_up()
        killed = 0
        while killed < KILLS:
            killed += load.gust(chance)
        load.settle()
        return load.findings(), load.figures(killed)


class Load:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trace = folder / "trace"
        self.state = folder / "state"
        self.acknowledged: set[str] = set()
        self.usual_s = 0.0
        (folder / "ws" / ".workflows").mkdir(parents=True)
        (folder / "ws" / ".workflows" / "load.yaml").write_text(WORKSPACE)
        self.trace.touch()

    def start(self, *words: str) -> subprocess.Popen[str]:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GITFLOW_STATE": str(self.state),
            "GITFLOW_CACHE": str(self.folder / "cache"),
            "TRACE": str(self.trace),
        }
        command = [sys.executable, "-m", "gitflow.cli.main", *words]
        return subprocess.Popen(
            command, cwd=self.folder / "ws", env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def warm_up(self) -> None:
        """Measures how long a run takes on this machine, after a first run that compiles the definitions."""
        self.ask("run", "chain", "--env", "TRACE", "-q")
        began = time.monotonic()
        runs = [self.start("run", "chain", "--env", "TRACE", "-q") for _ in range(BATCH_SIZE)]
        for run in runs:
            run.communicate()
        self.usual_s = time.monotonic() - began

    def gust(self, chance: random.Random) -> int:
        """Starts some runs and kills each at a random instant. Returns how many still ran at that instant."""
        runs = [self.start("run", chance.choice(TASKS), "--env", "TRACE", "-q") for _ in range(BATCH_SIZE)]
        began = time.monotonic()
        due = sorted((began + self.usual_s * chance.uniform(EARLIEST, LATEST), i) for i in range(BATCH_SIZE))
        killed = 0
        for at, i in due:
            try:
                runs[i].wait(timeout=max(0.0, at - time.monotonic()))
            except subprocess.TimeoutExpired:
                runs[i].kill()
                killed += 1
        for run in runs:
            run.communicate()
        self.acknowledged.update(line.split()[0] for line in self.trace.read_text().splitlines())
        self.usual_s *= {0: 1 / ADAPT, BATCH_SIZE: ADAPT}.get(killed, 1.0)
        return killed

    def jobs(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        while True:
            page = self.ask("jobs", "-o", "json", "--limit", "500", "--offset", str(len(found)))
            found.extend(json.loads(page))
            if len(json.loads(page)) < 500:
                return found

    def ask(self, *words: str) -> str:
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        if process.returncode:
            raise RuntimeError(f"gitflow {' '.join(words)} ended with {process.returncode}: {err}")
        return out

    def settle(self) -> None:
        """Settles the last killed runs with the next command, and finishes some failed jobs with retries."""
        failed = [job["job_id"] for job in self.jobs() if job["status"] == "failed" and job["source_type"] == "user"]
        for job_id in failed[:30]:
            process = self.start("retry", job_id, "--env", "TRACE", "-q")
            process.communicate(timeout=120)

    def findings(self) -> list[str]:
        jobs = {job["job_id"]: job for job in self.jobs()}
        ran = Counter(self.trace.read_text().splitlines())
        wrong = [f"job {job_id} ran a step and is not in the store" for job_id in self.acknowledged - jobs.keys()]
        wrong += [f"job {job_id} is still {job['status']}" for job_id, job in jobs.items() if not job["completed_at"]]
        wrong += [f"attempt ran {times} times: {what}" for what, times in ran.items() if times > 1]
        wrong += [f"process {pid} was left" for pid in self.left_behind()]
        wrong += self.repeated(jobs, ran)
        return wrong

    def repeated(self, jobs: dict[str, dict[str, str]], ran: Counter[str]) -> list[str]:
        """The steps that a job had completed and that its retry ran again."""
        wrong: list[str] = []
        for job_id, job in jobs.items():
            before = job["retry_of_job_id"]
            if before is None:
                continue
            steps = json.loads(self.ask("job", before, "-o", "json"))["steps"]
            done = [step["step_name"] for step in steps if step["status"] == "completed"]
            again = [name for name in done if any(line.startswith(f"{job_id} {name} ") for line in ran)]
            wrong += [f"step {name} of {before} was completed, and job {job_id} ran it again" for name in again]
        return wrong

    def left_behind(self) -> list[int]:
        mark = str(self.state).encode()
        found: list[int] = []
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and mark in Path(f"/proc/{name}/environ").read_bytes():
                    found.append(int(name))
            except OSError:
                continue
        return found

    def figures(self, killed: int) -> dict[str, int]:
        jobs = self.jobs()
        ends = Counter(job["status"] for job in jobs)
        ran = len(self.trace.read_text().splitlines())
        return {"kills": killed, "jobs": len(jobs), **ends, "attempts run": ran}
