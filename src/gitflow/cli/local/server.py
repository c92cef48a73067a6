"""``gitflow server``: serves until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from gitflow.api.http.importing import import_aiohttp
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.locate import find_state_conflict
from gitflow.cli.console.server_log import log_to_stderr
from gitflow.cli.local.garbage import collect_from_now_on
from gitflow.cli.local.service_manager import ServiceManager
from gitflow.config import default_cache_dir, default_state_dir, find_config, read_config
from gitflow.config.artifacts import check_artifacts
from gitflow.config.settings import WorkspaceConfig
from gitflow.core.errors import InvalidInput
from gitflow.core.record import Record, replace
from gitflow.service import open_server
from gitflow.stores.protocols.blobs import BlobsAway
from gitflow.stores.registry import is_on_server
from gitflow.workspaces.registry import find_workspace

if TYPE_CHECKING:
    from gitflow.config import Config
    from gitflow.runtime.workspaces.served import ServedWorkspaces


_log = logging.getLogger("gitflow")

#: The name of the workspace that a server without a configuration serves.
FOLDER_NAME = "default"

#: When everything that a server needs from its start on has been made, in seconds after it has begun to listen.
STARTED_S = 2.0

#: How long a server that listens waits for its workspaces before it says so, in seconds.
LOADED_S = 1.0

#: Signals that end a server.
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class ServerOptions(Record):
    config: str | None = None
    listen: str | None = None
    state_dir: str | None = None
    log_format: str = "text"


def run_server(options: ServerOptions) -> int:
    """Runs the server until a signal ends it. Raises GitflowError if it cannot start."""
    log_to_stderr(options.log_format)
    import_aiohttp()
    config = _config(options)
    _check_artifacts(config)
    return asyncio.run(_serve(config))


def _check_artifacts(config: Config) -> None:
    """Raises StoreError for a place that refuses this server. One that is away now may be back before it is needed."""
    try:
        check_artifacts(config, writes=True)
    except BlobsAway as error:
        _log.error("%s", error)


def _config(options: ServerOptions) -> Config:
    path = options.config or find_config(os.getcwd())
    config = read_config(path, os.environ, default_cache_dir(os.environ), for_server=True)
    if path is None and not config.workspaces:
        config = replace(config, workspaces={FOLDER_NAME: _workspace_here()})
    if options.state_dir is None and (which := find_state_conflict(config)):
        _log.warning(which)
    state_dir = options.state_dir or config.state_dir or default_state_dir(os.environ)
    return replace(config, state_dir=state_dir, listen=options.listen or config.listen)


def _workspace_here() -> WorkspaceConfig:
    """The workspace of this folder, for a server without a configuration. Raises InvalidInput if there is none."""
    folder = find_workspace(os.getcwd())
    if folder is None:
        raise InvalidInput(
            "there is neither a server-config.yaml nor a workspace here or above: name a configuration with --config, "
            "or create both with: gitflow init --server"
        )
    return WorkspaceConfig(FOLDER_NAME, "folder", {"path": folder})


async def _serve(config: Config) -> int:
    systemd = ServiceManager(os.environ)
    serve = _serve_beside_others if is_on_server(config.db_url) else _serve_alone
    async with systemd.watching_event_loop():
        return await serve(config, systemd)


async def _serve_alone(config: Config, systemd: ServiceManager) -> int:
    from gitflow.api.serve import serving  # imports aiohttp, which is to be imported before by ``import_aiohttp``

    over = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.call_soon_threadsafe(over.set)

    async with open_server(config, os.environ, end) as service:

        def stop() -> None:
            systemd.stopping()
            if over.is_set():  # a second signal does not wait for running steps
                service.engine.stop(0.0)
            over.set()

        for number in SIGNALS:
            loop.add_signal_handler(number, stop)
        async with serving(service) as (_, address):
            await _until_loaded(service.served)
            _announce(systemd, address)
            await over.wait()
    return _end(service.engine.failure)


async def _until_loaded(served: ServedWorkspaces) -> None:
    """Waits until each workspace has been loaded, refused or found unreachable, for ``LOADED_S`` at most.

    A program that waits for the address can run tasks then.
    """
    until = time.monotonic() + LOADED_S
    while not served.is_ready and time.monotonic() < until:
        await asyncio.sleep(0.002)


async def _serve_beside_others(config: Config, systemd: ServiceManager) -> int:
    """As one of several servers on a database."""
    from gitflow.api.roles import Roles  # imports aiohttp, see above

    roles = Roles(config, os.environ)

    def stop() -> None:
        systemd.stopping()
        roles.stop()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await roles.run(partial(_announce, systemd))
    return _end(roles.failure)


def _announce(systemd: ServiceManager, address: str) -> None:
    print(f"gitflow server listening on {address}", flush=True)
    systemd.ready()
    asyncio.get_running_loop().call_later(STARTED_S, collect_from_now_on)


def _end(failure: BaseException | None) -> int:
    for number in SIGNALS:  # Everything is stored by now, and another signal must not kill the process while it ends.
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)
    if failure is not None:
        print(f"gitflow: {failure}", file=sys.stderr)
        return FAILED
    return OK
