"""Builds everything from a Config, once, and takes it down again.

``open_store`` is what reading needs; ``open_app`` adds what running needs. Both first settle what
dead processes have left open.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from gitflow.config import ConfigError, default_cache_dir
from gitflow.core.record import record
from gitflow.runtime.clock import Clock
from gitflow.runtime.engine.recovery import Recovery, Takeover
from gitflow.runtime.worker.step_dirs import StepDirs
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.stores.ids import new_id
from gitflow.stores.owners import RUN, SERVER
from gitflow.stores.registry import RESERVE, open_stores
from gitflow.workspaces.checkouts import Checkouts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping

    from gitflow.config import Config
    from gitflow.core.jobs.job import Job
    from gitflow.core.logs import LogChunk
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.engine.engine import Engine
    from gitflow.runtime.engine.log_writer import LogWriter
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.notifications import Notifications
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.thread import EngineThread
    from gitflow.runtime.maintenance.janitor import Ages
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.telemetry.service import Telemetry
    from gitflow.runtime.triggers.service import Triggering
    from gitflow.runtime.worker.heartbeat import Registration
    from gitflow.runtime.worker.step_input import Renderer
    from gitflow.runtime.worker.worker import Worker
    from gitflow.runtime.workspaces.pauses import SyncPauses
    from gitflow.runtime.workspaces.served import Served
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace

#: How long what runs may take to end once a server stops, in seconds.
DRAIN_S = 10.0


@record
class Opened:
    """What reads jobs."""

    config: Config
    stores: Stores
    snapshots: Snapshots
    checkouts: Checkouts
    folders: StepDirs
    recovery: Recovery
    clock: Clock
    cache_dir: str

    def load(self, job_id: str) -> Job:
        """Raises NotFound."""
        return self.stores.jobs.load(job_id, self.snapshots.plan_of)

    def job(self, start_of_id: str) -> Job:
        """Raises NotFound, or InvalidInput where several jobs begin so."""
        return self.stores.jobs.load(self.stores.jobs.find(start_of_id), self.snapshots.plan_of)


@record
class App:
    """What runs jobs."""

    opened: Opened
    orchestrator: Orchestrator
    engine: Engine
    log_writer: LogWriter
    operations: Operations
    renderer: Renderer
    worker: Worker  #: the embedded one
    worker_id: str


@record
class Service:
    """What a server serves: an application whose engine runs in a thread of its own, and its workspaces."""

    config: Config
    app: App
    engine: EngineThread
    counter: CommitQueue
    served: Served
    sync: SyncPauses
    notifications: Notifications
    triggering: Triggering
    open_reader: Callable[[], Stores]  #: another connection, for the thread that calls it
    telemetry: Telemetry | None = None  #: where a collector is told of jobs


@contextmanager
def open_store(config: Config, environ: Mapping[str, str]) -> Generator[Opened]:
    """Raises StoreError."""
    opened = _opened(config, environ)
    try:
        opened.recovery.settle_the_dead(None)
        yield opened
    finally:
        opened.stores.close()


def _keep_reserve(state_dir: str) -> None:
    if not os.path.exists(os.path.join(state_dir, RESERVE)):  # nearly always it is there
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
) -> Generator[App]:
    """The store, with an owner and a worker of its own. Raises StoreError.

    A ``kind`` of SERVER resumes the jobs that other servers left open in the workspaces that it ``serves``, waits for
    a store that cannot be written, and leaves its own open jobs to the next server. ``traceparent``: the trace that
    every job made here belongs to.
    """
    opened = _opened(config, environ)
    try:
        _keep_reserve(config.state_dir)
        with opened.stores.owners.claim(kind) as owner:
            opened.recovery.settle_the_dead(owner.id)
            takeover = Takeover(opened.recovery, owner.id, serves if kind == SERVER else None)
            app = _app(opened, takeover, environ, pass_env, traceparent, lasting=kind == SERVER)
            if kind == SERVER:
                app.orchestrator.recover(at_start=True)
            yield app
    finally:
        opened.stores.close()


@asynccontextmanager
async def open_server(
    config: Config, environ: Mapping[str, str], on_death: Callable[[], None]
) -> AsyncGenerator[Service]:
    """Everything a server needs but its HTTP face; ``on_death`` is called, in another thread, if the engine fails.

    On leaving, what runs may come to its end for a while. Raises StoreError, and GitflowError for a workspace that
    cannot be one.
    """
    import asyncio

    from gitflow.config.signatures import rules_of
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.notifications import Notifications
    from gitflow.runtime.engine.thread import EngineThread
    from gitflow.runtime.maintenance.janitor import Janitor
    from gitflow.runtime.maintenance.service import sweeping
    from gitflow.runtime.triggers.service import Triggering
    from gitflow.runtime.workspaces.service import Watching
    from gitflow.runtime.workspaces.signatures import Sightings, Signatures

    pass_env = {name: environ[name] for name in config.worker.pass_env if name in environ}
    workspaces = workspaces_of(config, environ)
    identities = {workspace.identity for workspace in workspaces.values()}
    with open_app(config, environ, pass_env, SERVER, identities.__contains__) as app:
        opened = app.opened
        counter = CommitQueue(app.orchestrator, app.engine.runner.wake)
        signatures = Signatures(
            rules_of(config), Sightings(opened.stores, partial(_stores, config), counter, opened.clock.wall)
        )
        watching = Watching(
            workspaces, opened.stores, opened.snapshots, opened.checkouts, opened.clock.wall, signatures
        )
        served = watching.served
        notifications = Notifications(asyncio.get_running_loop(), app.engine.runner.wake)
        notifications.attach(app.orchestrator, app.log_writer)
        registration = _registration(app, counter)
        registration.register()
        telemetry = _telemetry(config, app, served)
        engine = EngineThread(app.engine, on_death)
        opened.snapshots.read_elsewhere()  # the engine's thread has the store of this one from now on
        engine.start()
        counter.submit(lambda transaction: opened.snapshots.read_here(opened.stores.jobs))
        try:
            has_triggers = {name: found.has_triggers for name, found in config.workspaces.items()}
            triggering = Triggering(app.operations, served, counter, has_triggers)
            poll_s = {name: found.poll_interval_secs for name, found in config.workspaces.items()}
            janitor = sweeping(Janitor(opened.stores, ages_of(config)), counter, opened.clock.wall)
            async with triggering.running(), watching.running(counter, poll_s), registration.loop, janitor:
                reading = partial(_reading, opened)
                sync = watching.pauses
                yield Service(config, app, engine, counter, served, sync, notifications, triggering, reading, telemetry)
        finally:
            engine.stop(DRAIN_S)
            await asyncio.to_thread(served.close)
            await asyncio.to_thread(engine.join)
            if telemetry is not None:
                await asyncio.to_thread(telemetry.stop)


def _telemetry(config: Config, app: App, served: Served) -> Telemetry | None:
    """Raises ConfigError where it is configured, and cannot be."""
    if config.telemetry.otlp_endpoint is None:
        return None
    from gitflow.runtime.telemetry.service import Collector, Telemetry, Unusable

    given = config.telemetry
    collector = Collector(given.otlp_endpoint or "", given.headers, given.service_name, config.public_url)
    try:
        telemetry = Telemetry(collector, app.orchestrator, served)
    except Unusable as unusable:
        raise ConfigError(str(unusable)) from None
    telemetry.start()
    return telemetry


def _registration(app: App, counter: CommitQueue) -> Registration:
    from gitflow.runtime.worker.heartbeat import Registration

    opened, worker = app.opened, app.worker
    tags = opened.config.worker.tags
    return Registration(app.worker_id, tags, opened.stores, counter, opened.clock, lambda: worker.running)


def ages_of(config: Config) -> Ages:
    """How long things are kept; ``logs.retention`` wins over ``retention.logs``."""
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


def _stores(config: Config) -> Stores:
    return open_stores(config.state_dir, config.db_url, config.synchronous, key_file=config.secrets_key_file)


def _reading(opened: Opened) -> Stores:
    """For this thread, which then reads definitions by it, too."""
    stores = _stores(opened.config)
    opened.snapshots.read_here(stores.jobs)
    return stores


def _opened(config: Config, environ: Mapping[str, str]) -> Opened:
    cache_dir = default_cache_dir(environ)
    stores = _stores(config)
    snapshots = Snapshots(stores.jobs, cache_dir, partial(_stores, config))
    checkouts = Checkouts(config.state_dir)
    folders = StepDirs(config.state_dir, checkouts, stores)
    clock = Clock()
    recovery = Recovery(stores, snapshots.plan_of, folders, clock)
    return Opened(config, stores, snapshots, checkouts, folders, recovery, clock, cache_dir)


def _app(
    opened: Opened,
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
    from gitflow.runtime.worker.secrets import callers
    from gitflow.runtime.worker.step_input import Renderer
    from gitflow.runtime.worker.worker import Worker, WorkerSettings

    clock, timers = opened.clock, Timers()
    maker = JobFactory(opened.snapshots.of, clock, lambda: new_id(clock.now(), os.urandom(10)), traceparent)
    renderer = Renderer(
        opened.snapshots.of,
        _allowed(opened.config, environ) if lasting else callers(environ),
        encoders_of,
        lambda name, revision: opened.checkouts.at(name, revision).workflows,
    )
    slots = _slots(opened.config, is_server=lasting)
    dispatch = DISPATCHES["local"](opened.config.worker.tags if lasting else None, is_off=slots == 0)
    orchestrator = Orchestrator(
        opened.stores, opened.load, dispatch, timers, clock, maker, renderer, opened.folders, takeover
    )
    shutdown = Shutdown(clock)

    def store_output(chunk: LogChunk) -> None:
        log_writer.take(chunk)  # made after the runner, which it wakes

    runner = Runner(prepare, store_output, clock.now, log_limit=opened.config.logs.max_step_bytes)
    log_writer = LogWriter(opened.stores.logs, clock, runner.wake, shutdown.is_due if lasting else None)
    is_traced = lasting and opened.config.telemetry.otlp_endpoint is not None
    settings = WorkerSettings(maker.new_id(), slots, environ.get("HOME"), pass_env, is_traced)
    worker = Worker(orchestrator, runner, renderer, opened.folders, clock, settings, _chance)
    operations = Operations(orchestrator, opened.snapshots, opened.stores, opened.checkouts)
    forwarded = ForwardedRequests(operations, clock)
    engine = Engine(orchestrator, worker, runner, log_writer, forwarded, timers, clock, shutdown, lasting=lasting)
    return App(opened, orchestrator, engine, log_writer, operations, renderer, worker, settings.worker_id)


def _allowed(config: Config, environ: Mapping[str, str]) -> Callable[[str], Mapping[str, Json]]:
    """What the secrets of each served workspace may read here."""
    from gitflow.runtime.worker.secret_policy import Allowance, allowed

    base = os.path.dirname(config.path) if config.path else os.getcwd()
    allowances: dict[str, Allowance] = {}
    for name, workspace in config.workspaces.items():
        given: JsonObject = workspace.settings.get("secrets") or {}
        folders = [os.path.join(base, os.path.expanduser(folder)) for folder in given.get("files", ())]
        allowances[name] = Allowance(tuple(given.get("env", ())), tuple(folders))
    return allowed(environ, allowances)


def _slots(config: Config, *, is_server: bool) -> int:
    """0 turns a server's worker off; a command of one's own always has one."""
    wanted = config.worker.slots
    return wanted if wanted or (is_server and wanted == 0) else max(8, 2 * (os.cpu_count() or 1))


def _chance() -> float:
    return int.from_bytes(os.urandom(6), "big") / (1 << 48)
