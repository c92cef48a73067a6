"""Builds the engine of one test: real, except for the clock, the secrets and the mocks, and with its store in memory.

``app.py`` does the same for a command or a server.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from gitflow.actions.registry import encoders_of, prepare
from gitflow.core.record import Record
from gitflow.dispatch import DISPATCHES
from gitflow.runners.container_settings import ContainerSettings
from gitflow.runners.runner import Runner
from gitflow.runtime.engine.engine import Engine, Shutdown
from gitflow.runtime.engine.job_factory import JobFactory
from gitflow.runtime.engine.log_writer import LogWriter
from gitflow.runtime.engine.orchestrator import Orchestrator
from gitflow.runtime.engine.recovery import Recovery, Takeover
from gitflow.runtime.engine.timers import Timers
from gitflow.runtime.operations.forwarded import ForwardedRequests
from gitflow.runtime.operations.operations import Operations
from gitflow.runtime.testing.clock import VirtualClock
from gitflow.runtime.testing.definitions import OneSnapshot, tested
from gitflow.runtime.testing.faults import Faults
from gitflow.runtime.testing.mocks import MockAgent
from gitflow.runtime.testing.secrets import GIVEN, GivenSecrets
from gitflow.runtime.worker.agent import Agent, AgentSettings
from gitflow.runtime.worker.step_dirs import StepDirs
from gitflow.runtime.worker.step_input import Renderer
from gitflow.runtime.worker.worker import Worker, WorkerSettings
from gitflow.stores.ids import new_id
from gitflow.stores.registry import open_stores
from gitflow.workspaces.checkouts import Checkouts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.logs import LogChunk
    from gitflow.core.values import Json
    from gitflow.definitions.test_files.case import Case
    from gitflow.runtime.worker.agent import Link
    from gitflow.stores.registry import Stores

#: Jobs and logs live as long as the test.
IN_MEMORY = "sqlite:///:memory:"
OWNER = "run-test"
#: How many steps run at once where all are mocked: a worker's own limit would make a test depend on it.
MOCKED_SLOTS = 100_000
#: And where some are real, which are processes.
REAL_SLOTS = 64
#: In the place of chance, where a retry's delay is moved by it: so a test is the same each time.
JITTER = 0.5
#: How much log is kept of a real step, in bytes: it lies in memory.
LOG_LIMIT = 16 * 1024 * 1024


class Bench(Record):
    """The engine of one test."""

    snapshot: Snapshot
    checkouts: Checkouts
    clock: VirtualClock
    timers: Timers
    faults: Faults
    orchestrator: Orchestrator
    engine: Engine
    operations: Operations
    log_writer: LogWriter

    @property
    def is_working_for_real(self) -> bool:
        """Whether a real step runs, or its artifacts are being copied."""
        return bool(self.engine.runner.running) or self.engine.worker.is_staging


@contextmanager
def open_bench(case: Case, snapshot: Snapshot, state_dir: str) -> Generator[Bench]:
    """``state_dir`` is for real steps alone. Raises StoreError."""
    faults, clock = Faults(), VirtualClock(case.now)
    with open_stores(state_dir, IN_MEMORY, "normal") as stores:
        bench = _bench(case, tested(snapshot, case), stores, clock, faults, state_dir)
        try:
            yield bench
        finally:
            bench.engine.runner.close()


def _bench(
    case: Case,
    snapshot: Snapshot,
    stores: Stores,
    clock: VirtualClock,
    faults: Faults,
    state_dir: str,
) -> Bench:
    snapshots, timers, checkouts = OneSnapshot(snapshot), Timers(), Checkouts(state_dir)
    folders = StepDirs(state_dir, checkouts, stores)
    maker = JobFactory(snapshots.of, clock, _ids(case, clock))
    renderer = _renderer(case, snapshots, checkouts, faults)
    takeover = Takeover(Recovery(stores, snapshots.plan_of, folders, clock, state_dir), OWNER)
    load = partial(stores.jobs.load, plan_of=snapshots.plan_of)
    dispatch = DISPATCHES["local"](None, False, False)
    orchestrator = Orchestrator(stores, load, dispatch, timers, clock, maker, renderer, folders, takeover)

    def store_output(chunk: LogChunk) -> None:
        log_writer.take(chunk)  # made after the runner, which it wakes

    def run_for_real(link: Link) -> Agent:
        return Agent(runner, folders, link, AgentSettings())

    containers = partial(ContainerSettings, state_dir)
    runner = Runner(prepare, store_output, clock.now, containers, log_limit=LOG_LIMIT)
    log_writer = LogWriter(stores.logs, clock, runner.wake)
    worker = Worker(
        orchestrator,
        runner,
        renderer,
        folders,
        clock,
        WorkerSettings(maker.new_id(), REAL_SLOTS if case.real else MOCKED_SLOTS),
        lambda: JITTER,
        lambda link: MockAgent(link, case, faults, clock, timers, run_for_real),
    )
    operations = Operations(orchestrator, snapshots, stores, checkouts)
    forwarded = ForwardedRequests(operations, clock)
    engine = Engine(orchestrator, worker, runner, log_writer, forwarded, timers, clock, Shutdown(clock))
    return Bench(snapshot, checkouts, clock, timers, faults, orchestrator, engine, operations, log_writer)


def _ids(case: Case, clock: VirtualClock) -> Callable[[], str]:
    """Ids of jobs, counted up, so that a test is the same each time. Real steps get folders with these names, which
    tests that run at the same time must not share."""
    if case.real:
        return lambda: new_id(clock.now(), os.urandom(10))
    numbers = count(1)
    return lambda: f"00000000-0000-7000-8000-{next(numbers):012x}"


def _renderer(case: Case, snapshots: OneSnapshot, checkouts: Checkouts, faults: Faults) -> Renderer:
    """Templates of secrets see what the test gives and nothing else: no environment, no file, no encrypted one."""
    given = GivenSecrets(case.secrets, faults)

    def sources(workspace: str) -> Mapping[str, Json]:
        return {GIVEN: given}

    return Renderer(snapshots.of, sources, encoders_of, lambda name, revision: checkouts.at(name, revision).workflows)
