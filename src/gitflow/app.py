"""Builds the application from a Config, and closes it again.

``open_store`` builds what reading needs; ``open_app`` adds what running needs. Both first settle the jobs of
dead processes.
"""

from __future__ import annotations

import os

from gitflow.config import default_cache_dir
from gitflow.core.record import Record
from gitflow.core.standard import contextmanager, partial
from gitflow.runtime.clock import Clock, random_fraction
from gitflow.runtime.engine.recovery import Recovery, Takeover
from gitflow.runtime.worker.step_dirs import StepDirs
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.stores.ids import new_id
from gitflow.stores.owners import RUN, SERVER
from gitflow.stores.registry import RESERVE, is_on_server, open_stores
from gitflow.workspaces.checkouts import Checkouts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from gitflow.config import Config
    from gitflow.core.jobs.job import Job
    from gitflow.core.logs import LogChunk
    from gitflow.runtime.engine.engine import Engine
    from gitflow.runtime.engine.log_writer import LogWriter
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.maintenance.janitor import Ages
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.worker.fleet import Fleet
    from gitflow.runtime.worker.step_input import Renderer
    from gitflow.runtime.worker.worker import Worker
    from gitflow.runtime.workspaces.revision_files import RevisionFiles
    from gitflow.stores.owners import Owner
    from gitflow.stores.protocols.leases import Lease
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace


class OpenedStore(Record):
    """The stores, and what else reading jobs needs."""

    config: Config
    stores: Stores
    snapshots: Snapshots
    checkouts: Checkouts
    step_dirs: StepDirs
    recovery: Recovery
    clock: Clock
    cache_dir: str
    revision_files: RevisionFiles | None = None  #: those that servers share; None: they share none

    def load(self, job_id: str) -> Job:
        """Raises NotFound."""
        return self.stores.jobs.load(job_id, self.snapshots.plan_of)

    def job(self, start_of_id: str) -> Job:
        """Raises NotFound, or InvalidInput if several jobs have this prefix."""
        return self.stores.jobs.load(self.stores.jobs.find(start_of_id), self.snapshots.plan_of)


class App(Record):
    """The engine, and what else running jobs needs."""

    opened: OpenedStore
    orchestrator: Orchestrator
    engine: Engine
    log_writer: LogWriter
    operations: Operations
    renderer: Renderer
    worker: Worker  #: the embedded one
    worker_id: str
    fleet: Fleet | None  #: all workers of a server


class Led(Record):
    """What a server of a database that has one active server opened to become it."""

    opened: OpenedStore
    owner: Owner
    lease: Lease


@contextmanager
def open_store(config: Config, environ: Mapping[str, str]) -> Generator[OpenedStore]:
    """Raises StoreError, and ConfigError for a store that only a server may use."""
    opened = open_parts(config, environ)
    try:
        opened.recovery.settle_the_dead(None)
        yield opened
    finally:
        opened.stores.close()


def _keep_reserve(state_dir: str) -> None:
    if not os.path.exists(os.path.join(state_dir, RESERVE)):  # it nearly always exists
        from gitflow.stores import reserve

        reserve.keep(state_dir)


@contextmanager
def open_app(
    config: Config,
    environ: Mapping[str, str],
    pass_env: Mapping[str, str],
    kind: str = RUN,
    serves: Callable[[str], bool] = lambda workspace: False,
    traceparent: str | None = None,
    led: Led | None = None,
) -> Generator[App]:
    """The store, with an owner and a worker of its own. Raises StoreError and ConfigError.

    With ``kind`` SERVER it resumes the jobs that other servers left open in the workspaces that it ``serves``, waits
    while the store cannot be written, and leaves its own open jobs to the next server. ``traceparent``: the trace of
    every job that is created here. ``led``: what this server has opened to become the active one.
    """
    opened = open_parts(config, environ, is_server=kind == SERVER) if led is None else led.opened
    try:
        _keep_reserve(config.state_dir)
        with opened.stores.owners.claim(kind) if led is None else led.owner as owner:
            if kind == SERVER and led is None:
                opened.stores.jobs.lead(owner.id)
            settled = opened.recovery.settle_the_dead(owner.id)
            takeover = Takeover(opened.recovery, owner.id)
            if kind == SERVER:
                takeover = Takeover(opened.recovery, owner.id, serves, lambda job, run: _fleet_of(app).adopt(job, run))
            app = build_app(opened, takeover, environ, pass_env, traceparent, lasting=kind == SERVER)
            if kind == SERVER:
                from gitflow.runtime.telemetry.job_log import log_jobs

                log_jobs(app.orchestrator, takeover, settled)
                app.orchestrator.recover(at_start=True)
            yield app
    finally:
        opened.stores.close()


def _fleet_of(app: App) -> Fleet:
    assert app.fleet is not None
    return app.fleet


def ages_of(config: Config) -> Ages:
    """The retention of each kind of data; ``logs.retention`` overrides ``retention.logs``."""
    from gitflow.runtime.maintenance.janitor import Ages

    kept = config.retention
    logs = kept.logs if config.logs.retention is None else config.logs.retention
    return Ages(kept.jobs, logs, kept.artifacts, kept.events)


def workspaces_of(config: Config, environ: Mapping[str, str]) -> dict[str, Workspace]:
    from gitflow.workspaces.registry import open_workspace

    cache_dir = default_cache_dir(environ)
    base = os.path.dirname(config.path) if config.path else "."
    return {
        name: open_workspace(
            {"type": found.type, **found.settings}, name, state_dir=config.state_dir, cache_dir=cache_dir, base=base
        )
        for name, found in config.workspaces.items()
    }


def stores_of(config: Config) -> Stores:
    share = None
    if config.artifacts is not None:
        from gitflow.config.artifacts import share_of

        share = share_of(config)
    return open_stores(
        config.state_dir, config.db_url, config.synchronous, key_file=config.secrets_key_file, share=share
    )


def open_parts(config: Config, environ: Mapping[str, str], *, is_server: bool = False) -> OpenedStore:
    if is_on_server(config.db_url):
        from gitflow.config.databases import check_use

        check_use(config, is_server=is_server)
    cache_dir = default_cache_dir(environ)
    stores = stores_of(config)
    snapshots = Snapshots(stores.jobs, cache_dir, partial(stores_of, config))
    revision_files = None
    if stores.shares_artifacts:
        from gitflow.runtime.workspaces.revision_files import shared_revisions

        revision_files = shared_revisions(stores)
    checkouts = Checkouts(config.state_dir, revision_files)
    step_dirs = StepDirs(config.state_dir, checkouts, stores)
    clock = Clock()
    recovery = Recovery(stores, snapshots.plan_of, step_dirs, clock, config.state_dir)
    return OpenedStore(config, stores, snapshots, checkouts, step_dirs, recovery, clock, cache_dir, revision_files)


def build_app(
    opened: OpenedStore,
    takeover: Takeover,
    environ: Mapping[str, str],
    pass_env: Mapping[str, str],
    traceparent: str | None,
    *,
    lasting: bool,
) -> App:
    from gitflow.actions.registry import encoders_of, prepare
    from gitflow.dispatch import DISPATCHES
    from gitflow.runners.runner import Runner
    from gitflow.runtime.engine.engine import Engine, Shutdown
    from gitflow.runtime.engine.job_factory import JobFactory
    from gitflow.runtime.engine.log_writer import LogWriter
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.timers import Timers
    from gitflow.runtime.operations.forwarded import ForwardedRequests
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.worker.secrets import caller_sources
    from gitflow.runtime.worker.step_input import Renderer
    from gitflow.runtime.worker.worker import Worker, WorkerSettings

    secrets = caller_sources(environ)
    if lasting:
        from gitflow.server_parts import secret_sources

        secrets = secret_sources(opened.config, environ)
    clock, timers = opened.clock, Timers()
    job_factory = JobFactory(opened.snapshots.of, clock, lambda: new_id(clock.now(), os.urandom(10)), traceparent)
    renderer = Renderer(
        opened.snapshots.of,
        secrets,
        encoders_of,
        lambda name, revision: opened.checkouts.at(name, revision).workflows,
    )
    slots = opened.config.worker.slot_count(is_server=lasting)
    own = opened.config.worker
    dispatch = DISPATCHES["shared" if lasting else "local"](own.tags if lasting else None, slots == 0, own.exclusive)
    orchestrator = Orchestrator(
        opened.stores, opened.load, dispatch, timers, clock, job_factory, renderer, opened.step_dirs, takeover
    )
    shutdown = Shutdown(clock)

    def store_output(chunk: LogChunk) -> None:
        log_writer.take(chunk)  # the log writer is constructed after the runner, which it wakes

    containers = partial(opened.config.container_settings, is_server=lasting)
    runner = Runner(prepare, store_output, clock.now, containers, log_limit=opened.config.logs.max_step_bytes)
    log_writer = LogWriter(opened.stores.logs, clock, runner.wake, shutdown.is_due if lasting else None)
    is_traced = lasting and opened.config.telemetry.otlp_endpoint is not None
    settings = WorkerSettings(job_factory.new_id(), slots, environ.get("HOME"), pass_env, is_traced)
    worker = Worker(orchestrator, runner, renderer, opened.step_dirs, clock, settings, random_fraction)
    operations = Operations(orchestrator, opened.snapshots, opened.stores, opened.checkouts)
    forwarded = ForwardedRequests(operations, clock)
    fleet = None
    if lasting:
        from gitflow.server_parts import fleet_of

        used = (orchestrator, dispatch, opened.stores, log_writer, runner, renderer, opened.step_dirs, clock)
        fleet = fleet_of(opened.config, worker, used, random_fraction)
    engine = Engine(
        orchestrator, fleet or worker, runner, log_writer, forwarded, timers, clock, shutdown, lasting=lasting
    )
    return App(opened, orchestrator, engine, log_writer, operations, renderer, worker, settings.worker_id, fleet)
