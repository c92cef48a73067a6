# ruff: noqa: E501
"""A real workspace, a real store and real processes, with a clock that leaps to what is due next."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import gitflow.app
from gitflow.app import App, open_app, open_store
from gitflow.config import Config, WorkerConfig
from gitflow.core.errors import RevisionRefused
from gitflow.core.jobs.events import CancelRequested, HistoryEntry
from gitflow.core.jobs.job import Job, Source
from gitflow.runtime.clock import Clock
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.workspaces.folder import FolderWorkspace


class LeapingClock(Clock):
    """Nobody waits for a timer: when nothing runs, it leaps to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.leapt = 0.0

    def now(self) -> float:
        return super().now() + self.leapt


#: What another process begins with; its clock is a real one.
ELSEWHERE = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from house import *
house = House.__new__(House)
house.folder, house.state, house.environ = Path({folder!r}), Path({state!r}), {environ!r}
house.settings, house.slots = {settings!r}, 4
{body}
"""

#: The body of one that serves: it starts these tasks, and goes on until it is killed or its stdin is closed. It prints
#: who it is, and that it has begun to stop.
SERVER = """
import threading
with house.serve() as app:
    started = [house.execute(app, task) for task in {tasks!r}]
    print(app.orchestrator.owner_id, flush=True)
    def stop():
        sys.stdin.read()
        app.engine.stop({drain_s})
        print("stopping", flush=True)
    threading.Thread(target=stop, daemon=True).start()
    app.engine.run(lambda: False)
"""


class House:
    """One workspace and one state directory; ``run`` opens the application anew, as each command does."""

    tags: tuple[str, ...] = ()  #: of the worker

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workspace"
        self.state = folder / "state"
        self.environ = {"HOME": str(folder), "GITFLOW_CACHE": str(folder / "cache")}
        self.slots = 4
        self.settings: dict[str, object] = {"synchronous": "normal"}
        (self.folder / ".workflows").mkdir(parents=True)

    def write(self, text: str, name: str = ".workflows/a.yaml") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def config(self) -> Config:
        return Config(state_dir=str(self.state), worker=WorkerConfig(self.slots, self.tags), **self.settings)

    def open(self) -> object:
        return open_app(self.config(), self.environ, {})

    def serve(self, serves: Callable[[str], bool] = lambda workspace: True) -> object:
        """As a server opens it; its engine does not run in a thread of its own."""
        return open_app(self.config(), self.environ, {}, "server", serves)

    def elsewhere(self, body: str) -> subprocess.Popen[str]:
        """Another process, in which ``house`` is this house; its stdin and stdout are pipes."""
        text = ELSEWHERE.format(
            here=str(Path(__file__).parent),
            folder=str(self.folder),
            state=str(self.state),
            environ=self.environ,
            settings=self.settings,
            body=body,
        )
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, "-c", text], stdin=pipe, stdout=pipe, text=True)

    @contextmanager
    def store(self) -> Iterator[gitflow.app.OpenedStore]:
        with open_store(self.config(), self.environ) as opened:
            yield opened

    def execute(self, app: App, task: str, given: Mapping[str, object] | None = None) -> Job:
        workspace = FolderWorkspace(str(self.folder), cache_dir=self.environ["GITFLOW_CACHE"])
        source = Source("user", None, "ada")
        try:
            return app.operations.execute(workspace, workspace.resolve(), task, dict(given or {}), source)
        except RevisionRefused as refused:
            raise AssertionError(refused.problems) from None

    def finish(
        self,
        app: App,
        each_turn: Callable[[App], None] = lambda app: None,
        until: Callable[[App], bool] = lambda app: app.orchestrator.is_idle,
    ) -> None:
        """Until nothing is open; ``each_turn`` may interfere after each commit."""

        def is_over() -> bool:
            each_turn(app)
            if until(app):
                return True
            due = app.orchestrator.timers.next_due()
            clock = app.opened.clock
            if due is not None and not app.worker.running and not app.orchestrator.has_work():
                clock.leapt += max(0.0, due - clock.now())  # type: ignore[attr-defined]
            return False

        app.engine.run(is_over)

    def run(
        self,
        task: str,
        given: Mapping[str, object] | None = None,
        each_turn: Callable[[App], None] = lambda app: None,
    ) -> Job:
        """The job as it ended; what it started has ended too."""
        with self.open() as app:
            job = self.execute(app, task, given)
            self.finish(app, each_turn)
            return app.opened.job(job.id)

    def retry(self, job_id: str) -> Job:
        with self.open() as app:
            job = app.operations.prepare_retry(app.opened.job(job_id), "ada")
            app.operations.enqueue_job(job)
            self.finish(app)
            return app.opened.job(job.id)

    def jobs(self) -> list[Job]:
        """All that are stored, oldest first."""
        with self.store() as opened:
            rows = opened.stores.jobs.jobs(JobFilter(), limit=1_000_000, oldest_first=True)
            return [opened.job(row.id) for row in rows]

    def of(self, task: str) -> list[Job]:
        return [job for job in self.jobs() if job.task_name == task]

    def history(self, job_id: str) -> list[HistoryEntry]:
        with self.store() as opened:
            return opened.stores.jobs.history(job_id)

    def log(self, job_id: str) -> str:
        with self.store() as opened:
            return "\n".join(line.line for line in opened.stores.logs.lines(job_id))


def cancel(app: App, job_id: str) -> None:
    app.orchestrator.post_event(job_id, CancelRequested(app.opened.clock.now(), "ada"))


def once(wanted: Callable[[App], bool], act: Callable[[App], None]) -> Callable[[App], None]:
    """Acts after the first commit for which ``wanted`` holds."""
    done: list[bool] = []

    def each_turn(app: App) -> None:
        if not done and wanted(app):
            done.append(True)
            act(app)

    return each_turn


def open_jobs(app: App, task: str) -> list[Job]:
    found = [app.orchestrator.job(job_id) for job_id in app.orchestrator.open_ids()]
    return [job for job in found if job is not None and job.task_name == task]


def statuses(job: Job) -> dict[str, str]:
    return {name: run.status.value for name, run in job.steps.items()}


#: A process that runs a task and waits for ever: nothing tells it to end.
RUNNER = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from house import House
house = House.__new__(House)
house.folder, house.state, house.environ, house.settings, house.slots = Path({folder!r}), Path({state!r}), {environ!r}, {settings!r}, 4
house.run("t")
"""


def killed(house: House, gate: Path) -> None:
    """Runs the task elsewhere until it writes to the gate, and kills that process."""
    os.mkfifo(gate)
    text = RUNNER.format(
        here=str(Path(__file__).parent),
        folder=str(house.folder),
        state=str(house.state),
        environ=house.environ,
        settings=house.settings,
    )
    process = subprocess.Popen([sys.executable, "-c", text])
    written, ended = os.open(gate, os.O_RDWR), os.pidfd_open(process.pid)
    ready = select.select([written, ended], [], [])[0]
    process.send_signal(signal.SIGKILL)
    process.wait()
    os.close(written)
    os.close(ended)
    assert written in ready, "it ended by itself"
