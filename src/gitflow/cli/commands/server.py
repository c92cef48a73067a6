"""The commands that run or use a server, and those that maintain a state directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitflow.cli.commands.backend import on_server
from gitflow.cli.commands.completion import server_task_inputs, server_tasks, server_workspaces
from gitflow.cli.console.exits import OK
from gitflow.cli.console.options import (
    finish,
    input_file_option,
    input_option,
    output_option,
    quiet_option,
    state_option,
)

if TYPE_CHECKING:
    from typing import Any

    from gitflow.cli.backends.remote import RemoteBackend
    from gitflow.core.values import JsonObject

_reason_option = click.option(
    "--reason", required=True, metavar="TEXT", help="Record this reason in the audit trail, and show it."
)
summary_option = click.option("--json", "as_json", is_flag=True, help="Print a summary as JSON.")


@click.command()
@click.option(
    "--config", metavar="FILE", help="Use this configuration (default: server-config.yaml in this folder or above)."
)
@click.option("--listen", metavar="HOST:PORT", help="Listen on this address instead of the configured one.")
@state_option
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", help="Write the server's log in this format."
)
def server(config: str | None, listen: str | None, state_dir: str | None, log_format: str) -> None:
    """Run a server: web pages, API, triggers and a worker.

    The server serves the workspaces of its configuration until a signal ends it. Without a server-config.yaml here or
    above, it serves the workspace of this folder, as "default", to this machine only.
    """
    from gitflow.cli.local.server import ServerOptions, run_server

    finish(lambda: run_server(ServerOptions(config, listen, state_dir, log_format)))


@click.command()
@click.argument("task", shell_complete=server_tasks)
@click.option(
    "-w", "--workspace", metavar="NAME", help="Use this workspace of the server (default: the one that has the task)."
)
@input_option(server_task_inputs)
@input_file_option
@click.option("--rev", metavar="REV", help="Run this branch, tag or commit (default: the active revision).")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="Label the job; may be repeated.")
@click.option("--priority", type=int, metavar="N", help="Set the job's priority; higher numbers run first.")
@click.option("--wait", is_flag=True, help="Wait until the job has ended, and exit with 0 only if it completed.")
@click.option("--follow", is_flag=True, help="Wait like --wait, and print the output of the job's steps.")
@output_option
@quiet_option
@on_server
def trigger(backend: RemoteBackend, task: str, **given: Any) -> int:
    """Run TASK on a server and print the job's id."""
    from gitflow.cli.backends.execute import ExecuteOptions, execute

    return execute(backend, task, ExecuteOptions(**given))


@click.command()
@output_option
@on_server
def workspaces(backend: RemoteBackend, output: str) -> int:
    """List a server's workspaces and their revisions."""
    from gitflow.cli.console.details import print_workspaces

    print_workspaces(backend.list_workspaces(), output)
    return OK


@click.command()
@click.argument("workspace", shell_complete=server_workspaces)
@output_option
@on_server
def refresh(backend: RemoteBackend, workspace: str, output: str) -> int:
    """Make a server fetch WORKSPACE now.

    The server activates a newer revision if there is one.
    """
    return _print_refreshed(backend, workspace, backend.refresh(workspace), output)


@click.command(name="accept-revision")
@click.argument("workspace", shell_complete=server_workspaces)
@click.argument("revision")
@_reason_option
@click.option("--for", "lasts", metavar="DURATION", help="End the acceptance after so long at the latest, e.g. 2d.")
@output_option
@on_server
def accept_revision(
    backend: RemoteBackend, workspace: str, revision: str, reason: str, lasts: str | None, output: str
) -> int:
    """Activate a REVISION that breaks the policy.

    REVISION is the commit that WORKSPACE refuses now, whole or abbreviated. Errors in its definitions and a missing
    signature cannot be accepted. The acceptance ends when another revision becomes active.
    """
    done = backend.accept_revision(workspace, revision, reason, lasts)
    return _print_refreshed(backend, workspace, done, output)


@click.command(name="withdraw-acceptance")
@click.argument("workspace", shell_complete=server_workspaces)
@click.argument("revision")
@_reason_option
@output_option
@on_server
def withdraw_acceptance(backend: RemoteBackend, workspace: str, revision: str, reason: str, output: str) -> int:
    """End the acceptance of a REVISION.

    REVISION is whole or abbreviated. If it is active it stays so until WORKSPACE follows its branch to another one, and
    is refused if the branch comes back to it.
    """
    from gitflow.cli.console.streams import write_stderr
    from gitflow.cli.console.tables import print_value

    done = backend.withdraw_acceptance(workspace, revision, reason)
    if output != "table":
        print_value(done, output)
        return OK
    active = backend.find_workspace(workspace)["revision"] or "no revision"
    write_stderr(f"the acceptance of {revision} has ended; {workspace} stays at {active}\n")
    return OK


def _print_refreshed(backend: RemoteBackend, workspace: str, done: JsonObject, output: str) -> int:
    from gitflow.cli.console.details import print_obstacles
    from gitflow.cli.console.streams import write_stderr
    from gitflow.cli.console.tables import print_value

    if output != "table":
        print_value(done, output)
        return OK
    is_new = "is now" if done["refreshed"] else "is still"
    write_stderr(f"{workspace} {is_new} at {done['revision'] or 'no revision'}\n")
    print_obstacles(backend.find_workspace(workspace))
    return OK


def _sync_command(name: str, about: str) -> click.Command:
    @click.command(name=name, help=about)
    @click.argument("workspace", shell_complete=server_workspaces)
    @_reason_option
    @output_option
    @on_server
    def set_sync(backend: RemoteBackend, workspace: str, reason: str, output: str) -> int:
        from gitflow.cli.console.details import print_drift

        print_drift(workspace, backend.set_sync(workspace, name, reason), output)
        return OK

    return set_sync


pause_sync = _sync_command(
    "pause-sync",
    "Stop WORKSPACE from following its branch.\n\nIt goes on with the active revision, also after a restart.",
)
resume_sync = _sync_command("resume-sync", "Let WORKSPACE follow its branch again.")


@click.command()
@click.option(
    "--older-than",
    metavar="AGE",
    help="Remove what is older than this, such as 30d (default: the configured retention).",
)
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
@summary_option
@state_option
def gc(older_than: str | None, dry_run: bool, as_json: bool, state_dir: str | None) -> None:
    """Remove old jobs, logs, artifacts and history.

    Jobs that have not ended are never removed.
    """
    from gitflow.cli.local.gc import gc as collect

    finish(lambda: collect(older_than, dry_run, as_json, state_dir))


@click.command()
@click.argument("file", type=click.Path())
@click.option(
    "--with-key", is_flag=True, help="Include the key that decrypts stored secrets; protect the file accordingly."
)
@summary_option
@state_option
def backup(file: str, with_key: bool, as_json: bool, state_dir: str | None) -> None:
    """Save the state directory to FILE.

    FILE becomes a tar archive of jobs, logs and artifacts. Other processes may use the state directory meanwhile.
    """
    from gitflow.cli.local.backup import backup as save

    finish(lambda: save(file, with_key, as_json, state_dir))


@click.command()
@click.argument("file", type=click.Path())
@click.option("--force", is_flag=True, help="Replace the contents of the state directory.")
@summary_option
@state_option
def restore(file: str, force: bool, as_json: bool, state_dir: str | None) -> None:
    """Restore a state directory from FILE.

    The state directory must be empty, unless --force replaces its contents.
    """
    from gitflow.cli.local.backup import restore as put_back

    finish(lambda: put_back(file, force, as_json, state_dir))


@click.group()
def store() -> None:
    """Work with the store of jobs."""


@store.command()
@click.argument("source")
@click.argument("target")
@summary_option
@state_option
def copy(source: str, target: str, as_json: bool, state_dir: str | None) -> None:
    """Copy a store to an empty PostgreSQL database.

    SOURCE is sqlite:///FILE (from the state directory, unless it is a whole path), TARGET is postgresql://USER@HOST/DATABASE.
    Stop the server first. At the end the rows of both sides are counted and compared.
    """
    from gitflow.cli.local.store_copy import copy as copy_store

    finish(lambda: copy_store(source, target, as_json, state_dir))


#: In the order of the help.
COMMANDS = (
    server,
    trigger,
    workspaces,
    refresh,
    accept_revision,
    withdraw_acceptance,
    pause_sync,
    resume_sync,
    gc,
    backup,
    restore,
    store,
)
