"""Builds the application from a Config, and closes it again.

``open_store`` builds what reading needs; ``open_app`` adds what running needs. Both first settle the jobs of
dead processes.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from gitflow.config import default_cache_dir
from gitflow.core.record import Record, replace
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
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping

    from gitflow.config import Config
    from gitflow.core.jobs.job import Job
    from gitflow.core.logs import LogChunk
    from gitflow.runtime.engine.drain import Drain
    from gitflow.runtime.engine.engine import Engine
    from gitflow.runtime.engine.log_writer import LogWriter
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.notifications import Notifications
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.server_events import ServerEvents
    from gitflow.runtime.engine.thread import EngineThread
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.telemetry.service import Telemetry
    from gitflow.runtime.triggers.service import TriggerService
    from gitflow.runtime.worker.fleet import Fleet
    from gitflow.runtime.worker.kubernetes.target import Target
    from gitflow.runtime.worker.step_input import Renderer
    from gitflow.runtime.worker.worker import Worker
    from gitflow.runtime.workspaces.acceptances import Acceptances
    from gitflow.runtime.workspaces.pauses import SyncPauses
    from gitflow.runtime.workspaces.revision_files import RevisionFiles
    from gitflow.runtime.workspaces.served import ServedWorkspaces
    from gitflow.runtime.workspaces.service import WorkspaceService
    from gitflow.stores.owners import Owner
    from gitflow.stores.protocols.leases import Lease
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace

#: How long running steps may take to end once a signal stops a server, in seconds, unless ``drain_timeout`` is less.
STOP_S = 20.0


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


class Service(Record):
    """The parts of a server, except its HTTP API: the engine in a thread of its own, workspaces and triggers."""

    config: Config
    app: App
    engine: EngineThread
    commit_queue: CommitQueue
    served: ServedWorkspaces
    sync: SyncPauses
    acceptances: Acceptances
    notifications: Notifications
    server_events: ServerEvents
    triggers: TriggerService
    drain: Drain
    open_reader: Callable[[], Stores]  #: opens another connection, for the calling thread
    environ: Mapping[str, str]  #: in which it was started
    telemetry: Telemetry | None = None  #: None: no collector is configured
    cluster: Target | None = None  #: None: no Kubernetes cluster is configured


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


@asynccontextmanager
async def open_server(
    config: Config, environ: Mapping[str, str], on_end: Callable[[], None], led: Led | None = None
) -> AsyncGenerator[Service]:
    """Everything a server needs except its HTTP API.

    ``on_end`` is called in another thread if the engine fails, and once it has been drained. ``led``: see ``open_app``.
    On exit, running steps have ``STOP_S`` to end. Raises StoreError, and GitflowError for an invalid workspace.
    """
    import asyncio

    from gitflow.runtime.workspaces.missing_files import MissingFiles
    from gitflow.server_parts import (
        cluster_of,
        heartbeat_of,
        renew_lease,
        serving,
        shared_parts,
        sweeping,
        telemetry_of,
        workspaces_of,
    )

    workspaces = workspaces_of(config, environ)
    identities = {workspace.identity for workspace in workspaces.values()}
    pass_env = {name: environ[name] for name in config.worker.pass_env if name in environ}
    if led is not None and led.opened.revision_files is not None:
        await MissingFiles(led.opened.stores, led.opened.checkouts, workspaces.values()).bring_at_once()
    with open_app(config, environ, pass_env, SERVER, identities.__contains__, led=led) as app:
        opened = app.opened
        service, workspaces_service = service_of(app, workspaces, environ, on_end)
        engine, commit_queue = service.engine, service.commit_queue
        heartbeat = heartbeat_of(config, app.worker, app.worker_id, opened.stores, commit_queue, opened.clock)
        telemetry = telemetry_of(config, app.orchestrator, service.served)
        cluster = cluster_of(config, _fleet_of(app), opened.checkouts, opened.clock, environ)
        if led is not None:
            renew_lease(led.lease, opened.stores.jobs, app.orchestrator.timers, app.engine)
        opened.snapshots.read_elsewhere()  # the engine's thread has the store of this one from now on
        engine.start()
        commit_queue.submit(lambda transaction: opened.snapshots.read_here(opened.stores.jobs))
        try:
            poll_s = {name: found.poll_interval_secs for name, found in config.workspaces.items()}
            shared = shared_parts(opened.revision_files, service.served, partial(_stores, config))
            sweeper = sweeping(config, opened.stores, commit_queue, opened.clock, shared)
            running = workspaces_service.running(commit_queue, poll_s)
            async with service.triggers.running(), running, heartbeat.loop, sweeper, serving(cluster):
                yield replace(service, telemetry=telemetry, cluster=cluster)
        finally:
            _fleet_of(app).close()
            engine.stop(min(STOP_S, config.drain_timeout))
            await asyncio.to_thread(service.served.close)
            await asyncio.to_thread(engine.join)
            if telemetry is not None:
                await asyncio.to_thread(telemetry.stop)


def service_of(
    app: App, workspaces: Mapping[str, Workspace], environ: Mapping[str, str], on_end: Callable[[], None]
) -> tuple[Service, WorkspaceService]:
    """Its parts, none of which runs yet."""
    import asyncio

    from gitflow.config.signatures import rules_of
    from gitflow.runtime.engine.drain import Drain
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.notifications import Notifications
    from gitflow.runtime.engine.server_events import ServerEvents
    from gitflow.runtime.engine.thread import EngineThread
    from gitflow.runtime.operations.announcer import Announcer
    from gitflow.runtime.triggers.service import TriggerService
    from gitflow.runtime.workspaces.service import WorkspaceService
    from gitflow.runtime.workspaces.signatures import Sightings, Signatures

    opened, config = app.opened, app.opened.config
    commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
    signatures = Signatures(
        rules_of(config), Sightings(opened.stores, partial(_stores, config), commit_queue, opened.clock.wall)
    )
    workspaces_service = WorkspaceService(
        workspaces, opened.stores, opened.snapshots, opened.checkouts, opened.clock.wall, signatures
    )
    served = workspaces_service.served
    notifications = Notifications(asyncio.get_running_loop(), app.engine.runner.wake)
    notifications.attach(app.orchestrator, app.log_writer)
    server_events = ServerEvents(asyncio.get_running_loop(), opened.clock.wall())
    server_events.attach(app.orchestrator)
    announcer = Announcer(server_events, opened.clock.wall, app.worker_id)
    served.state_observers.append(announcer.on_state_change)
    engine = EngineThread(app.engine, on_end)
    has_triggers = {name: found.has_triggers for name, found in config.workspaces.items()}
    drain = Drain(opened.clock, opened.stores.triggers, announcer.announced_drain(engine.drain))
    triggers = TriggerService(app.operations, served, commit_queue, has_triggers, lambda: drain.is_draining)
    triggers.event_log.observers.append(announcer.on_trigger_event)
    service = Service(
        config=config,
        app=app,
        engine=engine,
        commit_queue=commit_queue,
        served=served,
        sync=workspaces_service.pauses,
        acceptances=workspaces_service.acceptances,
        notifications=notifications,
        server_events=server_events,
        triggers=triggers,
        drain=drain,
        open_reader=partial(_reading, opened),
        environ=environ,
    )
    return service, workspaces_service


def _stores(config: Config) -> Stores:
    share = None
    if config.artifacts is not None:
        from gitflow.config.artifacts import share_of

        share = share_of(config)
    return open_stores(
        config.state_dir, config.db_url, config.synchronous, key_file=config.secrets_key_file, share=share
    )


def _reading(opened: OpenedStore) -> Stores:
    """Opens stores for this thread, which then reads definitions from them, too."""
    stores = _stores(opened.config)
    opened.snapshots.read_here(stores.jobs)
    return stores


def open_parts(config: Config, environ: Mapping[str, str], *, is_server: bool = False) -> OpenedStore:
    if is_on_server(config.db_url):
        from gitflow.config.databases import check_use

        check_use(config, is_server=is_server)
    cache_dir = default_cache_dir(environ)
    stores = _stores(config)
    snapshots = Snapshots(stores.jobs, cache_dir, partial(_stores, config))
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
