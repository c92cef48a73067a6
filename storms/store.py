"""The store made busy, unwritable or full again and again while a server's engine makes and runs jobs.

Busy: another process holds the lock that writers need. Full: no file of this process may grow past a few pages
(``RLIMIT_FSIZE``). Unwritable: each write is refused as SQLite refuses it on a read-only file. Every job whose making
was acknowledged ends, and as it should; no attempt is started twice; what was acknowledged is there for the next
who opens the store.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "runtime"))

from gitflow.core.jobs.job import Source
from gitflow.runtime.engine import engine
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.runtime.engine.thread import EngineThread
from gitflow.stores.sqlite import migrations
from gitflow.workspaces.folder import FolderWorkspace
from house import House
from step_processes import marked
from storms import databases
from storms.faulty import Faults, every_connection, trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from gitflow.app import App
    from gitflow.core.jobs.job import Job
    from postgres_part import Cluster

SECONDS = float(os.environ.get("STORM_SECONDS", "60"))
#: How long nothing may move, once the weather is calm, before what is left is taken for stuck.
CALM_S = 120.0
#: No more jobs are asked for while so many are open, so that a slow machine gets as much weather a job as a fast one.
MAX_OPEN = 100
SMALL = 16 * 1024  #: bytes: a few pages of a write-ahead log, more than a step writes into any file

WORKSPACE = """
tasks:
  chain:
    flow:
      a: {type: shell, cmd: &trace 'echo "$GITFLOW_STEP $GITFLOW_ATTEMPT" >> "@trace/$GITFLOW_JOB_ID"'}
      b: {type: shell, depends_on: [a], cmd: *trace}
  wide:
    flow:
      wave: {type: shell, for_each: [1, 2, 3], cmd: *trace}
      after: {type: sleep, depends_on: [wave], duration: 100ms}
  flaky:
    flow:
      try:
        type: shell
        retry: {max_attempts: 3, delay: 10ms}
        cmd: |
          echo "$GITFLOW_STEP $GITFLOW_ATTEMPT" >> "@trace/$GITFLOW_JOB_ID"
          test "$GITFLOW_ATTEMPT" -ge 2
  parent:
    flow:
      child: {type: task, task: chain}
      last: {type: shell, depends_on: [child], cmd: *trace}
  broken:
    flow:
      fails: {type: shell, cmd: 'echo "$GITFLOW_STEP $GITFLOW_ATTEMPT" >> "@trace/$GITFLOW_JOB_ID"; exit 3'}
      never: {type: shell, depends_on: [fails], cmd: *trace}
"""

#: How a job of each task ends, and its steps with their attempts.
ENDS = {
    "chain": ("completed", {"a": 1, "b": 1}),
    "wide": ("completed", {"wave[0]": 1, "wave[1]": 1, "wave[2]": 1}),
    "flaky": ("completed", {"try": 2}),
    "parent": ("completed", {"last": 1}),
    "broken": ("failed", {"fails": 1}),
}

#: Holds the lock of the database it is given for so many seconds as each line says.
HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
for line in sys.stdin:
    connection.execute("BEGIN IMMEDIATE")
    time.sleep(float(line))
    connection.execute("COMMIT")
    print("free", flush=True)
"""


def storm(seed: int, seconds: float | None = None, jobs: int = 1) -> tuple[list[str], dict[str, object]]:
    """What is wrong, and the figures. It takes so long, and goes on until so many jobs were asked for."""
    with (
        tempfile.TemporaryDirectory(prefix="gitflow-store-") as folder,
        impatience(),
        place(Path(folder), random.Random(seed)) as (house, weather, every_connection),
    ):
        (Path(folder) / "trace").mkdir()
        house.write(WORKSPACE.replace("@trace", f"{folder}/trace"))
        with every_connection(Faults(weather.blow)), house.serve() as app:
            made, wrong = load(house, app, weather, SECONDS if seconds is None else seconds, jobs)
        return wrong + findings(house, made), {
            **weather.figures,
            "jobs": len(made),
            "runs": sum(map(len, traces(house).values())),
        }


@contextmanager
def impatience() -> Iterator[None]:
    """Locks are told of soon, and tried again soon."""
    before = migrations.BUSY_S, engine.STORE_PAUSE_S
    migrations.BUSY_S, engine.STORE_PAUSE_S = 0.1, 0.05
    try:
        yield
    finally:
        migrations.BUSY_S, engine.STORE_PAUSE_S = before


@contextmanager
def place(folder: Path, chance: random.Random) -> Iterator[tuple[House, Weather, Any]]:
    """A house, its weather, and what makes its connections faulty; on the store that ``STORM_STORE`` names."""
    with databases.cluster() as cluster:
        if cluster is None:
            yield House(folder), Weather(chance), every_connection
            return
        from storms import faulty_postgres

        house = faulty_postgres.served_house(cluster, folder)
        weather = PostgresWeather(chance, cluster, str(house.settings["db_url"]))
        yield house, weather, faulty_postgres.every_connection


class Weather:
    """What befalls the store, one after the other."""

    kinds: Sequence[str] = ("busy", "read-only", "full")

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.figures: Counter[str] = Counter()
        self.refusal: Callable[[], Exception] | None = None  #: how each write is refused now

    def blow(self, number: int) -> None:
        """Before each write of the engine."""
        if self.refusal is not None:
            self.figures["writes refused"] += 1
            raise self.refusal()

    def change(self, house: House, pause: Callable[[float], None]) -> None:
        kind = self.chance.choice(self.kinds)
        self.figures[kind] += 1
        self.be(kind, house, self.chance.uniform(0.1, 1.0), pause)
        pause(self.chance.uniform(0.1, 0.6))

    def be(self, kind: str, house: House, lasts: float, pause: Callable[[float], None]) -> None:
        if kind == "busy":
            with another_process(house) as hold:
                hold(lasts, pause)
        elif kind == "read-only":
            with self.refusing(lambda: trouble("attempt to write a readonly database")):
                pause(lasts)
        else:
            with no_room():
                pause(lasts)

    @contextmanager
    def refusing(self, refusal: Callable[[], Exception]) -> Iterator[None]:
        self.refusal = refusal
        try:
            yield
        finally:
            self.refusal = None


class PostgresWeather(Weather):
    """Another session locks the jobs; writes are refused as on a full disk; all sessions end; no writes are allowed."""

    kinds = ("busy", "full", "ended", "read-only")

    def __init__(self, chance: random.Random, cluster: Cluster, url: str) -> None:
        super().__init__(chance)
        self._cluster, self._url = cluster, url
        self._name = url.rpartition("/")[2]

    def be(self, kind: str, house: House, lasts: float, pause: Callable[[float], None]) -> None:
        if kind == "busy":
            import psycopg

            with psycopg.connect(self._url) as other:
                other.execute("LOCK TABLE job, step IN ACCESS EXCLUSIVE MODE")
                pause(lasts)
        elif kind == "full":
            from storms import faulty_postgres

            with self.refusing(lambda: faulty_postgres.trouble("disk full")):
                pause(lasts)
        elif kind == "ended":
            self._end_sessions()
        else:
            self._allow_writes("on")
            pause(lasts)
            self._allow_writes("off")

    def _allow_writes(self, is_read_only: str) -> None:
        self._cluster.run(f"ALTER DATABASE {self._name} SET default_transaction_read_only = {is_read_only}")
        self._end_sessions()

    def _end_sessions(self) -> None:
        self._cluster.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'"
            " AND application_name LIKE 'gitflow%'"
        )


@contextmanager
def no_room() -> Iterator[None]:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def load(house: House, app: App, weather: Weather, seconds: float, jobs: int) -> tuple[dict[str, str], list[str]]:
    """Makes jobs in any weather; {id: task} of those that were acknowledged, and what is wrong."""
    died: list[str] = []
    thread = EngineThread(app.engine, lambda: died.append("the engine has failed"))
    thread.start()
    try:
        asked = Making(house, app, weather.chance)
        until = time.monotonic() + seconds
        while (time.monotonic() < until or asked.number < jobs) and not died:
            weather.change(house, asked.pause)
        is_over = wait_until(lambda: asked.is_over() or bool(died), asked.open_jobs)
    finally:
        thread.stop(10.0)
        thread.join()
    wrong = died + ([] if is_over else ["not everything has ended"])
    return asked.acknowledged(), wrong + asked.failures()


class Making:
    """Asks for a job several times a second, and keeps what it was answered."""

    def __init__(self, house: House, app: App, chance: random.Random) -> None:
        self._workspace = FolderWorkspace(str(house.folder), cache_dir=house.environ["GITFLOW_CACHE"])
        self._revision = self._workspace.resolve()
        self._operations = app.operations
        self._orchestrator = app.orchestrator
        self._queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        self._chance = chance
        self._asked: list[tuple[Job, Future[str]]] = []

    def pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if len(self.open_jobs()) < MAX_OPEN:
                self._ask(self._chance.choice(sorted(ENDS)))
            time.sleep(0.15)

    def _ask(self, task: str) -> None:
        job = self._operations.prepare(self._workspace, self._revision, task, {}, Source("api", None, "ada"))
        self._asked.append((job, self._queue.submit(lambda transaction: self._operations.create(transaction, job))))

    @property
    def number(self) -> int:
        """How many jobs were asked for."""
        return len(self._asked)

    def is_over(self) -> bool:
        return not self._unanswered() and self._orchestrator.is_idle

    def open_jobs(self) -> set[str]:
        """Those that have not ended, and those whose making was not answered yet."""
        return {*self._orchestrator.open_ids(), *self._unanswered()}

    def _unanswered(self) -> list[str]:
        return [job.id for job, answer in self._asked if not answer.done()]

    def acknowledged(self) -> dict[str, str]:
        return {job.id: job.task_name for job, answer in self._asked if answer.done() and answer.exception() is None}

    def failures(self) -> list[str]:
        return [
            f"{job.task_name} was refused: {answer.exception()}"
            for job, answer in self._asked
            if answer.done() and answer.exception()
        ]


@contextmanager
def another_process(house: House) -> Iterator[Callable[[float, Callable[[float], None]], None]]:
    """That holds the lock of the store for a time, while something else is done meanwhile."""
    command = [sys.executable, "-c", HOLDER, str(house.state / "gitflow.db")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None

    def hold(seconds: float, meanwhile: Callable[[float], None]) -> None:
        process.stdin.write(f"{seconds}\n")
        process.stdin.flush()
        meanwhile(seconds)
        process.stdout.readline()

    try:
        yield hold
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def wait_until(is_so: Callable[[], bool], state: Callable[[], object]) -> bool:
    """False once the state has stayed as it is for CALM_S."""
    seen, until = state(), time.monotonic() + CALM_S
    while not is_so():
        now = state()
        if now != seen:
            seen, until = now, time.monotonic() + CALM_S
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def findings(house: House, made: dict[str, str]) -> list[str]:
    """The next who opens the store finds all of it as it should be."""
    stored = {job.id: job for job in house.jobs()}
    wrong = [f"job {job_id} was acknowledged and is lost" for job_id in made.keys() - stored.keys()]
    wrong += [f"job {job.task_name} is still {job.status}" for job in stored.values() if not job.ended]
    ran = traces(house)
    wrong += [f"job {job_id} ran a step and is not in the store" for job_id in ran.keys() - stored.keys()]
    for job in stored.values():
        status, steps = ENDS[job.task_name]
        if job.status.value != status:
            wrong.append(f"job {job.task_name} is {job.status}, and not {status}: {job.error_message}")
        expected = Counter(f"{name} {attempt}" for name, last in steps.items() for attempt in range(1, last + 1))
        if ran.get(job.id, Counter()) != expected:
            wrong.append(f"job {job.task_name} ran {dict(ran.get(job.id, {}))}, and not {dict(expected)}")
    return wrong + [f"process {pid} was left" for pid in marked(house.folder.parent)]


def traces(house: House) -> dict[str, Counter[str]]:
    folder = house.folder.parent / "trace"
    return {path.name: Counter(path.read_text().splitlines()) for path in folder.iterdir()}
