"""The commands that change definitions on a server, each time as a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitflow.cli.commands.backend import on_server
from gitflow.cli.commands.completion import server_triggers
from gitflow.cli.console.options import output_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitflow.cli.backends.remote import RemoteBackend


def _names_trigger(command: Callable[..., Any]) -> Callable[..., Any]:
    name = click.argument("trigger", shell_complete=server_triggers)
    workspace = click.option("-w", "--workspace", metavar="NAME", help="The trigger is of this workspace.")
    message = click.option("-m", "--message", metavar="TEXT", help="The message of the commit.")
    return name(workspace(message(output_option(command))))


@click.command()
@_names_trigger
@on_server
def enable(backend: RemoteBackend, **given: Any) -> int:
    """Enable TRIGGER in its file, as a commit.

    The workspace must be writable on the server. It is proposed on a branch, or made on the served branch.
    """
    from gitflow.cli.backends.changes import set_enabled

    return set_enabled(backend, "enable", **given)


@click.command()
@_names_trigger
@on_server
def disable(backend: RemoteBackend, **given: Any) -> int:
    """Disable TRIGGER in its file, as a commit.

    The workspace must be writable on the server. To stop a trigger at once, whatever is committed, use suspend.
    """
    from gitflow.cli.backends.changes import set_enabled

    return set_enabled(backend, "disable", **given)


#: In the order of the help.
COMMANDS = (enable, disable)
