"""Chooses the backend of a command: the server of ``--server`` or ``GITFLOW_SERVER``, or else this machine."""

from __future__ import annotations

import os
from functools import wraps
from typing import TYPE_CHECKING

import click

from gitflow.cli.console.options import finish, state_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitflow.cli.backends.base import Backend
    from gitflow.cli.backends.remote import RemoteBackend

SERVER, TOKEN = "GITFLOW_SERVER", "GITFLOW_TOKEN"

_AS = f"as ${TOKEN} says, or who signed in with gitflow login"
server_option = click.option("--server", metavar="URL", help=f"Use this server (default: ${SERVER}), {_AS}.")
explicit_server_option = click.option("--server", metavar="URL", help=f"Use this server, {_AS}.")


def on_jobs(command: Callable[..., int]) -> Callable[..., None]:
    """Calls the command with the backend that has its jobs, and ends with its exit status.

    ``--state-dir`` names a directory of this machine, so that ``GITFLOW_SERVER`` does not count.
    """

    @wraps(command)
    def call(server: str | None, state_dir: str | None, **given: Any) -> None:
        finish(lambda: command(choose(server, state_dir), **given))

    return state_option(server_option(call))


def on_definitions(command: Callable[..., int]) -> Callable[..., None]:
    """Like ``on_jobs``, for definitions: the backend is local unless ``--server`` names a server."""

    @wraps(command)
    def call(server: str | None, **given: Any) -> None:
        finish(lambda: command(connect(server) if server else _open_local(None), **given))

    return explicit_server_option(call)


def on_server(command: Callable[..., int]) -> Callable[..., None]:
    """Like ``on_jobs``, for commands that need a server."""

    @wraps(command)
    def call(server: str | None, **given: Any) -> None:
        finish(lambda: command(connect(server), **given))

    return server_option(call)


def connect(url: str | None) -> RemoteBackend:
    """Raises InvalidInput if no server is named."""
    from gitflow.cli.backends.client import Client
    from gitflow.cli.backends.remote import RemoteBackend
    from gitflow.cli.backends.sign_in import Session

    url, token = find_server(url), os.environ.get(TOKEN)
    return RemoteBackend(Client(url, token, session=None if token else Session(Client(url), os.environ)))


def find_server(url: str | None) -> str:
    """Raises InvalidInput if no server is named."""
    from gitflow.core.errors import InvalidInput

    url = url or os.environ.get(SERVER)
    if not url:
        raise InvalidInput(f"this command needs a server; name one with --server or ${SERVER}")
    return url


def choose(server: str | None, state_dir: str | None) -> Backend:
    """The backend that has the jobs. Raises InvalidInput."""
    if server and state_dir:
        from gitflow.core.errors import InvalidInput

        raise InvalidInput("--state-dir and --server cannot be used together; leave one of them out")
    if server or (os.environ.get(SERVER) and not state_dir):
        return connect(server)
    return _open_local(state_dir)


def _open_local(state_dir: str | None) -> Backend:
    from gitflow.cli.backends.local import LocalBackend

    return LocalBackend(state_dir)
