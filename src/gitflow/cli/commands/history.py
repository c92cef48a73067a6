"""The commands that find which change broke a task: its versions, the difference of two jobs, and a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitflow.cli.commands.backend import on_jobs
from gitflow.cli.commands.completion import job_names, task_inputs, task_names, task_steps
from gitflow.cli.console.options import (
    env_option,
    finish,
    format_option,
    input_file_option,
    input_option,
    output_option,
    state_option,
    workspace_option,
)

if TYPE_CHECKING:
    from typing import Any

    from gitflow.cli.backends.base import Backend

task_argument = click.argument("task", shell_complete=task_names)
history_rev_option = click.option("--rev", metavar="REV", help="Begin at this branch, tag or commit instead of HEAD.")
path_option = click.option(
    "--path",
    "paths",
    metavar="PATH",
    multiple=True,
    help="Also count changes of this file or folder; may be repeated.",
)

report_option = format_option("text", "json")


@click.command()
@task_argument
@workspace_option
@history_rev_option
@path_option
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="List at most this many.")
@output_option
def versions(**given: Any) -> None:
    """List the commits that changed what TASK does.

    A commit counts if it changed the task's flow, or an action, a file or a connection that the task uses.
    """
    from gitflow.cli.local.task_history import HistoryOptions
    from gitflow.cli.local.task_history import versions as print_versions

    finish(lambda: print_versions(HistoryOptions(**given)))


@click.command()
@task_argument
@workspace_option
@history_rev_option
@output_option
def blame(**given: Any) -> None:
    """Show which commit last changed each step of TASK.

    A step counts as changed when its action, or a file or a connection that it uses, has changed.
    """
    from gitflow.cli.local.task_history import HistoryOptions, show_blame

    finish(lambda: show_blame(HistoryOptions(**given)))


@click.command()
@task_argument
@click.option("--good", metavar="REV", required=True, help="At this branch, tag or commit the task worked.")
@click.option("--bad", metavar="REV", required=True, help="At this one it does not.")
@workspace_option
@input_option(task_inputs)
@input_file_option
@env_option
@click.option("--step", metavar="STEP", shell_complete=task_steps, help="Judge by this step instead of the whole job.")
@path_option
@click.option("--verify", is_flag=True, help="First run the task at both ends.")
@click.option("--fresh", is_flag=True, help="Run again what an earlier search of this kind has run.")
@click.option("--dry-run", is_flag=True, help="List the commits that it would choose from, and run nothing.")
@report_option
@state_option
def bisect(**given: Any) -> None:
    """Find the commit that broke TASK, by running it.

    Only commits that changed what the task does are tried, on this machine and with their own files. A commit is bad
    if its job, or STEP, fails. The jobs keep the label bisect; the same command goes on where it was interrupted.
    """
    from gitflow.cli.local.bisect import BisectOptions
    from gitflow.cli.local.bisect import bisect as search

    finish(lambda: search(BisectOptions(**given)))


@click.command()
@click.argument("id", shell_complete=job_names)
@click.argument("other", required=False, shell_complete=job_names)
@report_option
@on_jobs
def diff(backend: Backend, id: str, other: str | None, form: str) -> int:
    """Show what differs between two jobs.

    Compares definitions, input, output, steps and their logs. Without OTHER, the job is compared with the last one of
    its task before it that completed. The job that was created first stands on the left.
    """
    from gitflow.cli.console.exits import OK
    from gitflow.cli.console.job_diff import difference_lines, last_completed
    from gitflow.cli.console.tables import print_value

    found = backend.compare_jobs(id, other or last_completed(backend.find_job(id), backend.list_jobs))
    if form == "json":
        print_value(found, "json")
    else:
        print("\n".join(difference_lines(found)))
    return OK


#: In the order of the help.
COMMANDS = (diff, versions, blame, bisect)
