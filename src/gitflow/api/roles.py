"""A server of a database that other servers reach, too: one role after the other, at one address.

The server listens before it has a role. While it follows, it tries each second to become the active one; what it then
opens, and closes when it is replaced, is in ``service.open_server``. Requests get the server of the role of the
moment; one that has begun is answered by that of the role before.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow.api.http.connection import FINISH_S
from gitflow.api.http.cors import Cors
from gitflow.api.http.errors import NO_ENGINE_RETRY_S, error_body
from gitflow.api.http.following import PassOn
from gitflow.api.http.headers import headers_for
from gitflow.api.http.response import encode
from gitflow.api.serve import answering, listening
from gitflow.config.databases import check_sharing
from gitflow.core.errors import NotActive, StoreError
from gitflow.service import open_server
from gitflow.standby import Candidate, open_follower

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from gitflow.api.server import Server
    from gitflow.app import Led
    from gitflow.config import Config
    from gitflow.service import Service
    from gitflow.stores.protocols.leases import ActiveServer

#: The pause between two tries to become active, each of which waits a while itself, in seconds.
PAUSE_S = 0.25
#: The pause after the database could not be reached, in seconds.
AWAY_S = 1.0

_log = logging.getLogger("gitflow.cluster")

_REPLACED = "this server was replaced as the active one; if this was to change something, look whether it did"


class Front:
    """See Listener: gives each request to the server of the moment."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.cors = Cors(config.cors.origins)
        self._now: _Answering | None = None

    async def serve(self, http_request: web.BaseRequest) -> web.StreamResponse:
        now = self._now
        if now is None:
            return _starting()
        with now:
            return await now.server.serve(http_request)

    @property
    def is_empty(self) -> bool:
        """Whether there is none yet."""
        return self._now is None

    def show(self, server: Server) -> _Answering | None:
        """Gives it the requests from now on; returns what answered them before."""
        before, self._now = self._now, _Answering(server)
        return before

    def stop(self) -> None:
        if self._now is not None:
            self._now.server.stop()


class _Answering:
    """A server, with the requests that it answers."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._requests = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def __enter__(self) -> None:
        self._requests += 1
        self._is_idle.clear()

    def __exit__(self, *error: object) -> None:
        self._requests -= 1
        if not self._requests:
            self._is_idle.set()

    async def finish(self) -> None:
        """Ends its streams, and waits a while for its other requests."""
        self.server.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_S):
                await self._is_idle.wait()


class Roles:
    """``stop`` may be called from a signal handler; twice, and running steps get no more time."""

    def __init__(self, config: Config, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self._front = Front(config)
        self._over = asyncio.Event()
        self._engine_ended = asyncio.Event()
        self._stack = AsyncExitStack()  #: of the role
        self._service: Service | None = None  #: of the active server, if it is this one
        self._active: ActiveServer | None = None
        self._said = ""
        self._on_first_role: Callable[[], None] = _nothing
        self.failure: BaseException | None = None  #: why the engine has ended, if it failed

    def stop(self) -> None:
        if self._over.is_set() and self._service is not None:
            self._service.engine.stop(0.0)
        self._over.set()

    async def run(self, on_start: Callable[[str], None]) -> None:
        """Until ``stop``, or the engine has ended by itself. ``on_start`` gets the address once requests are answered.

        Raises StoreError if the database cannot be used at the start, and ConfigError.
        """
        candidate: Candidate | None = None
        try:
            async with listening(self._front) as address:
                self._on_first_role = partial(on_start, address)
                url = self._config.cluster.url or _reachable(address)
                candidate = await self._new_candidate(url)
                led = await asyncio.to_thread(candidate.try_to_lead)
                if led is None:
                    check_sharing(self._config)
                    await self._become_follower(candidate)
                    led = await self._follow(candidate)
                while led is not None and await self._lead(led):
                    candidate = await self._come_back(url)
                    led = None if candidate is None else await self._follow(candidate)
        finally:
            await self._stack.aclose()
            if candidate is not None:
                await asyncio.to_thread(candidate.close)

    async def _new_candidate(self, url: str) -> Candidate:
        return await asyncio.to_thread(Candidate, self._config, self._environ, url)

    async def _follow(self, candidate: Candidate) -> Led | None:
        """Until this server is to be the active one, or ends (None)."""
        while not self._over.is_set():
            try:
                led = await asyncio.to_thread(candidate.try_to_lead)
                if led is not None:
                    return led
                self._active = await asyncio.to_thread(candidate.find_active)
                self._said = ""
                pause_s = PAUSE_S
            except StoreError as error:
                self._say(f"this server follows, and cannot reach the database: {error}")
                pause_s = AWAY_S
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._over.wait()
        return None

    async def _lead(self, led: Led) -> bool:
        """Whether another server has taken the place of this one; otherwise this one ends. Raises StoreError at the
        start."""
        self._engine_ended.clear()
        self._active = None
        try:
            await self._become(self._active_server(led))
        except StoreError as error:
            if self._front.is_empty:
                raise
            self._say(f"this server cannot become the active one yet: {error}")
            return not self._over.is_set()
        assert self._service is not None
        _log.info("this server is the active one")
        over = asyncio.ensure_future(self._over.wait())
        ended = asyncio.ensure_future(self._engine_ended.wait())
        await asyncio.wait((over, ended), return_when=asyncio.FIRST_COMPLETED)
        for task in (over, ended):
            task.cancel()
        if isinstance(self._service.engine.failure, NotActive):
            self._service.commit_queue.refuse(NotActive(_REPLACED))
            return not self._over.is_set()
        self.failure = self._service.engine.failure
        return False

    async def _come_back(self, url: str) -> Candidate | None:
        """Follows, as soon as the database can be reached; None if this server ends before."""
        while not self._over.is_set():
            try:
                candidate = await self._new_candidate(url)
                await self._become_follower(candidate)
                return candidate
            except StoreError as error:
                self._say(f"this server was replaced, and cannot follow yet: {error}")
                await asyncio.sleep(AWAY_S)
        return None

    async def _become_follower(self, candidate: Candidate) -> None:
        self._active = await asyncio.to_thread(candidate.find_active)
        await self._become(self._follower())

    async def _become(self, role: AbstractAsyncContextManager[Server]) -> None:
        """Opens a role, gives it the requests, and closes the role before."""
        opened = AsyncExitStack()
        server = await opened.enter_async_context(role)
        before, self._stack = self._stack, opened
        answering_before = self._front.show(server)
        self._on_first_role, say = _nothing, self._on_first_role
        say()
        if answering_before is not None:
            await answering_before.finish()
        await before.aclose()

    @asynccontextmanager
    async def _active_server(self, led: Led) -> AsyncGenerator[Server]:
        loop = asyncio.get_running_loop()

        def on_end() -> None:
            loop.call_soon_threadsafe(self._engine_ended.set)

        async with open_server(self._config, self._environ, on_end, led) as service:
            self._service = service
            async with answering(service) as server:
                yield server

    @asynccontextmanager
    async def _follower(self) -> AsyncGenerator[Server]:
        pass_on = PassOn(self._url_of_active)
        try:
            async with (
                open_follower(self._config, self._environ) as service,
                answering(service, pass_on) as server,
            ):
                _log.info("this server follows the active one")
                yield server
        finally:
            await pass_on.close()

    def _url_of_active(self) -> str | None:
        return None if self._active is None or self._active.is_over else self._active.url

    def _say(self, sentence: str) -> None:
        if sentence != self._said:
            self._said = sentence
            _log.error("%s", sentence)


def _nothing() -> None:
    pass


def _reachable(address: str) -> str:
    """An address at which other machines may reach what listens on all addresses of this one."""
    for everywhere in ("://0.0.0.0:", "://[::]:"):
        address = address.replace(everywhere, f"://{os.uname().nodename}:")
    return address


def _starting() -> web.Response:
    body = encode(error_body("this server is starting", "no_engine"))
    headers = headers_for()
    headers["Retry-After"] = str(NO_ENGINE_RETRY_S)
    return web.Response(body=body, status=503, headers=headers)
