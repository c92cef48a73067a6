"""Many processes, and processes that are killed: what was acknowledged is there."""

import os
import random
import signal
import subprocess
import sys

import pytest

from gitflow.core.errors import StoreError
from gitflow.core.status import StepStatus

#: Acknowledges a line after each commit of a transition and each append of a log.
WRITER = """
import os, sys, time
from gitflow.core.record import replace
from gitflow.core.language.definition import Hooks, Task
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.language.graph import Graph
from gitflow.core.jobs.job import Job, Plan, StepRun, Steps
from gitflow.core.logs import LogChunk
from gitflow.core.errors import StoreError
from gitflow.core.status import StepStatus
from gitflow.stores.registry import open_stores

plan = Plan(Task("hello", {}), {}, Graph((), {}, {}), Hooks())
state_dir, name, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
stores = open_stores(state_dir)
owner = stores.owners.claim()
print("owner", owner.id, flush=True)
steps = Steps.of({"build": StepRun("build")})
job = Job(name, "default", "abc", plan, {}, steps, owner_id=owner.id, created_at=1.0)
stores.jobs.create(job, [])
for number in range(1, rounds + 1):
    text = f"line {number} " + "x" * 300 * (number % 7)
    stores.logs.append([LogChunk(name, "build", number, "stdout", 1e6, 1, text.encode() + b"\\n")])
    step = replace(job.steps["build"], attempt=number, status=StepStatus.RUNNING, output={"n": number})
    after = replace(job, steps=job.steps.changed({"build": step}))
    stores.jobs.save(after, {"build": step}, [HistoryEntry(float(number), "worker", "step.claimed", "build", number)])
    job = replace(after, version=after.version + 1)
    os.write(1, b"%d\\n" % number)
stores.close()
owner.close()
"""


@pytest.fixture
def writer(state_dir):
    running = []

    def start(name, rounds):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, state_dir, name, str(rounds)], stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def is_sound(stores):
    return stores.jobs._driver.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_killed_process_had_acknowledged_is_there(writer, reopened, plan_of, seed):
    process = writer("job", 100_000)
    owner_id = process.stdout.readline().split()[1]
    until = random.Random(seed).randrange(1, 400)
    acknowledged = 0
    for line in process.stdout:
        acknowledged = int(line)
        if acknowledged >= until:
            break
    process.send_signal(signal.SIGKILL)
    acknowledged = max([acknowledged, *map(int, process.communicate()[0].split())])
    stores = reopened()
    assert is_sound(stores)
    job = stores.jobs.load("job", plan_of)
    assert acknowledged <= job.version <= acknowledged + 1
    assert job.steps["build"].output == {"n": job.version}
    assert len(stores.jobs.history("job")) == job.version
    lines = [line.line.split()[1] for line in stores.logs.lines("job")]
    assert lines == [str(number) for number in range(1, len(lines) + 1)]
    assert len(lines) >= job.version, "what a step printed is kept before what became of it"
    assert stores.jobs.owners() == [owner_id]
    assert stores.owners.take_dead(stores.jobs.owners()) == [owner_id]


def test_ten_processes_write_one_store_at_once(writer, reopened, plan_of):
    running = [writer(f"job{number}", 15) for number in range(10)]
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0] * 10
    stores = reopened()
    assert is_sound(stores)
    for number in range(10):
        assert stores.jobs.load(f"job{number}", plan_of).version == 15
        assert [line.seq for line in stores.logs.lines(f"job{number}")] == list(range(1, 16))
    assert stores.owners.alive() == []


def test_a_reader_follows_what_another_process_writes(writer, reopened):
    process = writer("job", 30)
    process.stdout.readline()
    stores, seen = reopened(), 0
    for line in process.stdout:
        new = [one.seq for one in stores.logs.lines("job", since_seq=seen)]
        assert new == list(range(seen + 1, seen + 1 + len(new)))
        seen += len(new)
        assert seen >= int(line)
    assert seen == 30


def test_one_file_of_logs_that_is_damaged_stops_neither_writers_nor_other_days(state_dir, reopened, chunk):
    told = []
    stores = reopened()
    stores.logs.append([chunk("old", "a", ts=1.0)])
    stores.close()
    for part in os.listdir(f"{state_dir}/logs"):
        with open(f"{state_dir}/logs/{part}", "wb") as file:
            file.write(b"scribble" * 1000)
    stores = reopened(notice=told.append)
    stores.logs.append([chunk("new", "b", ts=1e6)])
    assert "1970-01-01" in told[0]
    with pytest.raises(StoreError, match=r"1970-01-01\.db: the file is not a database"):
        list(stores.logs.lines("old"))
    stores.logs.drop_before("1970-01-02")
    assert [line.line for line in stores.logs.lines("new")] == ["b"]


def test_logs_are_synced_before_a_transition_is_committed(reopened, job_of, save, chunk):
    stores = reopened()
    job = job_of("build")
    stores.jobs.create(job, [])
    stores.logs.append([chunk(job.id, "the last words")])
    [day] = stores.logs._days._open.values()
    assert not day.is_synced
    save(stores.jobs, job, build={"status": StepStatus.COMPLETED, "attempt": 1})
    assert day.is_synced
