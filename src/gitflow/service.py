"""A server without its HTTP API: the engine in a thread of its own, workspaces and triggers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from gitflow.app import ages_of, open_app, stores_of, workspaces_of
from gitflow.config.signatures import rules_of
from gitflow.core.record import Record, replace
from gitflow.runtime.engine.drain import Drain
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.runtime.engine.notifications import Notifications
from gitflow.runtime.engine.server_events import ServerEvents
from gitflow.runtime.engine.thread import EngineThread
from gitflow.runtime.operations.announcer import Announcer
from gitflow.runtime.triggers.service import TriggerService
from gitflow.runtime.workspaces.missing_files import MissingFiles
from gitflow.runtime.workspaces.service import WorkspaceService
from gitflow.runtime.workspaces.signatures import Sightings, Signatures
from gitflow.server_parts import cluster_of, heartbeat_of, renew_lease, serving, shared_parts, sweeping, telemetry_of
from gitflow.stores.owners import SERVER

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from gitflow.app import App, Led, OpenedStore
    from gitflow.config import Config
    from gitflow.runtime.telemetry.service import Telemetry
    from gitflow.runtime.worker.kubernetes.target import Target
    from gitflow.runtime.workspaces.acceptances import Acceptances
    from gitflow.runtime.workspaces.pauses import SyncPauses
    from gitflow.runtime.workspaces.served import ServedWorkspaces
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace

#: How long running steps may take to end once a signal stops a server, in seconds, unless ``drain_timeout`` is less.
STOP_S = 20.0


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


@asynccontextmanager
async def open_server(
    config: Config, environ: Mapping[str, str], on_end: Callable[[], None], led: Led | None = None
) -> AsyncGenerator[Service]:
    """Everything a server needs except its HTTP API.

    ``on_end`` is called in another thread if the engine fails, and once it has been drained. ``led``: see ``open_app``.
    On exit, running steps have ``STOP_S`` to end. Raises StoreError, and GitflowError for an invalid workspace.
    """
    workspaces = workspaces_of(config, environ)
    identities = {workspace.identity for workspace in workspaces.values()}
    pass_env = {name: environ[name] for name in config.worker.pass_env if name in environ}
    if led is not None and led.opened.revision_files is not None:
        await MissingFiles(led.opened.stores, led.opened.checkouts, workspaces.values()).bring_at_once()
    with open_app(config, environ, pass_env, SERVER, identities.__contains__, led=led) as app:
        opened, fleet = app.opened, app.fleet
        assert fleet is not None
        service, workspaces_service = service_of(app, workspaces, environ, on_end)
        engine, commit_queue = service.engine, service.commit_queue
        heartbeat = heartbeat_of(config, app.worker, app.worker_id, opened.stores, commit_queue, opened.clock)
        telemetry = telemetry_of(config, app.orchestrator, service.served)
        cluster = cluster_of(config, fleet, opened.checkouts, opened.clock, environ)
        if led is not None:
            renew_lease(led.lease, opened.stores.jobs, app.orchestrator.timers, app.engine)
        opened.snapshots.read_elsewhere()  # the engine's thread has the store of this one from now on
        engine.start()
        commit_queue.submit(lambda transaction: opened.snapshots.read_here(opened.stores.jobs))
        try:
            poll_s = {name: found.poll_interval_secs for name, found in config.workspaces.items()}
            shared = shared_parts(opened.revision_files, service.served, partial(stores_of, config))
            sweeper = sweeping(ages_of(config), opened.stores, commit_queue, opened.clock, shared)
            running = workspaces_service.running(commit_queue, poll_s)
            async with service.triggers.running(), running, heartbeat.loop, sweeper, serving(cluster):
                yield replace(service, telemetry=telemetry, cluster=cluster)
        finally:
            fleet.close()
            engine.stop(min(STOP_S, config.drain_timeout))
            await asyncio.to_thread(service.served.close)
            await asyncio.to_thread(engine.join)
            if telemetry is not None:
                await asyncio.to_thread(telemetry.stop)


def service_of(
    app: App, workspaces: Mapping[str, Workspace], environ: Mapping[str, str], on_end: Callable[[], None]
) -> tuple[Service, WorkspaceService]:
    """Its parts, none of which runs yet."""
    opened, config = app.opened, app.opened.config
    commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
    signatures = Signatures(
        rules_of(config), Sightings(opened.stores, partial(stores_of, config), commit_queue, opened.clock.wall)
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


def _reading(opened: OpenedStore) -> Stores:
    """Opens stores for this thread, which then reads definitions from them, too."""
    stores = stores_of(opened.config)
    opened.snapshots.read_here(stores.jobs)
    return stores
