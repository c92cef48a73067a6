"""Options that several commands have, and how a command ends."""

from __future__ import annotations

import sys

import click

from gitflow.cli.console.exits import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Command = TypeVar("Command", bound=Callable[..., Any])

workspace_option = click.option(
    "-w", "--workspace", metavar="PATH|NAME", help="A workspace by its path, or a configured one by its name."
)
rev_option = click.option("--rev", metavar="REV", help="As it is at a branch, tag or commit.")
state_option = click.option(
    "--state-dir", metavar="DIR", help="Where jobs and logs are kept (default: $GITFLOW_STATE, or the configuration's)."
)
output_option = click.option(
    "-o", "--output", type=click.Choice(["table", "json", "yaml"]), default="table", help="How to print it."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the job as the API would, when it has ended.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print only what went wrong.")
env_option = click.option(
    "--env", multiple=True, metavar="NAME", help="Pass a variable of this environment on to the steps."
)
reason_option = click.option("--reason", default="", metavar="TEXT", help="Why; kept in the job's history.")


def answering(command: Command) -> Command:
    """What every operation on jobs takes: how its answer is printed, and where the jobs are."""
    form = click.option(
        "-o", "--output", type=click.Choice(["table", "json", "yaml"]), default="table", help="How to print the answer."
    )
    shortly = click.option("--json", "as_json", is_flag=True, help="The same as -o json: what the API would answer.")
    return form(shortly(state_option(command)))


def running(command: Command) -> Command:
    """What an operation takes that may run steps here."""
    return answering(quiet_option(env_option(command)))


def choosing(command: Command) -> Command:
    """What an operation takes that can be asked of many jobs."""
    filters = click.option(
        "--filter",
        "filters",
        multiple=True,
        metavar="NAME=VALUE,…",
        help="Jobs with all of these: status, task, workspace, source, revision, search, after, before, label.NAME.",
    )
    sure = click.option("-y", "--yes", is_flag=True, help="Do not ask whether to do it to all that match.")
    dry = click.option("--dry-run", is_flag=True, help="Show which jobs are meant, and do nothing.")
    ids = click.argument("ids", nargs=-1, metavar="[ID]...")
    return ids(filters(sure(dry(command))))


def checked(read: Callable[[], Any]) -> Any:
    """What an option holds; one that cannot be read ends the command in a sentence."""
    from gitflow.cli.console.exits import say
    from gitflow.core.errors import GitflowError

    try:
        return read()
    except GitflowError as refused:
        sys.exit(say(refused))


def done(command: Callable[[], int]) -> None:
    """Runs a command and ends with its exit status."""
    sys.exit(guarded(command))
