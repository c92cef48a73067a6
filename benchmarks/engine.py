"""The engine and its store alone, without processes and HTTP: how many jobs of one step it commits, by jobs a turn.

    python -m benchmarks.engine [--url postgresql://…] [--turns N] [JOBS-A-TURN …]

Each turn is one commit: it creates so many jobs, whose steps it claims, and ends those of the turn before.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from gitflow.app import App, open_app
from gitflow.config import Config, WorkerConfig
from gitflow.core.jobs.events import StepClaimed, StepExited
from gitflow.core.jobs.job import Job, Source
from gitflow.core.record import replace
from gitflow.runtime.engine.transaction import Transaction
from gitflow.workspaces.folder import FolderWorkspace

FLOW = "tasks:\n  t:\n    flow:\n      only: {type: shell, cmd: 'true'}\n"


class Turns:
    """Drives the orchestrator as the engine does."""

    def __init__(self, app: App, workspace: FolderWorkspace) -> None:
        self._app = app
        self._first = app.operations.prepare(workspace, workspace.resolve(), "t", {}, Source("user"))
        self._claimed: list[tuple[str, str, int]] = []

    def turn(self, jobs: int) -> None:
        orchestrator = self._app.orchestrator
        for job_id, step, attempt in self._claimed:
            orchestrator.post_event(job_id, StepExited(time.time(), step, attempt, exit_code=0))
        self._claimed = []
        for _ in range(jobs):
            orchestrator.enqueue_job(self._new_job())
        orchestrator.settle(self._claim)

    def _new_job(self) -> Job:
        return replace(self._first, id=self._app.orchestrator.job_factory.new_id(), created_at=time.time())

    def _claim(self, transaction: Transaction) -> bool:
        offer = self._app.orchestrator.dispatch.take(lambda job_id: True)
        if offer is None:
            return False
        token = os.urandom(12).hex()
        claimed = StepClaimed(time.time(), offer.step, offer.attempt, "worker", token, {})
        if self._app.orchestrator.try_apply(transaction, offer.job_id, claimed):
            self._claimed.append((offer.job_id, offer.step, offer.attempt))
        return True


@dataclass(frozen=True, slots=True)
class Figures:
    jobs: int  #: a turn
    took: list[float]  #: each turn, in seconds
    cpu_s: float
    trips: int  #: round trips to PostgreSQL

    def __str__(self) -> str:
        cuts, count = quantiles(self.took, n=100), self.jobs * len(self.took)
        return (
            f"{self.jobs:4} jobs a turn: {count / sum(self.took):7.0f} jobs/s, turn p50 {cuts[49] * 1000:.2f} ms, "
            f"p99 {cuts[98] * 1000:.2f} ms, CPU a job {self.cpu_s / count * 1000:.2f} ms, "
            f"trips a turn {self.trips / len(self.took):.2f}"
        )


def measure(url: str | None, jobs: int, turns: int) -> Figures:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "w" / ".workflows").mkdir(parents=True)
        (folder / "w" / ".workflows" / "a.yaml").write_text(FLOW)
        key = folder / "secrets.key"
        key.write_text("A" * 43 + "=\n")
        key.chmod(0o600)
        config = Config(state_dir=str(folder / "state"), db_url=url, secrets_key_file=str(key), worker=WorkerConfig(8))
        workspace = FolderWorkspace(str(folder / "w"), "w")
        environ = {"HOME": place, "GITFLOW_CACHE": str(folder / "cache")}
        with open_app(config, environ, {}, "server", lambda name: True) as app:
            driver = app.opened.stores.jobs._driver  # type: ignore[attr-defined]
            bench = Turns(app, workspace)
            for _ in range(5):
                bench.turn(jobs)
            took: list[float] = []
            trips, cpu = getattr(driver, "trips", 0), time.thread_time()
            for _ in range(turns):
                before = time.perf_counter()
                bench.turn(jobs)
                took.append(time.perf_counter() - before)
            cpu = time.thread_time() - cpu
            trips = getattr(driver, "trips", 0) - trips
            bench.turn(0)
    return Figures(jobs, took, cpu, trips)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--url", help="db.url; SQLite in a temporary folder without it")
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("jobs", type=int, nargs="*", default=[1, 8, 64])
    given = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}")
    for jobs in given.jobs:
        print(measure(given.url, jobs, given.turns))


if __name__ == "__main__":
    main()
