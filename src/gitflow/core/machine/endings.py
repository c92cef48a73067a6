"""The end of a job: its status, its error message, and its output, which is null unless it completed."""

from __future__ import annotations

from gitflow.core.jobs.context import task_scope
from gitflow.core.machine.settling import settle
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.templates.render import render
from gitflow.core.templates.texts import TemplateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.job import StepRun
    from gitflow.core.machine.transition import Transition
    from gitflow.core.values import Json

#: How many failed steps an error message names.
NAMED_STEPS = 10


def end_if_done(transition: Transition) -> None:
    """Ends the job once none of its steps is open, or starts it again if a person restarted it."""
    if transition.open_steps or transition.status.ended:
        return
    if transition.winding_down:
        restart_by = transition.job_changes.get("restart_by", transition.before.restart_by)
        if restart_by is None:
            _end_as_asked(transition)
        else:
            _begin_anew(transition, restart_by)
        return
    if transition.status is JobStatus.PENDING:
        return
    failed = [run for run in _flow_runs(transition) if _counts(transition, run)]
    if failed:
        transition.move_job("failed", error_message=_failure(failed), output=None, completed_at=transition.at)
        return
    cancelled = [run for run in _flow_runs(transition) if run.status is StepStatus.CANCELLED]
    if cancelled:
        transition.move_job("cancelled", error_message=_rest(cancelled), output=None, completed_at=transition.at)
        return
    try:
        output = _output(transition)
    except TemplateError as error:
        transition.move_job("failed", error_message=f"output: {error}", output=None, completed_at=transition.at)
    else:
        transition.move_job("completed", output=output, completed_at=transition.at)


def _begin_anew(transition: Transition, actor: str) -> None:
    from gitflow.core.machine import resets

    resets.restart(transition, actor)
    settle(transition)
    end_if_done(transition)


def _end_as_asked(transition: Transition) -> None:
    """Ends the job as a cancel, a time limit or the loss of its owner decided."""
    status: JobStatus = (
        transition.job_changes.get("cancel_status") or transition.before.cancel_status or JobStatus.CANCELLED
    )
    message = transition.job_changes.get("error_message") or transition.before.error_message
    transition.move_job(status.value, error_message=message, output=None, completed_at=transition.at)


def _flow_runs(transition: Transition) -> list[StepRun]:
    return [transition.run(name) for name in transition.before.plan.task.flow]


def _counts(transition: Transition, run: StepRun) -> bool:
    return run.status is StepStatus.FAILED and not transition.step(run).continue_on_failure


def _failure(failed: list[StepRun]) -> str:
    first = failed[0]
    if len(failed) == 1:
        return f'step "{first.name}" failed: {first.error_message}'
    names = ", ".join(f'"{run.name}"' for run in failed[:NAMED_STEPS])
    more = len(failed) - NAMED_STEPS
    return f"steps {names}{f' and {more} more' if more > 0 else ''} failed; the first: {first.error_message}"


def _rest(cancelled: list[StepRun]) -> str:
    """The message of a cancelled job that was reopened for only a part of its cancelled steps."""
    names = ", ".join(f'"{run.name}"' for run in cancelled[:NAMED_STEPS])
    more = len(cancelled) - NAMED_STEPS
    return f"steps were cancelled before and not run again: {names}{f' and {more} more' if more > 0 else ''}"


def _output(transition: Transition) -> Json:
    task = transition.before.plan.task
    return (
        render(task.output, task_scope(transition.before, transition.run))
        if task.has_output
        else _leaf_outputs(transition)
    )


def _leaf_outputs(transition: Transition) -> Json:
    """The outputs of the steps that no other step depends on."""
    plan = transition.before.plan
    leaves = [transition.run(name) for name in plan.task.flow if not plan.graph.dependents[name]]
    return {run.name: run.output for run in leaves if _gave_output(run)} or None


def _gave_output(run: StepRun) -> bool:
    if run.is_loop:
        return any(output is not None for output in run.output or ())
    return run.output is not None
