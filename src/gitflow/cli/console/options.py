"""Options that several commands have, and how a command ends."""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING

import click

from gitflow.cli.console.exits import run_guarded

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from click.shell_completion import CompletionItem

    Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def with_json(
    option: Callable[[Callable[..., Any]], Callable[..., Any]], field: str, typed: str, value: str = "json"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option of a format, and ``--json``, which is the same as its ``value``. ``typed``: how that is written."""
    flag = click.option("--json", "as_json", is_flag=True, help=f"Print JSON, the same as {typed}.")

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def call(*args: Any, as_json: bool, **given: Any) -> Any:
            return command(*args, **({**given, field: value} if as_json else given))

        return option(flag(call))

    return decorate


def format_option(*formats: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--format`` of a command whose result is a report; the first is the default."""
    choice = click.Choice(formats)
    option = click.option("--format", "form", type=choice, default=formats[0], help="Print the result in this format.")
    return with_json(option, "form", "--format json")


workspace_option = click.option(
    "-w", "--workspace", metavar="PATH|NAME", help="Use the workspace at this path, or the configured one of this name."
)
rev_option = click.option("--rev", metavar="REV", help="Read the definitions at this branch, tag or commit.")
state_option = click.option(
    "--state-dir",
    metavar="DIR",
    help="Keep jobs and logs in this directory (default: $GITFLOW_STATE, or the configuration's).",
)
output_option = with_json(
    click.option(
        "-o",
        "--output",
        type=click.Choice(["table", "json", "yaml"]),
        default="table",
        help="Print the result in this format.",
    ),
    "output",
    "-o json",
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
input_file_option = click.option(
    "--input-file", metavar="FILE", help="Read input values from this file, a JSON or YAML object."
)


def input_option(complete: Complete) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``complete``: what a shell offers for it."""
    return click.option(
        "-i",
        "--input",
        "inputs",
        multiple=True,
        metavar="KEY=VALUE",
        shell_complete=complete,
        help="Set this input value; may be repeated.",
    )


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of an operation that may run steps in this process."""
    return output_option(quiet_option(env_option(command)))


def finish(command: Callable[[], int]) -> None:
    """Runs a command and ends the process with its exit status."""
    sys.exit(run_guarded(command))
