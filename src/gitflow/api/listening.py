"""Sockets: where the server listens, how long it waits for a slow client, and how it stops."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from gitflow.api import errors
from gitflow.api.answer import encoded
from gitflow.api.guard import host_of, is_loopback
from gitflow.api.headers import headers_for
from gitflow.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from typing import Any

    from gitflow.api.server import Server
    from gitflow.config import Config

#: How long a connection may stay without a request, and a request's head may take to arrive, in seconds.
IDLE_S = 75.0
HEAD_S = 20.0
#: How long answers in progress may take once the server stops, in seconds.
FINISH_S = 5.0


class Connection(RequestHandler):
    """One client. What is not HTTP is refused in the same shape as everything else."""

    __slots__ = ("_deadline",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._deadline = asyncio.get_running_loop().call_later(HEAD_S, self._give_up)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._current_request is not None or self._messages:
            self._deadline.cancel()  # the head is whole; its body has a limit of its own

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500:
            self.log_exception("the connection failed", exc_info=exc)
        text = "this is not a request: " + (message or "it cannot be read").split("\n")[0].rstrip(":.")
        body = encoded(errors.shown(text if status < 500 else errors.MEANING[500], errors.CODE_OF.get(status, "error")))
        response = web.Response(body=body, status=status, headers=headers_for())
        response.force_close()
        return response

    def _give_up(self) -> None:
        if self._current_request is None and not self._messages:
            self.force_close()


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


@asynccontextmanager
async def listening(server: Server) -> AsyncGenerator[str]:
    """Yields the address. Raises ConfigError where it must not, or cannot, listen there."""
    host, port = place_of(server.config)
    http = _Server(
        server.serve,
        access_log=None,
        keepalive_timeout=IDLE_S,
        max_line_size=16_384,
        max_field_size=16_384,
    )
    runner = web.ServerRunner(http, handle_signals=False, shutdown_timeout=FINISH_S)
    await runner.setup()
    try:
        try:
            site = web.TCPSite(runner, host or None, port, backlog=1024)
            await site.start()
        except OSError as error:
            raise ConfigError(f"cannot listen on {server.config.listen}: {error.strerror or error}") from None
        yield _address(runner, host)
    finally:
        server.is_stopping.set()
        await runner.cleanup()


def place_of(config: Config) -> tuple[str, int]:
    """Host and port. Raises ConfigError where anybody could reach a server that asks nobody who they are."""
    host, port = host_of(config.listen), int(config.listen.rpartition(":")[2])
    if port > 65_535:
        raise ConfigError(f"listen: {config.listen!r} has no port between 0 and 65535")
    if config.auth is None and not config.allow_open and not is_loopback(host):
        raise ConfigError(
            f"listen: {config.listen!r} can be reached by others, and this server has no auth section: anybody could "
            "run anything. Listen on 127.0.0.1, add an auth section, or set allow_open: true"
        )
    return host, port


def _address(runner: Any, host: str) -> str:
    port = runner.addresses[0][1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host or '0.0.0.0'}:{port}"
