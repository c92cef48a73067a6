"""The commands for incidents: they stop a server's triggers, and the server itself, without losing work."""

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


def _selects_triggers(command: Callable[..., Any]) -> Callable[..., Any]:
    names = click.argument("triggers", nargs=-1, metavar="[TRIGGER]...", shell_complete=server_triggers)
    workspace = click.option("-w", "--workspace", metavar="NAME", help="Take the triggers of this workspace.")
    all_ = click.option("--all", "everything", is_flag=True, help="Take every trigger of the server.")
    return names(workspace(all_(command)))


@click.command()
@_selects_triggers
@click.option("--reason", metavar="TEXT", required=True, help="Say why; gitflow triggers shows it.")
@output_option
@on_server
def suspend(backend: RemoteBackend, output: str, **given: Any) -> int:
    """Suspend triggers: they do not fire until unsuspended.

    Names, all triggers of a workspace, or all of the server. Triggers that a later commit adds are not suspended.
    """
    from gitflow.cli.backends.incidents import switch_triggers

    return switch_triggers(backend.client, "suspend", output, **given)


@click.command()
@_selects_triggers
@click.option("--reason", metavar="TEXT", default="", help="Say why; the events of the trigger show it.")
@output_option
@on_server
def unsuspend(backend: RemoteBackend, output: str, **given: Any) -> int:
    """Let suspended triggers fire again.

    What fell due in the meantime is not caught up.
    """
    from gitflow.cli.backends.incidents import switch_triggers

    return switch_triggers(backend.client, "unsuspend", output, **given)


@click.command()
@click.option("--timeout", metavar="DURATION", help="Give running steps so long, e.g. 5m (default: drain_timeout).")
@click.option("--reason", metavar="TEXT", help="Record this reason in the audit trail, and show it.")
@click.option("--wait", is_flag=True, help="Wait until the server has stopped.")
@output_option
@on_server
def drain(backend: RemoteBackend, output: str, timeout: str | None, reason: str | None, wait: bool) -> int:
    """Drain a server: it starts nothing new, and stops.

    Steps that run may end. Schedules that fall due, and jobs that are open, are left to the next server.
    """
    from gitflow.cli.backends.incidents import drain_server

    return drain_server(backend.client, output, timeout, reason, wait=wait)


@click.command()
@click.argument("trigger", shell_complete=server_triggers)
@click.option("-w", "--workspace", metavar="NAME", help="The trigger is of this workspace.")
@click.option("--from", "begin", metavar="TIME", required=True, help="Begin with this date or time (included).")
@click.option("--to", "end", metavar="TIME", required=True, help="End before this date or time.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="Make at most N jobs.")
@click.option("--at-once", type=click.IntRange(1, 1000), default=1, show_default=True, help="Run at most N at a time.")
@click.option("--dry-run", is_flag=True, help="Show the times and make no job.")
@output_option
@on_server
def backfill(backend: RemoteBackend, output: str, trigger: str, workspace: str | None, **given: Any) -> int:
    """Start jobs for the past times of the schedule TRIGGER.

    They have the label backfill=ID, and run after all others. A time without an offset is in the zone of the schedule.
    """
    from gitflow.cli.backends.incidents import BackfillOptions, backfill_trigger

    return backfill_trigger(backend, trigger, workspace, BackfillOptions(**given), output)


#: In the order of the help.
COMMANDS = (suspend, unsuspend, drain, backfill)
