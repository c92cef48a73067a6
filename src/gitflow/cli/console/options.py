"""Options that several commands have, and how a command ends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gitflow.cli.console.exits import run_guarded

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Command = TypeVar("Command", bound=Callable[..., Any])

workspace_option = click.option(
    "-w", "--workspace", metavar="PATH|NAME", help="Use the workspace at this path, or the configured one of this name."
)
rev_option = click.option("--rev", metavar="REV", help="Read the definitions at this branch, tag or commit.")
state_option = click.option(
    "--state-dir",
    metavar="DIR",
    help="Keep jobs and logs in this directory (default: $GITFLOW_STATE, or the configuration's).",
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json", "yaml"]),
    default="table",
    help="Print the result in this format.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the job as the API does, once it has ended.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print only errors.")
env_option = click.option(
    "--env",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="Pass this environment variable on to the steps; may be repeated.",
)
reason_option = click.option("--reason", default="", metavar="TEXT", help="Record this reason in the job's history.")
input_option = click.option(
    "-i", "--input", "inputs", multiple=True, metavar="KEY=VALUE", help="Set this input value; may be repeated."
)
input_file_option = click.option(
    "--input-file", metavar="FILE", help="Read input values from this file, a JSON or YAML object."
)
same_as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, the same as -o json.")


def operation_options(command: Command) -> Command:
    """The options of every operation on jobs."""
    return output_option(same_as_json_option(command))


def run_options(command: Command) -> Command:
    """The options of an operation that may run steps in this process."""
    return operation_options(quiet_option(env_option(command)))


def selection_options(command: Command) -> Command:
    """The options of an operation on many jobs."""
    filters = click.option(
        "--filter",
        "filters",
        multiple=True,
        metavar="NAME=VALUE,…",
        help="Select the jobs that match all of these: status, task, workspace, source, revision, search, after, "
        "before, label.NAME.",
    )
    yes = click.option("-y", "--yes", is_flag=True, help="Change all jobs that match without asking.")
    dry_run = click.option("--dry-run", is_flag=True, help="List the selected jobs and change nothing.")
    ids = click.argument("ids", nargs=-1, metavar="[ID]...")
    return ids(filters(yes(dry_run(command))))


def finish(command: Callable[[], int]) -> None:
    """Runs a command and ends the process with its exit status."""
    sys.exit(run_guarded(command))
