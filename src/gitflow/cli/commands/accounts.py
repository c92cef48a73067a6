"""The commands about accounts and keys, with their options; what they do is in accounts.py."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from gitflow.cli.console.exits import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

state_option = click.option(
    "--state-dir", metavar="DIR", help="Where accounts are kept (default: $GITFLOW_STATE, or the configuration's)."
)
output_option = click.option(
    "-o", "--output", type=click.Choice(["table", "json", "yaml"]), default="table", help="How to print it."
)
stdin_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


def _done(command: Callable[[], int]) -> None:
    """Runs a command and ends with its exit status."""
    raise SystemExit(guarded(command))


@click.group()
def user() -> None:
    """Accounts of the server that keeps its state here."""


@user.command("add")
@click.argument("email")
@click.option("--name", default="", help="The person's name (default: the email).")
@click.option("--admin", is_flag=True, help="May administer the server.")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="A group they belong to; may be repeated.")
@click.option("--no-password", is_flag=True, help="They sign in at a provider only.")
@stdin_option
@output_option
@state_option
def add_user(
    email: str,
    name: str,
    admin: bool,
    groups: tuple[str, ...],
    no_password: bool,
    password_stdin: bool,
    output: str,
    state_dir: str | None,
) -> None:
    """Makes an account; asks for its password."""
    from gitflow.cli.local import accounts

    def add() -> int:
        password = None if no_password else accounts.password_from(password_stdin)
        return accounts.add_user(email, name, admin, groups, password, output, state_dir)

    _done(add)


@user.command("passwd")
@click.argument("email")
@stdin_option
@state_option
def set_password(email: str, password_stdin: bool, state_dir: str | None) -> None:
    """Sets an account's password; its sessions end."""
    from gitflow.cli.local import accounts

    _done(lambda: accounts.set_password(email, accounts.password_from(password_stdin), state_dir))


@user.command("list")
@output_option
@state_option
def list_users(output: str, state_dir: str | None) -> None:
    """Lists all accounts."""
    from gitflow.cli.local import accounts

    _done(lambda: accounts.list_users(output, state_dir))


@user.command("disable")
@click.argument("email")
@output_option
@state_option
def disable(email: str, output: str, state_dir: str | None) -> None:
    """Shuts an account out: its sessions end, and its keys do not count."""
    from gitflow.cli.local import accounts

    _done(lambda: accounts.set_disabled(email, True, output, state_dir))


@user.command("enable")
@click.argument("email")
@output_option
@state_option
def enable(email: str, output: str, state_dir: str | None) -> None:
    """Lets a disabled account in again."""
    from gitflow.cli.local import accounts

    _done(lambda: accounts.set_disabled(email, False, output, state_dir))


@click.group()
def key() -> None:
    """API keys of the server that keeps its state here."""


@key.command("create")
@click.argument("name")
@click.option("--user", "email", metavar="EMAIL", help="On whose behalf it acts (default: it stands for itself).")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help="What it may do; may be repeated.")
@click.option("--workspace", metavar="NAME", help="The only workspace it is for; one that the configuration names.")
@click.option("--expires", type=click.DateTime(), help="When it ends, in UTC.")
@output_option
@state_option
def create_key(
    name: str,
    email: str | None,
    scopes: tuple[str, ...],
    workspace: str | None,
    expires: datetime | None,
    output: str,
    state_dir: str | None,
) -> None:
    """Makes a key and prints it, this once."""
    from gitflow.cli.local import accounts
    from gitflow.runtime.operations.accounts import NewKey

    expires_at = expires.replace(tzinfo=UTC).timestamp() if expires else None
    wanted = NewKey(name, None, scopes, workspace, expires_at)
    _done(lambda: accounts.create_key(wanted, email, output, state_dir))


@key.command("list")
@output_option
@state_option
def list_keys(output: str, state_dir: str | None) -> None:
    """Lists all keys, without their texts."""
    from gitflow.cli.local import accounts

    _done(lambda: accounts.list_keys(output, state_dir))


@key.command("revoke")
@click.argument("key")
@state_option
def revoke_key(key: str, state_dir: str | None) -> None:
    """Ends a key, by its name or id."""
    from gitflow.cli.local import accounts

    _done(lambda: accounts.revoke_key(key, state_dir))


@click.command()
@click.option("--actor", metavar="NAME", help="Only what this user or key did.")
@click.option("--key", "api_key", metavar="NAME", help="Only what was done with this API key.")
@click.option("--what", metavar="WORD", help="Only this word, or all that begin so: `login.`.")
@click.option("--subject", metavar="ID", help="Only what was done to this job, user or key.")
@click.option("--workspace", metavar="NAME", help="Only what was done in this workspace.")
@click.option("--after", type=click.DateTime(), help="Only what was done after this time, in UTC.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@output_option
@state_option
def audit(
    actor: str | None,
    api_key: str | None,
    what: str | None,
    subject: str | None,
    workspace: str | None,
    after: datetime | None,
    limit: int,
    output: str,
    state_dir: str | None,
) -> None:
    """Lists who changed what, and from where; newest first."""
    from gitflow.cli.local import accounts
    from gitflow.stores.protocols.identity import AuditFilter

    since = after.replace(tzinfo=UTC).timestamp() if after else None
    wanted = AuditFilter(actor, what, subject, workspace, since, api_key=api_key)
    _done(lambda: accounts.show_audit(wanted, limit, output, state_dir))
