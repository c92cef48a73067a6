"""Which commands can act on a server, by ``--server`` or ``GITFLOW_SERVER``, and those that need one."""

from __future__ import annotations

import os
from functools import wraps

import click

from gitflow.cli.console.options import done, output_option, quiet_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitflow.cli.remote.client import Client

SERVER, TOKEN = "GITFLOW_SERVER", "GITFLOW_TOKEN"

#: Commands on jobs: they act on the server that the environment names, too.
ON_JOBS = ("jobs", "job", "logs", "explain", "history", "audit")
OPERATIONS = (
    *("cancel", "pause", "resume", "retry", "restart", "retry-step", "replay", "skip", "complete", "approve", "reject"),
    *("event", "delete"),
)
#: Commands on definitions: they mean the files at hand, unless a server is named in so many words.
ON_DEFINITIONS = ("tasks", "actions", "triggers", "show")

server_option = click.option(
    "--server", metavar="URL", help=f"Act on this server (default: ${SERVER}; with the token in ${TOKEN})."
)


def add_to(cli: click.Group) -> None:
    """Gives each command that can act on a server its switch, and adds those that need one."""
    for name in (*ON_JOBS, *OPERATIONS, *ON_DEFINITIONS):
        _also_there(name, cli.commands[name])
    for command in (trigger, workspaces, refresh):
        cli.add_command(command)


def _also_there(name: str, command: click.Command) -> None:
    here = command.callback
    assert here is not None

    @wraps(here)
    def either(server: str | None, **given: Any) -> None:
        url = server or (None if name in ON_DEFINITIONS else _by_environment(given))
        if url is None:
            here(**given)
        else:
            done(lambda: _there(name, _client(url), given))

    command.callback = either
    server_option(command)


def _by_environment(given: dict[str, Any]) -> str | None:
    """Not where a state directory is named: it is on this machine."""
    return None if given.get("state_dir") else os.environ.get(SERVER) or None


def _client(url: str | None) -> Client:
    from gitflow.cli.remote.client import Client
    from gitflow.core.errors import InvalidInput

    url = url or os.environ.get(SERVER)
    if not url:
        raise InvalidInput(f"this needs a server; name it with --server or ${SERVER}")
    return Client(url, os.environ.get(TOKEN))


def _there(name: str, client: Client, given: dict[str, Any]) -> int:
    from gitflow.cli.remote import commands
    from gitflow.core.errors import InvalidInput

    if given.pop("state_dir", None):
        raise InvalidInput("--state-dir and --server name two places; give one")
    if given.pop("as_json", False):
        given["output"] = "json"
    if name in OPERATIONS:
        from gitflow.cli.remote.operate import act

        return act(client, name, given)
    if given.pop("rev", None):
        raise InvalidInput("a server shows what it serves; --rev works on the files at hand")
    if name in commands.KINDS:
        return commands.listing(client, name, **given)
    return getattr(commands, name)(client, **given)


@click.command()
@click.argument("task")
@click.option(
    "-w", "--workspace", metavar="NAME", help="A workspace of the server (default: the one that has the task)."
)
@click.option("-i", "--input", "inputs", multiple=True, metavar="KEY=VALUE", help="One input value; may be repeated.")
@click.option("--input-file", metavar="FILE", help="A JSON or YAML object of input values.")
@click.option("--rev", metavar="REV", help="At a branch, tag or commit (default: what is served).")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="A label for the job; may be repeated.")
@click.option("--priority", type=int, metavar="N", help="Higher goes first.")
@click.option("--wait", is_flag=True, help="Wait until the job has ended; exit 0 only if it completed.")
@click.option("--follow", is_flag=True, help="The same, and print what its steps print.")
@output_option
@quiet_option
@server_option
def trigger(task: str, server: str | None, **given: Any) -> None:
    """Execute TASK on a server; prints the id of the job."""
    from gitflow.cli.remote.commands import trigger as execute

    done(lambda: execute(_client(server), task, **given))


@click.command()
@output_option
@server_option
def workspaces(output: str, server: str | None) -> None:
    """List the workspaces of a server, with the revision that each serves."""
    from gitflow.cli.remote.commands import workspaces as list_them

    done(lambda: list_them(_client(server), output))


@click.command()
@click.argument("workspace")
@output_option
@server_option
def refresh(workspace: str, output: str, server: str | None) -> None:
    """Let a server look for a newer revision of WORKSPACE now."""
    from gitflow.cli.remote.commands import refresh as look

    done(lambda: look(_client(server), workspace, output))
