"""Sockets: where the server listens, and how it stops. What one connection may take is in connection.py."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow.api.http.connection import FINISH_S, Connections
from gitflow.api.http.host_check import host_of, is_loopback
from gitflow.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from typing import Any

    from gitflow.api.server import Server
    from gitflow.config import Config


@asynccontextmanager
async def listening(server: Server) -> AsyncGenerator[str]:
    """Yields the address. Raises ConfigError where it must not, or cannot, listen there."""
    host, port = place_of(server.config)
    runner = web.ServerRunner(Connections(server.serve, server.cors), handle_signals=False, shutdown_timeout=FINISH_S)
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
