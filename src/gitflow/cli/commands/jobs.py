"""The commands that run a task and read jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitflow.cli.commands import plain
from gitflow.cli.commands.backend import on_jobs
from gitflow.cli.commands.completion import job_names, statuses, step_names, task_inputs, task_names
from gitflow.cli.console.exits import OK
from gitflow.cli.console.options import (
    env_option,
    finish,
    input_file_option,
    input_option,
    json_option,
    output_option,
    quiet_option,
    state_option,
    with_json,
    workspace_option,
)
from gitflow.core.status import WAITING

if TYPE_CHECKING:
    from typing import Any

    from gitflow.cli.backends.base import Backend

log_format_option = with_json(
    click.option(
        "--format",
        "form",
        type=click.Choice(["jsonl", "text", "steps"]),
        help="Print the lines as JSON, as they were printed, or behind the names of their steps. On a terminal: "
        "steps; elsewhere: jsonl.",
    ),
    "form",
    "--format jsonl",
    "jsonl",
)


@click.command()
@click.argument("task", shell_complete=task_names)
@workspace_option
@input_option(task_inputs)
@input_file_option
@click.option("--rev", metavar="REV", help="Run the definitions and files of this branch, tag or commit.")
@env_option
@click.option("--dry-run", is_flag=True, help="Show what would run, in order, and run nothing.")
@json_option
@quiet_option
@state_option
def run(task: str, as_json: bool, **given: Any) -> None:
    """Run TASK on this machine and wait for it."""
    from gitflow.cli.fast_path import RunOptions
    from gitflow.cli.local.run import run as run_task

    finish(lambda: run_task(RunOptions(task, json=as_json, **given)))


@click.command()
@click.option("--workspace", metavar="NAME", help="List only jobs of this workspace.")
@click.option("--task", "task_name", metavar="NAME", shell_complete=task_names, help="List only jobs of this task.")
@click.option(
    "--status",
    multiple=True,
    metavar="STATUS",
    shell_complete=statuses,
    help="List only jobs with this status; may be repeated.",
)
@click.option(
    "--source",
    "source_type",
    metavar="TYPE",
    help="List only jobs of this source type: api, user, trigger, webhook, hook or task.",
)
@click.option("--revision", metavar="REV", help="List only jobs of this revision (the full one, as -o json prints it).")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="List only jobs with this label.")
@click.option(
    "--parent",
    "parent_job_id",
    metavar="ID",
    shell_complete=job_names,
    help="List only child and hook jobs of this job.",
)
@click.option(
    "--retry-of", "retry_of_job_id", metavar="ID", shell_complete=job_names, help="List only jobs that retry this job."
)
@click.option(
    "--waiting-on",
    type=click.Choice(WAITING),
    help="List only open jobs with a step that waits for this, or that wait for their concurrency group.",
)
@click.option("--actor", metavar="NAME", help="List only jobs that this person, key or trigger created.")
@click.option("--trigger", metavar="NAME", help="List only jobs that this trigger or webhook started.")
@click.option(
    "--longer-than", metavar="DURATION", help="List only ended jobs that ran for longer than this, as 90s or 1h30m."
)
@click.option("--search", metavar="TEXT", help="List only jobs with this text in their id, task, labels or error.")
@click.option("--after", metavar="TIME", help="List only jobs created after this time.")
@click.option("--before", metavar="TIME", help="List only jobs created before this time.")
@click.option(
    "--limit",
    type=click.IntRange(1, 500),
    default=plain.LISTED_JOBS,
    show_default=True,
    metavar="N",
    help="List at most this many jobs.",
)
@click.option("--offset", type=click.IntRange(0, 2**31), default=0, metavar="N", help="Skip the N newest jobs.")
@output_option
@on_jobs
def jobs(backend: Backend, output: str, limit: int, offset: int, **wanted: Any) -> int:
    """List jobs, newest first."""
    return plain.print_jobs(backend, output, limit, offset, **wanted)


@click.command()
@click.argument("id", shell_complete=job_names)
@output_option
@on_jobs
def job(backend: Backend, id: str, output: str) -> int:
    """Show a job with its steps.

    The first line says what happened, and for a failed job what changed since the last good run.

    ID may be shortened to its last or first 8 characters or more, if they are those of one job. `last` is the newest
    job, and @TASK the newest of a task.
    """
    return plain.print_job(backend, id, output)


@click.command()
@click.argument("id", shell_complete=job_names)
@click.option("-f", "--follow", is_flag=True, help="Print new lines until the job has ended.")
@click.option(
    "--step",
    metavar="NAME",
    shell_complete=step_names,
    help="Print only lines of this step; the name _server selects the engine's lines.",
)
@click.option("--stream", type=click.Choice(["stdout", "stderr"]), help="Print only lines of this stream.")
@click.option("--tail", type=click.IntRange(0, 2**31), metavar="N", help="Print only the last N lines.")
@click.option(
    "--since-seq",
    type=click.IntRange(0, 2**62),
    default=0,
    metavar="N",
    help="Print only lines after line N of the job.",
)
@log_format_option
@on_jobs
def logs(backend: Backend, form: str | None, **given: Any) -> int:
    """Print the output of a job's steps."""
    return plain.print_logs(backend, form=form, **given)


@click.command()
@click.argument("id", shell_complete=job_names)
@output_option
@on_jobs
def explain(backend: Backend, id: str, output: str) -> int:
    """Explain how a job and its steps came to where they are."""
    from gitflow.cli.console.details import print_explanation

    print_explanation(backend.explain(id), output)
    return OK


@click.command()
@click.argument("id", shell_complete=job_names)
@output_option
@on_jobs
def history(backend: Backend, id: str, output: str) -> int:
    """List what happened to a job, and who caused it."""
    from gitflow.cli.console.columns import HISTORY
    from gitflow.cli.console.tables import print_rows

    print_rows(backend.list_history(id), output, HISTORY)
    return OK


#: In the order of the help.
COMMANDS = (run, jobs, job, logs, explain, history)
