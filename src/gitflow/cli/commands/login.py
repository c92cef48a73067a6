"""The commands that sign a person in at a server, and out."""

from __future__ import annotations

import os

import click

from gitflow.cli.commands.backend import TOKEN, find_server, server_option
from gitflow.cli.console.exits import OK
from gitflow.cli.console.options import finish
from gitflow.cli.console.streams import write_stderr


@click.command()
@server_option
def login(server: str | None) -> None:
    """Sign in at a server.

    It shows a code, which you type on the server's page /device. The tokens are kept in a file that only you can read,
    ~/.config/gitflow/tokens.json, and are renewed by themselves; after 30 days without a command you sign in again.
    """
    from gitflow.cli.backends.client import Client
    from gitflow.cli.backends.sign_in import Session

    def sign_in() -> int:
        client = Client(find_server(server))
        email = Session(client, os.environ).begin()
        write_stderr(f"signed in at {client.url} as {email}\n")
        if os.environ.get(TOKEN):
            write_stderr(f"gitflow: ${TOKEN} is set, and commands go on to use that\n")
        return OK

    finish(sign_in)


@click.command()
@server_option
def logout(server: str | None) -> None:
    """Sign out at a server.

    Its session ends, and its tokens are removed from this machine.
    """
    from gitflow.cli.backends.client import Client
    from gitflow.cli.backends.sign_in import Session

    def sign_out() -> int:
        client = Client(find_server(server))
        email = Session(client, os.environ).end()
        write_stderr(f"{email} is signed out at {client.url}\n")
        return OK

    finish(sign_out)


#: In the order of the help.
COMMANDS = (login, logout)
