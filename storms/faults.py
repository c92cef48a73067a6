"""Injects a fault at the k-th write, for every k of a reference run.

A real application on a real store runs a mixed flow, and one writing statement fails: once, for a while, or from
then on; or the process ends there (``os._exit``). Afterwards the run has the result of the reference run, or it
ended with a StoreError and the next process that opens the store settles it: no job that ran a step is missing, no
job is left open, no attempt was started twice, and a retry repeats no step that was reported as completed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "runtime"))

import gitflow.app
from gitflow.core.errors import StoreError
from gitflow.runtime.engine import engine
from house import House, LeapingClock
from step_processes import marked
from storms import databases
from storms.faulty import Faults, every_connection, trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from gitflow.core.jobs.job import Job

    Way = Callable[["Trial", int], tuple[str, list[str]]]

#: Every so many-th write is tried; 1 is all of them.
STRIDE = int(os.environ.get("STORM_STRIDE", "1"))
KILLED = 9
A_WHILE = 5

WORKSPACE = """
actions:
  tell: {type: shell, cmd: &trace 'echo "$GITFLOW_JOB_ID $GITFLOW_STEP $GITFLOW_ATTEMPT" >> @trace'}
tasks:
  child:
    retry: {max_attempts: 2, delay: 30}
    flow:
      c: {type: shell, cmd: 'echo "$GITFLOW_JOB_ID $GITFLOW_STEP $GITFLOW_ATTEMPT" >> @trace; test -e @trace.c || { touch @trace.c; exit 1; }'}
  t:
    on_success: [{action: tell}]
    flow:
      a: {type: shell, cmd: 'echo "$GITFLOW_JOB_ID $GITFLOW_STEP $GITFLOW_ATTEMPT" >> @trace; echo f > $GITFLOW_ARTIFACTS/f; printf 1 > "$GITFLOW_OUTPUTS/k"'}
      many: {type: shell, depends_on: [a], for_each: [x, y], cmd: *trace}
      nap: {type: sleep, duration: 60}
      call: {type: task, task: child, depends_on: [nap]}
      r:
        type: shell
        depends_on: [many]
        retry: {max_attempts: 2, delay: 30}
        cmd: 'echo "$GITFLOW_JOB_ID $GITFLOW_STEP $GITFLOW_ATTEMPT" >> @trace; cat $GITFLOW_NEEDS/a/f; test "$GITFLOW_ATTEMPT" -gt 1'
"""  # noqa: E501


def storm(seed: int, stride: int | None = None) -> tuple[list[str], dict[str, object]]:
    """The failures and the figures. Only the first k of a stride is random."""
    stride = STRIDE if stride is None else stride
    with tempfile.TemporaryDirectory(prefix="gitflow-faults-") as folder, small_patience(), database() as store:
        trial = Trial(Path(folder), store)
        counted = trial.reference()
        wrong: list[str] = []
        figures: Counter[str] = Counter({"writes": counted})
        for number in range(1 + seed % stride, counted + 1, stride):
            for name, way in store.ways.items():
                came_to, found = tried(way, trial, number)
                figures[came_to] += 1
                wrong += [f"write {number}, {name}: {one}" for one in found]
        return wrong, dict(figures)


def tried(way: Way, trial: Trial, number: int) -> tuple[str, list[str]]:
    """An error is a finding, and the other writes are tried as well."""
    try:
        return way(trial, number)
    except Exception as error:
        return "broke", [f"{type(error).__name__}: {error}"]


@contextmanager
def small_patience() -> Iterator[None]:
    """Shortens the waits for a disk that does not recover and for timers."""
    before = engine.STORE_TIMEOUT_S, engine.STORE_PAUSE_S, gitflow.app.Clock
    engine.STORE_TIMEOUT_S, engine.STORE_PAUSE_S, gitflow.app.Clock = 0.05, 0.0, LeapingClock
    try:
        yield
    finally:
        engine.STORE_TIMEOUT_S, engine.STORE_PAUSE_S, gitflow.app.Clock = before


@dataclass(frozen=True)
class Database:
    """What applications of a trial are stored in, and how that can fail."""

    ways: Mapping[str, Way]
    house: Callable[[Path], House]
    every_connection: Callable[[Faults], AbstractContextManager[None]]
    trouble: Callable[[str], Exception]


class Trial:
    """Creates applications one after the other, each with a store of its own."""

    def __init__(self, folder: Path, store: Database) -> None:
        self.folder = folder
        self.store = store
        self.wanted: object = None
        self.number = 0

    def reference(self) -> int:
        """The reference run: counts its writing statements and records the result that all other runs must have."""
        faults = Faults()
        with self.house() as house:
            with self.store.every_connection(faults):
                house.run("t")
            self.wanted = outcome(house)
        return faults.count

    @contextmanager
    def house(self) -> Iterator[House]:
        self.number += 1
        folder = self.folder / str(self.number)
        house = self.store.house(folder)
        house.write(WORKSPACE.replace("@trace", str(folder / "trace")))
        house.environ["GITFLOW_CACHE"] = str(self.folder / "cache")
        (folder / "trace").touch()
        try:
            yield house
        finally:
            shutil.rmtree(folder)

    def fail(self, number: int, words: str, times: float) -> tuple[str, list[str]]:
        """Makes this many writes fail, from this one on."""

        def act(count: int) -> None:
            if number <= count < number + times:
                raise self.store.trouble(words)

        with self.house() as house:
            try:
                with self.store.every_connection(Faults(act)):
                    house.run("t")
            except StoreError:
                return "ended with a StoreError", self.after_an_interruption(house)
            return "went on", self.differences(house)

    def kill(self, number: int, moment: str) -> tuple[str, list[str]]:
        """Ends the process just before or just after the write."""
        die = {moment: lambda count: os._exit(KILLED) if count == number else None}
        with self.house() as house:
            pid = os.fork()
            if not pid:
                code = 1
                try:
                    with self.store.every_connection(Faults(**die)):
                        house.run("t")
                    code = 0
                finally:
                    os._exit(code)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if code == KILLED:
                return "killed", self.after_an_interruption(house)
            return "was not killed", self.differences(house) + ([f"it ended with {code}"] if code else [])

    def differences(self, house: House) -> list[str]:
        found = outcome(house)
        return [] if found == self.wanted else [f"it came to {found}"]

    def after_an_interruption(self, house: House) -> list[str]:
        """Opens the store again, which settles it, and completes the rest with a retry."""
        jobs = house.jobs()
        wrong = [f"job {job.task_name} is still {job.status}" for job in jobs if not job.ended]
        wrong += [f"job {job.task_name} failed: {job.error_message}" for job in jobs if not may_end_so(job)]
        before = ran(house)
        known = {job.id for job in jobs}
        wrong += [
            f"job {job_id} ran a step and is not in the store" for job_id in {one.split()[0] for one in before} - known
        ]
        for job in [job for job in jobs if job.task_name == "t" and job.status.value != "completed"]:
            again = house.retry(job.id)
            if again.status.value != "completed":
                wrong.append(f"its retry is {again.status}: {again.error_message}")
            done = [name for name, run in job.steps.items() if run.status.value == "completed"]
            wrong += [
                f"{name} was repeated"
                for name in done
                if any(one.startswith(f"{again.id} {name} ") for one in ran(house))
            ]
        wrong += [
            f"an attempt was started {times} times: {one}" for one, times in Counter(ran(house)).items() if times > 1
        ]
        wrong += [f"process {pid} was left" for pid in marked(house.folder.parent)]
        return wrong


def may_end_so(job: Job) -> bool:
    if job.status.value != "failed":
        return True
    return "interrupted" in (job.error_message or "") or job.task_name == "child"


def ran(house: House) -> list[str]:
    return (house.folder.parent / "trace").read_text().splitlines()


def outcome(house: House) -> object:
    """The final state of all jobs and steps, and the scripts that ran; without ids and times."""
    jobs = house.jobs()
    tasks = {job.id: job.task_name for job in jobs}
    steps = [
        (
            job.task_name,
            job.attempt,
            job.status.value,
            [(run.name, run.status.value, run.attempt, run.output) for run in job.in_order()],
        )
        for job in jobs
    ]
    runs = sorted((tasks.get(one.split()[0], "?"), *one.split()[1:]) for one in ran(house))
    return sorted(map(repr, steps)), runs


KILLED_WAYS: dict[str, Way] = {
    "killed before it": partial(Trial.kill, moment="before"),
    "killed after it": partial(Trial.kill, moment="after"),
}
WAYS: dict[str, Way] = {
    "disk I/O error once": partial(Trial.fail, words="disk I/O error", times=1),
    "locked for a while": partial(Trial.fail, words="database is locked", times=A_WHILE),
    "full from then on": partial(Trial.fail, words="database or disk is full", times=float("inf")),
    **KILLED_WAYS,
}
#: A server waits for PostgreSQL for ever, so there is none that fails from then on.
WAYS_OF_POSTGRESQL: dict[str, Way] = {
    "connection lost once": partial(Trial.fail, words="connection lost", times=1),
    "lock not available for a while": partial(Trial.fail, words="lock not available", times=A_WHILE),
    "serialization failure once": partial(Trial.fail, words="serialization failure", times=1),
    "disk full for a while": partial(Trial.fail, words="disk full", times=A_WHILE),
    **KILLED_WAYS,
}


@contextmanager
def database() -> Iterator[Database]:
    """What the trials are stored in, which ``STORM_STORE`` names."""
    with databases.cluster() as cluster:
        if cluster is None:
            yield Database(WAYS, House, every_connection, trouble)
            return
        from storms import faulty_postgres

        yield Database(
            WAYS_OF_POSTGRESQL,
            partial(faulty_postgres.served_house, cluster),
            faulty_postgres.every_connection,
            faulty_postgres.trouble,
        )
