"""Every command of the terminal, with its options and help; what a command does is imported when it is called."""

from __future__ import annotations

import click

from gitflow import __version__
from gitflow.cli.commands.accounts import audit, key, user
from gitflow.cli.commands.completion import all_names, task_names
from gitflow.cli.commands.maintenance import COMMANDS as UPKEEP_COMMANDS
from gitflow.cli.commands.operations import COMMANDS
from gitflow.cli.commands.server import add_to as add_remote
from gitflow.cli.console.options import (
    done,
    env_option,
    json_option,
    output_option,
    quiet_option,
    rev_option,
    state_option,
    workspace_option,
)
from gitflow.cli.fast_path import FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gitflow")
def cli() -> None:
    """Runs the workflows that are committed in git: tasks, actions and triggers as YAML.

    Exit status: 0 done, 1 it did not work out, 2 the command or its input is wrong, 130 interrupted.
    """


@cli.command()
@click.argument("task", shell_complete=task_names)
@workspace_option
@click.option("-i", "--input", "inputs", multiple=True, metavar="KEY=VALUE", help="One input value; may be repeated.")
@click.option("--input-file", metavar="FILE", help="A JSON or YAML object of input values.")
@click.option("--rev", metavar="REV", help="Run the definitions and files of a branch, tag or commit.")
@env_option
@click.option("--dry-run", is_flag=True, help="Show what would run, in order, and run nothing.")
@json_option
@quiet_option
@state_option
def run(task: str, as_json: bool, **given: Any) -> None:
    """Run TASK here, without a server, and wait for it."""
    from gitflow.cli.fast_path import RunOptions
    from gitflow.cli.local.run import run as run_task

    done(lambda: run_task(RunOptions(task, json=as_json, **given)))


@cli.command()
@click.argument("path", default=None, required=False)
@workspace_option
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How problems are reported.")
@click.option("--rev", metavar="REV", help="Check a branch, tag or commit instead of the files as they lie here.")
def validate(path: str | None, workspace: str | None, form: str, rev: str | None) -> None:
    """Check the definitions of the workspace at PATH (default: of this folder)."""
    from gitflow.cli.local.validate import one_of
    from gitflow.cli.local.validate import validate as check

    done(lambda: check(one_of(path, workspace), form, rev))


def _listing(kind: str) -> None:
    @cli.command(name=kind, help=f"List the {kind} of a workspace.")
    @workspace_option
    @rev_option
    @output_option
    def listing(workspace: str | None, rev: str | None, output: str) -> None:
        from gitflow.cli.local.definitions import list_kind

        done(lambda: list_kind(kind, workspace, output, rev))


for _kind in ("tasks", "actions", "triggers"):
    _listing(_kind)


@cli.command()
@click.argument("name", shell_complete=all_names)
@workspace_option
@rev_option
@output_option
def show(name: str, workspace: str | None, rev: str | None, output: str) -> None:
    """Show the task, action or trigger NAME."""
    from gitflow.cli.local.definitions import show as show_one

    done(lambda: show_one(name, workspace, output, rev))


@cli.command()
@click.option("--workspace", metavar="NAME", help="Only jobs of this workspace, as shown in the list.")
@click.option("--task", "task_name", metavar="NAME", help="Only jobs of this task.")
@click.option("--status", multiple=True, metavar="STATUS", help="Only jobs in this state, or in one of several.")
@click.option("--source", "source_type", metavar="TYPE", help="Only jobs started so: user, trigger, hook, task, …")
@click.option("--revision", metavar="REV", help="Only jobs of this revision, as shown by -o json.")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="Only jobs with this label.")
@click.option("--parent", "parent_job_id", metavar="ID", help="Only the child and hook jobs of this job.")
@click.option("--retry-of", "retry_of_job_id", metavar="ID", help="Only jobs that retry this one.")
@click.option("--search", metavar="TEXT", help="Only jobs with this text in id, task, label or error.")
@click.option("--after", metavar="TIME", help="Only jobs made after this time.")
@click.option("--before", metavar="TIME", help="Only jobs made before this time.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many.")
@click.option("--offset", type=click.IntRange(0, 2**31), default=0, help="How many of the newest to pass over.")
@output_option
@state_option
def jobs(output: str, state_dir: str | None, limit: int, offset: int, **wanted: Any) -> None:
    """List jobs, newest first."""
    from gitflow.cli.local.jobs import job_filter, list_jobs

    done(lambda: list_jobs(output, state_dir, limit, offset, job_filter(**wanted)))


@cli.command()
@click.argument("id")
@output_option
@state_option
def job(id: str, output: str, state_dir: str | None) -> None:
    """Show the job ID (or the only one that begins so) with its steps."""
    from gitflow.cli.local.jobs import show_job

    done(lambda: show_job(id, output, state_dir))


@cli.command()
@click.argument("id")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job has ended.")
@click.option("--step", metavar="NAME", help="Only this step; _server shows what the engine noted.")
@click.option("--stream", type=click.Choice(["stdout", "stderr"]), help="Only this stream.")
@click.option("--tail", type=click.IntRange(0, 2**31), metavar="N", help="Only the last N lines.")
@click.option(
    "--since-seq", type=click.IntRange(0, 2**62), default=0, metavar="N", help="Only lines after line N of the job."
)
@click.option("--format", "form", type=click.Choice(["jsonl", "text"]), default="jsonl", help="How lines are printed.")
@state_option
def logs(id: str, **given: Any) -> None:
    """Print what the steps of the job ID printed."""
    from gitflow.cli.local.logs import LogOptions, print_logs

    done(lambda: print_logs(LogOptions(id, **given)))


for _command in COMMANDS:
    cli.add_command(_command)


@cli.command()
@click.option("--config", metavar="FILE", help="The configuration (default: server-config.yaml here or above).")
@click.option("--listen", metavar="HOST:PORT", help="Listen there, whatever the configuration says.")
@state_option
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="How stderr is written.")
def server(config: str | None, listen: str | None, state_dir: str | None, log_format: str) -> None:
    """Serve the configured workspaces: the HTTP API, triggers, and a worker that runs their jobs."""
    from gitflow.cli.local.server import ServerOptions, run_server

    done(lambda: run_server(ServerOptions(config, listen, state_dir, log_format)))


@cli.command()
@click.argument("name", required=False)
@click.option("--write", "folder", metavar="DIR", help="Write all schemas into this folder.")
def schema(name: str | None, folder: str | None) -> None:
    """Print a JSON Schema of the language, or list them; --write makes files an editor can use."""
    from gitflow.cli.local.schema import print_schema

    done(lambda: print_schema(name, folder))


@cli.command()
@click.argument("path", default=".")
def init(path: str) -> None:
    """Make a small working workspace at PATH."""
    from gitflow.cli.local.init import init as make

    done(lambda: make(path))


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL (e.g. eval "$(gitflow completion bash)")."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(cli, {}, "gitflow", "_GITFLOW_COMPLETE").source())


cli.add_command(user)
cli.add_command(key)
cli.add_command(audit)

for _command in UPKEEP_COMMANDS:
    cli.add_command(_command)

add_remote(cli)
