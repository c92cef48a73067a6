"""Why each step of a job runs, waits or was skipped, in words."""

from __future__ import annotations

from gitflow.core.masking import masked
from gitflow.core.owed import action_of, waiting_on
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitflow.core.job import Job, StepRun

#: How many steps a sentence names.
NAMED = 5


def explain(job: Job) -> dict[str, str]:
    """A sentence for each step, in flow order, the instances of a loop after it."""
    return {run.name: why(job, run) for run in job.in_order()}


def why(job: Job, run: StepRun) -> str:
    """Why the step stands as it does, with secrets masked."""
    awaited = waiting_on(job, run)
    told = _ENDED_OR_RUNNING[run.status](job, run) if awaited is None else _WAITING[awaited](job, run)
    return str(masked(told, job.secrets))


def _running(job: Job, run: StepRun) -> str:
    if run.is_loop:
        told = f"{run.ended_instances} of its {run.loop_total} instances have ended"
    else:
        told = f"attempt {run.attempt} runs on {run.worker_id}{_since(run.started_at)}"
    return f"{told}; it is being stopped: {job.error_message}" if job.cancelling else told


def _completed(job: Job, run: StepRun) -> str:
    ran = run.attempt >= run.first_attempt or run.is_loop
    counted = f" at attempt {run.attempt}" if ran and run.attempt > 1 else ""
    return f"it completed{counted}" if ran else "it was declared completed by a person"


def _failed(job: Job, run: StepRun) -> str:
    counted = f"attempt {run.attempt}" if run.attempt >= run.first_attempt else "it"
    tolerated = (
        "; the job goes on without it" if job.plan.task.flow[run.loop_of or run.name].continue_on_failure else ""
    )
    return f"{counted} failed: {run.error_message}{tolerated}"


def _skipped(job: Job, run: StepRun) -> str:
    return f"it was skipped: {run.skip_reason}"


def _cancelled(job: Job, run: StepRun) -> str:
    return f"it was cancelled: {run.error_message}" if run.error_message else "it was cancelled"


_ENDED_OR_RUNNING: Mapping[StepStatus, Callable[[Job, StepRun], str]] = {
    StepStatus.RUNNING: _running,
    StepStatus.COMPLETED: _completed,
    StepStatus.FAILED: _failed,
    StepStatus.SKIPPED: _skipped,
    StepStatus.CANCELLED: _cancelled,
}


def _on_dependencies(job: Job, run: StepRun) -> str:
    needs = (job.steps[name] for name in job.plan.graph.needs[run.name])
    still_open = [f'"{need.name}" ({need.status.value})' for need in needs if not need.status.ended]
    return f"it waits for {_listed(still_open)}"


def _on_slot(job: Job, run: StepRun) -> str:
    if job.status is JobStatus.PENDING:
        return f"the job has not begun{_until_begun(job)}"
    if run.status is StepStatus.READY:
        return f"the job runs at most {job.plan.task.max_parallel_steps} steps at once"
    step = job.plan.task.flow[run.loop_of or run.name]
    at_once = 1 if step.sequential else step.max_parallel
    return f'the loop "{step.name}" runs {at_once} of its instances at once'


def _until_begun(job: Job) -> str:
    due = f"; it is not to begin before {_at(job.starts_at)}" if job.starts_at is not None else ""
    return due + (f'; its concurrency group "{job.group}" runs {job.group_limit} at once' if job.group else "")


def _on_worker(job: Job, run: StepRun) -> str:
    tags = action_of(job, run).tags
    return "it waits for a worker" + (f" with the tags {_listed(tags)}{_since(run.ready_at)}" if tags else "")


def _on_retry(job: Job, run: StepRun) -> str:
    return f"attempt {run.attempt} failed: {run.error_message}; the next one is due at {_at(run.due_at)}"


def _on_pause(job: Job, run: StepRun) -> str:
    return f"the job is paused{_since(job.paused_at)}"


def _on_approval(job: Job, run: StepRun) -> str:
    shown = run.input if is_object(run.input) else {}
    who = " or ".join(shown.get("approvers") or ["somebody"])
    asked = f": {shown['message']}" if shown.get("message") else ""
    return f"it waits for {who} to approve{_until(job, run)}{asked}"


def _on_event(job: Job, run: StepRun) -> str:
    event = run.input.get("event") if is_object(run.input) else None
    return f'it waits for an event of type "{event}"{_until(job, run)}'


def _on_timer(job: Job, run: StepRun) -> str:
    return f"it sleeps{_until(job, run)}"


def _on_child(job: Job, run: StepRun) -> str:
    if run.child_job_id is None:
        return "its child job is about to begin"
    ending = run.error_message or (job.error_message if job.cancelling else None)
    stopping = f", which is being cancelled: {ending}" if ending else _until(job, run)
    return f"it waits for its child job {run.child_job_id}{stopping}"


#: What ``waiting_on`` answers -> the sentence.
_WAITING: Mapping[str, Callable[[Job, StepRun], str]] = {
    "dependencies": _on_dependencies,
    "slot": _on_slot,
    "worker": _on_worker,
    "retry": _on_retry,
    "pause": _on_pause,
    "approval": _on_approval,
    "event": _on_event,
    "timer": _on_timer,
    "child": _on_child,
}


def _until(job: Job, run: StepRun) -> str:
    if run.due_at is None:
        return ""
    stands_still = "; the job is paused, so it takes effect at the resume" if job.status is JobStatus.PAUSED else ""
    return f" until {_at(run.due_at)}{stands_still}"


def _since(at: float | None) -> str:
    return "" if at is None else f" since {_at(at)}"


def _at(at: float | None) -> str:
    return rfc3339(at or 0.0)


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
