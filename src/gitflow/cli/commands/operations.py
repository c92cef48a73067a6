"""The commands that act on jobs: each asks one operation of one job, or of many."""

from __future__ import annotations

from functools import partial

import click

from gitflow.cli.console.options import (
    answering,
    checked,
    choosing,
    done,
    output_option,
    reason_option,
    running,
    state_option,
    workspace_option,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _act(operation: str, ids: tuple[str, ...], arguments: dict[str, Any], as_json: bool, **given: Any) -> None:
    from gitflow.cli.local.operate import Acting, act

    if as_json:
        given["output"] = "json"
    done(lambda: act(Acting(operation, ids, arguments, **given)))


@click.command()
@choosing
@reason_option
@answering
def cancel(ids: tuple[str, ...], reason: str, **given: Any) -> None:
    """End these jobs: the process that runs each is asked to."""
    _act("cancel", ids, {"reason": reason}, **given)


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@answering
def pause(ids: tuple[str, ...], **given: Any) -> None:
    """Let these jobs start nothing new; what runs goes on."""
    _act("pause", ids, {}, **given)


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@answering
def resume(ids: tuple[str, ...], **given: Any) -> None:
    """Let paused jobs go on."""
    _act("resume", ids, {}, **given)


@click.command()
@choosing
@click.option("--from", "start", type=click.Choice(["start"]), help="Run all of it again.")
@click.option("--step", metavar="NAME", help="Also run this step, and all that depends on it.")
@click.option("--latest", is_flag=True, help="By the task as its workspace defines it now; one job at a time.")
@workspace_option
@running
def retry(
    ids: tuple[str, ...], start: str | None, step: str | None, latest: bool, workspace: str | None, **given: Any
) -> None:
    """Run again what ended jobs did not complete, each as a new job, and wait for them."""
    if latest:
        from gitflow.cli.local.operate import retry_latest

        done(lambda: retry_latest(ids, start, step, workspace, **given))
    wanted = {"from": start, "from_step": step}
    _act("retry", ids, {name: value for name, value in wanted.items() if value is not None}, **given)


@click.command()
@choosing
@running
def restart(ids: tuple[str, ...], **given: Any) -> None:
    """Run these very jobs again from their start; one that runs is cancelled first."""
    _act("restart", ids, {}, **given)


@click.command("retry-step")
@click.argument("id")
@click.argument("step")
@running
def retry_step(id: str, step: str, **given: Any) -> None:
    """Run STEP of the job ID again, in the same job; what completed after it stays."""
    _act("retry_step", (id,), {"step": step}, **given)


@click.command()
@click.argument("id")
@click.argument("step")
@running
def replay(id: str, step: str, **given: Any) -> None:
    """Run STEP of the job ID again, and all that depends on it, in the same job."""
    _act("replay", (id,), {"step": step}, **given)


@click.command()
@click.argument("id")
@click.argument("step")
@reason_option
@answering
def skip(id: str, step: str, reason: str, **given: Any) -> None:
    """Let the job ID go on without STEP, which has not started."""
    _act("skip", (id,), {"step": step, "reason": reason}, **given)


@click.command()
@click.argument("id")
@click.argument("step")
@click.option("--result", metavar="JSON", help="The output that the steps after it see.")
@reason_option
@running
def complete(id: str, step: str, result: str | None, reason: str, **given: Any) -> None:
    """Declare STEP of the job ID completed; a job that has failed goes on from there."""
    from gitflow.cli.local.explain import parsed

    output = checked(partial(parsed, result, "--result"))
    _act("complete", (id,), {"step": step, "result": output, "reason": reason}, **given)


@click.command()
@click.argument("id")
@click.argument("step")
@click.option("-i", "--input", "inputs", multiple=True, metavar="KEY=VALUE", help="A field the approver fills in.")
@reason_option
@answering
def approve(id: str, step: str, inputs: tuple[str, ...], reason: str, **given: Any) -> None:
    """Approve STEP of the job ID, which waits for that."""
    from gitflow.cli.console.inputs import gathered

    filled_in = checked(lambda: gathered(inputs, None))
    _act("decide", (id,), {"step": step, "approved": True, "input": filled_in, "reason": reason}, **given)


@click.command()
@click.argument("id")
@click.argument("step")
@reason_option
@answering
def reject(id: str, step: str, reason: str, **given: Any) -> None:
    """Reject STEP of the job ID, which waits for an approval; the step fails."""
    _act("decide", (id,), {"step": step, "approved": False, "reason": reason}, **given)


@click.command()
@click.argument("id")
@click.argument("type")
@click.option("--payload", metavar="JSON", help="What the event carries; the waiting step's output.")
@click.option("--id", "event_id", metavar="TEXT", help="The same id twice is one event (default: a new one).")
@answering
def event(id: str, type: str, payload: str | None, event_id: str | None, **given: Any) -> None:
    """Send the job ID an event of TYPE; a step that waits for it, now or later, completes."""
    import secrets

    from gitflow.cli.local.explain import parsed

    carried = checked(partial(parsed, payload, "--payload"))
    _act("event", (id,), {"id": event_id or secrets.token_hex(16), "type": type, "payload": carried}, **given)


@click.command()
@choosing
@answering
def delete(ids: tuple[str, ...], **given: Any) -> None:
    """Delete jobs that have ended, with their child and hook jobs, logs and artifacts."""
    _act("delete", ids, {}, **given)


@click.command()
@click.argument("id")
@output_option
@state_option
def explain(id: str, output: str, state_dir: str | None) -> None:
    """Say of each step of the job ID why it runs, waits or was skipped."""
    from gitflow.cli.local.explain import explain as explain_job

    done(lambda: explain_job(id, output, state_dir))


@click.command()
@click.argument("id")
@output_option
@state_option
def history(id: str, output: str, state_dir: str | None) -> None:
    """List everything that happened to the job ID, and who caused it."""
    from gitflow.cli.local.explain import history as list_history

    done(lambda: list_history(id, output, state_dir))


COMMANDS = (
    *(cancel, pause, resume, retry, restart, retry_step, replay, skip, complete, approve, reject, event),
    *(delete, explain, history),
)
