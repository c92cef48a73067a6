"""The commands for accounts, API keys and the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from gitflow.cli.commands import login
from gitflow.cli.commands.backend import connect, explicit_server_option, on_jobs
from gitflow.cli.console.exits import OK
from gitflow.cli.console.options import finish, output_option

if TYPE_CHECKING:
    from typing import Any

    from gitflow.cli.backends.accounts import RemoteAccounts
    from gitflow.cli.backends.base import Backend

state_option = click.option(
    "--state-dir",
    metavar="DIR",
    help="Keep accounts in this directory (default: $GITFLOW_STATE, or the configuration's).",
)
stdin_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


def _remote(server: str, state_dir: str | None) -> RemoteAccounts:
    """Raises InvalidInput."""
    from gitflow.cli.backends.accounts import RemoteAccounts
    from gitflow.core.errors import InvalidInput

    if state_dir:
        raise InvalidInput("--state-dir and --server cannot be used together; leave one of them out")
    return RemoteAccounts(connect(server).client)


@click.group()
def user() -> None:
    """Manage the accounts of a state directory, or of a server."""


@user.command("add")
@click.argument("email")
@click.option("--name", default="", help="Set the person's display name (default: the email).")
@click.option("--admin", is_flag=True, help="Make the account an administrator of the server.")
@click.option(
    "--group", "groups", multiple=True, metavar="NAME", help="Add the account to this group; may be repeated."
)
@click.option("--no-password", is_flag=True, help="Set no password: the person signs in with single sign-on.")
@stdin_option
@output_option
@state_option
@explicit_server_option
def add_user(
    email: str,
    name: str,
    admin: bool,
    groups: tuple[str, ...],
    no_password: bool,
    password_stdin: bool,
    output: str,
    state_dir: str | None,
    server: str | None,
) -> None:
    """Create an account and ask for its password."""
    from gitflow.cli.local import accounts

    def add() -> int:
        remote = _remote(server, state_dir) if server else None
        password = None if no_password else accounts.read_password(password_stdin)
        if remote:
            return remote.add_user(email, name, admin, groups, password, output)
        return accounts.add_user(email, name, admin, groups, password, output, state_dir)

    finish(add)


@user.command("passwd")
@click.argument("email")
@stdin_option
@state_option
@explicit_server_option
def set_password(email: str, password_stdin: bool, state_dir: str | None, server: str | None) -> None:
    """Set an account's password and end its sessions."""
    from gitflow.cli.local import accounts

    def change() -> int:
        remote = _remote(server, state_dir) if server else None
        password = accounts.read_password(password_stdin)
        if remote:
            return remote.set_password(email, password)
        return accounts.set_password(email, password, state_dir)

    finish(change)


@user.command("list")
@output_option
@state_option
@explicit_server_option
def list_users(output: str, state_dir: str | None, server: str | None) -> None:
    """List all accounts."""
    from gitflow.cli.local import accounts

    finish(lambda: _remote(server, state_dir).list_users(output) if server else accounts.list_users(output, state_dir))


@user.command("disable")
@click.argument("email")
@output_option
@state_option
@explicit_server_option
def disable(email: str, output: str, state_dir: str | None, server: str | None) -> None:
    """Disable an account.

    Its sessions end, and its keys are refused.
    """
    from gitflow.cli.local import accounts

    finish(
        lambda: (
            _remote(server, state_dir).set_disabled(email, True, output)
            if server
            else accounts.set_disabled(email, True, output, state_dir)
        )
    )


@user.command("enable")
@click.argument("email")
@output_option
@state_option
@explicit_server_option
def enable(email: str, output: str, state_dir: str | None, server: str | None) -> None:
    """Enable a disabled account."""
    from gitflow.cli.local import accounts

    finish(
        lambda: (
            _remote(server, state_dir).set_disabled(email, False, output)
            if server
            else accounts.set_disabled(email, False, output, state_dir)
        )
    )


@click.group()
def key() -> None:
    """Manage the API keys of a state directory, or of a server."""


@key.command("create")
@click.argument("name")
@click.option("--user", "email", metavar="EMAIL", help="Make the key act for this account (default: for itself).")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help="Grant the key this scope; may be repeated.")
@click.option(
    "--workspace",
    "workspaces",
    multiple=True,
    metavar="NAME",
    help="Restrict the key to this configured workspace; may be repeated for an agent's key.",
)
@click.option(
    "--tag", "tags", multiple=True, metavar="TAG", help="Let an agent with this key offer this tag; may be repeated."
)
@click.option("--expires", type=click.DateTime(), metavar="TIME", help="Set when the key expires, in UTC.")
@output_option
@state_option
@explicit_server_option
def create_key(
    name: str,
    email: str | None,
    scopes: tuple[str, ...],
    workspaces: tuple[str, ...],
    tags: tuple[str, ...],
    expires: datetime | None,
    output: str,
    state_dir: str | None,
    server: str | None,
) -> None:
    """Create an API key and print it, only this once."""
    from gitflow.cli.local import accounts
    from gitflow.runtime.operations.accounts import KeySpec

    expires_at = expires.replace(tzinfo=UTC).timestamp() if expires else None
    one, several = (workspaces[0], ()) if len(workspaces) == 1 else (None, workspaces)
    wanted = KeySpec(name, None, scopes, one, expires_at, tags=tags, workspaces=several)
    finish(
        lambda: (
            _remote(server, state_dir).create_key(wanted, email, output)
            if server
            else accounts.create_key(wanted, email, output, state_dir)
        )
    )


@key.command("list")
@output_option
@state_option
@explicit_server_option
def list_keys(output: str, state_dir: str | None, server: str | None) -> None:
    """List all API keys, without their secrets."""
    from gitflow.cli.local import accounts

    finish(lambda: _remote(server, state_dir).list_keys(output) if server else accounts.list_keys(output, state_dir))


@key.command("revoke")
@click.argument("key")
@state_option
@explicit_server_option
def revoke_key(key: str, state_dir: str | None, server: str | None) -> None:
    """Revoke the API key with this name or id."""
    from gitflow.cli.local import accounts

    finish(lambda: _remote(server, state_dir).revoke_key(key) if server else accounts.revoke_key(key, state_dir))


@click.command()
@click.option("--actor", metavar="NAME", help="List only events of this user or key.")
@click.option("--key", "api_key", metavar="NAME", help="List only events that used this API key.")
@click.option(
    "--what",
    metavar="WORD",
    help="List only events of this kind; a value such as `login.` selects all that begin with it.",
)
@click.option("--subject", metavar="ID", help="List only events on this job, user or key.")
@click.option("--workspace", metavar="NAME", help="List only events in this workspace.")
@click.option("--after", type=click.DateTime(), metavar="TIME", help="List only events after this time, in UTC.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=50,
    show_default=True,
    metavar="N",
    help="List at most this many events.",
)
@output_option
@on_jobs
def audit(backend: Backend, api_key: str | None, after: datetime | None, limit: int, output: str, **wanted: Any) -> int:
    """List who changed what, newest first."""
    from gitflow.cli.console.columns import AUDIT
    from gitflow.cli.console.tables import print_rows
    from gitflow.stores.protocols.identity import AuditFilter

    since = after.replace(tzinfo=UTC).timestamp() if after else None
    rows = backend.list_audit(AuditFilter(after=since, api_key=api_key, **wanted), limit)
    print_rows(rows, output, AUDIT)
    return OK


#: In the order of the help.
COMMANDS = (*login.COMMANDS, user, key, audit)
