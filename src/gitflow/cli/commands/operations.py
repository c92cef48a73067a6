"""The commands that operate on jobs. Each performs one operation on one job or on many."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from gitflow.cli.commands.backend import on_jobs
from gitflow.cli.commands.completion import approval_fields, filters, job_inputs, job_names, step_names
from gitflow.cli.console.options import (
    input_file_option,
    input_option,
    output_option,
    reason_option,
    run_options,
    workspace_option,
)
from gitflow.cli.console.requests import JobOperation

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitflow.cli.backends.base import Backend

ids_argument = click.argument("ids", nargs=-1, required=True, metavar="ID...", shell_complete=job_names)
id_argument = click.argument("id", shell_complete=job_names)
step_argument = click.argument("step", shell_complete=step_names)


def _selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of an operation on many jobs."""
    selection = click.option(
        "--filter",
        "filters",
        multiple=True,
        shell_complete=filters,
        metavar="NAME=VALUE,…",
        help="Select the jobs that match all of these: status, task, workspace, source, revision, search, after, "
        "before, label.NAME.",
    )
    yes = click.option("-y", "--yes", is_flag=True, help="Change all jobs that match without asking.")
    dry_run = click.option("--dry-run", is_flag=True, help="List the selected jobs and change nothing.")
    ids = click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=job_names)
    return ids(selection(yes(dry_run(command))))


def _operate(backend: Backend, command: str, ids: tuple[str, ...], arguments: dict[str, Any], **given: Any) -> int:
    request = JobOperation(command, ids, arguments, **given)
    request.check()
    if request.dry_run:
        return _list_selected(backend, request)
    if request.filters and not request.yes:
        from gitflow.cli.console.select import require_terminal

        require_terminal(request.command, request.filters)
    return backend.operate(request)


def _list_selected(backend: Backend, request: JobOperation) -> int:
    from gitflow.cli.console.exits import FAILED, OK
    from gitflow.cli.console.select import print_selection

    selection = backend.select(request)
    print_selection(selection, request.output)
    return OK if selection.is_complete else FAILED


def _reason(text: str) -> dict[str, str]:
    return {"reason": text} if text else {}


@click.command()
@_selection_options
@reason_option
@output_option
@on_jobs
def cancel(backend: Backend, ids: tuple[str, ...], reason: str, **given: Any) -> int:
    """Cancel jobs.

    The process that runs a job stops its steps and runs its hooks.
    """
    return _operate(backend, "cancel", ids, _reason(reason), **given)


@click.command()
@ids_argument
@output_option
@on_jobs
def pause(backend: Backend, ids: tuple[str, ...], **given: Any) -> int:
    """Pause jobs: running steps go on, no new step starts."""
    return _operate(backend, "pause", ids, {}, **given)


@click.command()
@ids_argument
@output_option
@on_jobs
def resume(backend: Backend, ids: tuple[str, ...], **given: Any) -> int:
    """Resume paused jobs."""
    return _operate(backend, "resume", ids, {}, **given)


@click.command()
@_selection_options
@click.option("--from", "start", type=click.Choice(["start"]), help="Run all steps again.")
@click.option(
    "--step",
    metavar="NAME",
    shell_complete=step_names,
    help="Also run this step and all steps that depend on it again.",
)
@click.option("--latest", is_flag=True, help="Use the current definition of the task; takes one job.")
@workspace_option
@run_options
@on_jobs
def retry(backend: Backend, ids: tuple[str, ...], start: str | None, step: str | None, **given: Any) -> int:
    """Retry the unfinished steps of ended jobs in new jobs.

    Each job gets a new job, which runs the steps that did not complete. On this machine, the command waits for the
    new jobs.
    """
    wanted = {"from": start, "from_step": step}
    return _operate(
        backend, "retry", ids, {name: value for name, value in wanted.items() if value is not None}, **given
    )


@click.command()
@id_argument
@input_option(job_inputs)
@input_file_option
@click.option("--latest", is_flag=True, help="Use the task as its workspace defines it now.")
@workspace_option
@run_options
@on_jobs
def rerun(backend: Backend, id: str, inputs: tuple[str, ...], input_file: str | None, **given: Any) -> int:
    """Run a job's task again in a new, unrelated job.

    It has the same input, edited by -i and --input-file, and runs at the same revision. On this machine, the command
    waits for it.
    """
    from gitflow.cli.console.inputs import gather_input

    edits = {"input": gather_input((), input_file), "text_input": gather_input(inputs, None)}
    return _operate(backend, "rerun", (id,), {name: values for name, values in edits.items() if values}, **given)


@click.command()
@_selection_options
@run_options
@on_jobs
def restart(backend: Backend, ids: tuple[str, ...], **given: Any) -> int:
    """Restart jobs from their first step, without a new job.

    A job that still runs is cancelled first.
    """
    return _operate(backend, "restart", ids, {}, **given)


@click.command("retry-step")
@id_argument
@step_argument
@run_options
@on_jobs
def retry_step(backend: Backend, id: str, step: str, **given: Any) -> int:
    """Run STEP again in the same job.

    Steps after it that completed stay completed.
    """
    return _operate(backend, "retry-step", (id,), {"step": step}, **given)


@click.command()
@id_argument
@step_argument
@run_options
@on_jobs
def replay(backend: Backend, id: str, step: str, **given: Any) -> int:
    """Run STEP and all steps that depend on it again.

    The steps run in the same job.
    """
    return _operate(backend, "replay", (id,), {"step": step}, **given)


@click.command()
@id_argument
@step_argument
@reason_option
@output_option
@on_jobs
def skip(backend: Backend, id: str, step: str, reason: str, **given: Any) -> int:
    """Skip a STEP that has not started."""
    return _operate(backend, "skip", (id,), {"step": step, **_reason(reason)}, **given)


@click.command()
@id_argument
@step_argument
@click.option("--result", metavar="JSON", help="Set the output that later steps see.")
@reason_option
@run_options
@on_jobs
def complete(backend: Backend, id: str, step: str, result: str | None, reason: str, **given: Any) -> int:
    """Declare STEP completed.

    A failed job continues with the steps that depend on it.
    """
    from gitflow.cli.console.inputs import parse_json

    output = parse_json(result, "--result")
    return _operate(backend, "complete", (id,), {"step": step, "result": output, **_reason(reason)}, **given)


@click.command()
@id_argument
@step_argument
@click.option(
    "-i",
    "--input",
    "inputs",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=approval_fields,
    help="Fill in this field of the approval.",
)
@reason_option
@output_option
@on_jobs
def approve(backend: Backend, id: str, step: str, inputs: tuple[str, ...], reason: str, **given: Any) -> int:
    """Approve a STEP that waits for an approval."""
    from gitflow.cli.console.inputs import gather_input

    arguments = {"step": step, "approved": True, "input": gather_input(inputs, None), **_reason(reason)}
    return _operate(backend, "approve", (id,), arguments, **given)


@click.command()
@id_argument
@step_argument
@reason_option
@output_option
@on_jobs
def reject(backend: Backend, id: str, step: str, reason: str, **given: Any) -> int:
    """Reject a STEP that waits for an approval.

    The step fails.
    """
    return _operate(backend, "reject", (id,), {"step": step, "approved": False, **_reason(reason)}, **given)


@click.command()
@id_argument
@click.argument("type")
@click.option(
    "--payload", metavar="JSON", help="Send this payload with the event; it becomes the output of the waiting step."
)
@click.option("--id", "event_id", metavar="TEXT", help="Give the event this id; a repeated id is ignored.")
@output_option
@on_jobs
def event(backend: Backend, id: str, type: str, payload: str | None, event_id: str | None, **given: Any) -> int:
    """Send an event of TYPE to a job.

    The event completes a step that waits for it, now or later.
    """
    from gitflow.cli.console.inputs import parse_json

    sent = {"id": event_id or os.urandom(16).hex(), "type": type, "payload": parse_json(payload, "--payload")}
    return _operate(backend, "event", (id,), sent, **given)


@click.command()
@_selection_options
@output_option
@on_jobs
def delete(backend: Backend, ids: tuple[str, ...], **given: Any) -> int:
    """Delete ended jobs with their logs and artifacts.

    Child and hook jobs are deleted with them.
    """
    return _operate(backend, "delete", ids, {}, **given)


#: In the order of the help.
COMMANDS = (
    cancel,
    pause,
    resume,
    retry,
    rerun,
    restart,
    retry_step,
    replay,
    skip,
    complete,
    approve,
    reject,
    event,
    delete,
)
