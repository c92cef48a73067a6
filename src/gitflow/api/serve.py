"""Starts and stops the HTTP server: its context, its background tasks, and its listening socket.

The limits of connections are in http/connection.py.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from gitflow import __version__
from gitflow.api.auth.initial_user import create_initial_user
from gitflow.api.auth.providers import Providers
from gitflow.api.dialects.base import Dialects
from gitflow.api.http.access import AccessPolicy
from gitflow.api.http.connection import FINISH_S, Connections
from gitflow.api.http.context import Context, EngineStatus
from gitflow.api.http.host_check import host_of
from gitflow.api.http.loaded_jobs import LoadedJobs
from gitflow.api.http.openapi import NATIVE, describe
from gitflow.api.http.reader import Reader
from gitflow.api.metrics.metrics import ErrorCount, Metrics
from gitflow.api.route_table import body_schemas, import_common, router, routes, schemas
from gitflow.api.server import Server
from gitflow.config import ConfigError
from gitflow.core.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from aiohttp import web

    from gitflow.api.http.cors import Cors
    from gitflow.api.http.following import PassOn
    from gitflow.config import Config
    from gitflow.core.values import JsonObject
    from gitflow.service import Service

#: How long after the start of a server the modules of common requests are imported, in seconds.
IMPORT_AFTER_S = 0.5


@asynccontextmanager
async def serving(service: Service) -> AsyncGenerator[tuple[Server, str]]:
    """Listens, and yields the server and its address. On exit, answers in progress may finish.

    Raises ConfigError.
    """
    async with answering(service) as server, listening(server) as address:
        yield server, address


@asynccontextmanager
async def answering(service: Service, pass_on: PassOn | None = None) -> AsyncGenerator[Server]:
    """What answers requests, with its background tasks. ``pass_on``: to the active server, which this one follows; then
    it has none of the tasks that change something.

    Raises ConfigError.
    """
    reader = Reader(service.open_reader)
    try:
        dialects = Dialects(service.config.dialects)
        context = context_of(service, reader, partial(_describe_api, dialects), pass_on)
        server = Server(context, dialects, router(dialects), body_schemas)
        metrics = context.part(Metrics)
        service.app.orchestrator.observers.append(metrics.count_job)
        with _count_errors(ErrorCount(metrics)), _importing_common():
            async with AsyncExitStack() as background:
                if pass_on is None:
                    await create_initial_user(context)
                    await _enter_optional(background, context)
                    for loop in dialects.loops(context):
                        await background.enter_async_context(loop)
                yield server
        await context.part(Providers).close()
    finally:
        await asyncio.to_thread(reader.close)


async def _enter_optional(background: AsyncExitStack, context: Context) -> None:
    """Begins what only some configurations ask for; its modules are imported for those alone. Raises ConfigError."""
    config, workspaces = context.config, context.config.workspaces.values()
    if any(workspace.settings.get("pull_requests") for workspace in workspaces):
        from gitflow.api.pulls.service import judging_pulls

        await background.enter_async_context(judging_pulls(context))
    if any(workspace.writable for workspace in workspaces):
        from gitflow.api.pulls.changes import taking_changes

        await background.enter_async_context(taking_changes(context))
    if config.mcp.enabled:
        from gitflow.api.mcp.endpoint import serving_mcp

        await background.enter_async_context(serving_mcp(context))


@contextmanager
def _importing_common() -> Generator[None]:
    """Imports what most requests need, a module a turn of the event loop, after the server has begun to listen."""
    loop, steps = asyncio.get_running_loop(), import_common()

    def import_next() -> None:
        nonlocal timer
        if next(steps, True) is None:
            timer = loop.call_soon(import_next)

    timer: asyncio.Handle = loop.call_later(IMPORT_AFTER_S, import_next)
    try:
        yield
    finally:
        timer.cancel()


def context_of(
    service: Service,
    reader: Reader,
    describe_api: Callable[[str | None], JsonObject],
    pass_on: PassOn | None = None,
) -> Context:
    app, opened = service.app, service.app.opened
    assert app.fleet is not None
    return Context(
        config=service.config,
        environ=service.environ,
        version=__version__,
        started_at=time.time(),
        stopping=asyncio.Event(),
        clock=opened.clock,
        access=AccessPolicy(service.config, service.served),
        reader=reader,
        stores=opened.stores,
        commits=service.commit_queue,
        operations=app.operations,
        workspaces=service.served,
        sync=service.sync,
        acceptances=service.acceptances,
        snapshots=opened.snapshots,
        triggers=service.triggers,
        drain=service.drain,
        notifications=service.notifications,
        server_events=service.server_events,
        open_job=app.orchestrator.job,
        loaded=LoadedJobs(opened.snapshots.plan_of),
        job_factory=app.orchestrator.job_factory,
        secrets_of=app.renderer.secrets,
        engine=_engine_status(service),
        fleet=app.fleet,
        cluster=service.cluster,
        describe_api=describe_api,
        pass_on=pass_on,
    )


def _describe_api(served: Dialects, face: str | None) -> JsonObject:
    shown = Dialects(()) if face == NATIVE else served
    return describe(routes(shown), schemas(shown))


def _engine_status(service: Service) -> EngineStatus:
    app, telemetry = service.app, service.telemetry
    return EngineStatus(
        is_alive=lambda: service.engine.is_alive,
        open_jobs=lambda: len(app.orchestrator.open_ids()),
        running_steps=lambda: app.worker.running,
        dropped_spans=None if telemetry is None else lambda: telemetry.dropped,
        worker_id=app.worker_id,
    )


class Listener(Protocol):
    """What takes the requests that arrive."""

    @property
    def config(self) -> Config: ...

    @property
    def cors(self) -> Cors: ...

    async def serve(self, http_request: web.BaseRequest, /) -> web.StreamResponse: ...

    def stop(self) -> None:
        """Streams are to end: the server stops."""
        ...


@contextmanager
def _count_errors(errors: ErrorCount) -> Generator[None]:
    logger = logging.getLogger("gitflow")
    logger.addHandler(errors)
    try:
        yield
    finally:
        logger.removeHandler(errors)


#: Turns of the event loop from the accept of a connection until it is known: a task begins, it makes the transport, and
#: that makes the connection known.
ACCEPT_TURNS = 3


@asynccontextmanager
async def listening(server: Listener) -> AsyncGenerator[str]:
    """Listens, and yields the address. Raises ConfigError if it cannot or must not listen there."""
    config = server.config
    host, port = address_of(config)
    connections = Connections(server.serve, server.cors)
    loop = asyncio.get_running_loop()
    try:
        listener = await loop.create_server(connections, host or None, port, backlog=1024)
    except OSError as error:
        raise ConfigError(f"cannot listen on {config.listen}: {error.strerror or error}") from None
    try:
        yield _address(listener, host)
    finally:
        server.stop()
        await _accept_no_more(listener)
        connections.pre_shutdown()
        await connections.shutdown(FINISH_S)


async def _accept_no_more(listener: asyncio.Server) -> None:
    """Closes the listening sockets after the connections that were accepted already are known, so that they are closed.

    A connection that is accepted in the same turn as its listener is closed is never closed itself (CPython 3.11).
    """
    for each in listener.sockets:
        asyncio.get_running_loop().remove_reader(each.fileno())
    for _ in range(ACCEPT_TURNS):
        await asyncio.sleep(0)
    listener.close()


def address_of(config: Config) -> tuple[str, int]:
    """Host and port. Raises ConfigError for an open server on an address that others can reach."""
    host, port = host_of(config.listen), int(config.listen.rpartition(":")[2])
    if port > 65_535:
        raise ConfigError(f"listen: {config.listen!r} has no port between 0 and 65535")
    if config.auth is None and not config.allow_open and not is_loopback(host):
        raise ConfigError(
            f"listen: {config.listen!r} can be reached by others, and this server has no auth section: anybody could "
            "run anything. Listen on 127.0.0.1, add an auth section, or set allow_open: true"
        )
    return host, port


def _address(listener: asyncio.Server, host: str) -> str:
    port = listener.sockets[0].getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host or '0.0.0.0'}:{port}"
