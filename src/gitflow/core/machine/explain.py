"""Explains in a sentence why each step of a job runs, waits or was skipped."""

from __future__ import annotations

from gitflow.core.durations import rough
from gitflow.core.jobs.events import OVERRIDDEN
from gitflow.core.machine.causes import NOT_QUEUED, Queue, max_attempts, unblocked_by, waited_s
from gitflow.core.machine.outstanding import action_of, waiting_on
from gitflow.core.record import Record
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun

#: How many steps a sentence names.
NAMED = 5


#: History entries about people's decisions and their reasons, which only the history holds.
DECISIONS = ("step.approved", "step.forced", "step.force_requested", OVERRIDDEN, "step.reset", "job.paused")


class Circumstances(Record):
    """The facts that an explanation needs besides the job."""

    decisions: tuple[HistoryEntry, ...] = ()  #: the history entries of the kinds in DECISIONS, oldest first
    holders: tuple[str, ...] = ()  #: the jobs that hold the places of its concurrency group, as text
    queue: Queue = NOT_QUEUED  #: the same as data: those that may be named


def explain(job: Job, beside: Circumstances | None = None, runs: Iterable[StepRun] | None = None) -> dict[str, str]:
    """A sentence for each of the steps (None: all), in flow order; the instances of a loop follow it."""
    beside = beside or Circumstances()
    of_steps = _latest(beside.decisions)
    shown = job.in_order() if runs is None else runs
    return {run.name: _why(job, run, beside, of_steps.get(run.name, {})) for run in shown}


def why(job: Job, run: StepRun) -> str:
    """The reason for the step's status, with secrets masked."""
    return _why(job, run, Circumstances(), {})


def _latest(decisions: Iterable[HistoryEntry]) -> dict[str | None, dict[str, HistoryEntry]]:
    """For each step (None: the job), the last entry of each kind since the step was reset."""
    found: dict[str | None, dict[str, HistoryEntry]] = {}
    for entry in decisions:
        if entry.what == "step.reset":
            found.pop(entry.step, None)
        else:
            found.setdefault(entry.step, {})[entry.what] = entry
    return found


def _why(job: Job, run: StepRun, beside: Circumstances, decided: Mapping[str, HistoryEntry]) -> str:
    awaited = waiting_on(job, run)
    if awaited is not None:
        sentence = _WAITING[awaited](job, run) + _beside(job, run, awaited, beside)
    else:
        sentence = _by_person(run, decided) or _ENDED_OR_RUNNING[run.status](job, run)
    return str(masked(sentence, job.secrets))


def _by_person(run: StepRun, decided: Mapping[str, HistoryEntry]) -> str | None:
    """Who completed the step and why, if a person did."""
    entry = decided.get("step.forced") or decided.get("step.approved")
    if entry is None or run.status is not StepStatus.COMPLETED:
        return None
    how = "declared completed" if entry.what == "step.forced" else "approved"
    asked = entry if entry.what == "step.approved" else decided.get("step.force_requested")
    override = decided.get(OVERRIDDEN)
    override_note = f", who acted for its approvers{_because(override)}" if override is not None else _because(asked)
    early = "; the steps that depend on it wait until its own dependencies have ended" if run.is_ahead else ""
    return f"it was {how} by {entry.actor}{override_note}{early}"


def _because(entry: HistoryEntry | None) -> str:
    details = entry.details if entry is not None else None
    reason = details.get("reason") if is_object(details) else None
    return f": {reason}" if reason else ""


def _beside(job: Job, run: StepRun, awaited: str, beside: Circumstances) -> str:
    """Who holds the slot that the step waits for, or who paused the job."""
    if awaited == "slot" and job.status is JobStatus.PENDING and beside.holders:
        return f", held now by {', '.join(beside.holders)}"
    if awaited == "pause":
        paused = next((entry for entry in reversed(beside.decisions) if entry.what == "job.paused"), None)
        return f", by {paused.actor}" if paused is not None else ""
    return ""


def _running(job: Job, run: StepRun) -> str:
    if run.is_loop:
        sentence = f"{run.ended_instances} of its {run.loop_total} instances have ended"
    else:
        sentence = f"attempt {run.attempt} runs on {run.worker_id}{_since(run.started_at)}"
    return f"{sentence}; it is being stopped: {job.error_message}" if job.cancelling else sentence


def _completed(job: Job, run: StepRun) -> str:
    """At which attempt and with which exit code, what let it run, and how long it waited."""
    if not (run.attempt >= run.first_attempt or run.is_loop):
        return "it was declared completed by a person"
    most = max_attempts(job, run)
    counted = f" at attempt {run.attempt} of {max(most, run.attempt)}" if run.attempt > 1 or most > 1 else ""
    code = f" with exit code {run.exit_code}" if run.exit_code is not None else ""
    last = unblocked_by(job, run)
    begun = "it could start with the job" if last is None else f'"{last.name}" was the last that it waited for'
    waited = waited_s(run)
    if run.suspended_at is not None:
        took = f"; it was suspended for {rough(waited)}" if waited is not None else ""
    else:
        took = f", and it waited {rough(waited)} for a worker" if waited is not None else ""
    return f"it completed{counted}{code}; {begun}{took}"


def _failed(job: Job, run: StepRun) -> str:
    counted = f"attempt {run.attempt}" if run.attempt >= run.first_attempt else "it"
    tolerated = (
        "; the job continues without it" if job.plan.task.flow[run.loop_of or run.name].continue_on_failure else ""
    )
    return f"{counted} failed: {run.error_message}{tolerated}"


def _skipped(job: Job, run: StepRun) -> str:
    return f"it was skipped: {run.skip_reason}"


def _cancelled(job: Job, run: StepRun) -> str:
    """Explains a cancelled step. If its own message has no reason, the job's message says who cancelled it and why."""
    known = run.error_message if run.error_message not in (None, "cancelled") else job.error_message
    return f"it was cancelled: {known}" if known else "it was cancelled"


_ENDED_OR_RUNNING: Mapping[StepStatus, Callable[[Job, StepRun], str]] = {
    StepStatus.RUNNING: _running,
    StepStatus.COMPLETED: _completed,
    StepStatus.FAILED: _failed,
    StepStatus.SKIPPED: _skipped,
    StepStatus.CANCELLED: _cancelled,
}


def _on_dependencies(job: Job, run: StepRun) -> str:
    needs = [job.steps[name] for name in job.plan.graph.needs[run.name]]
    still_open = [f'"{need.name}" ({need.status.value})' for need in needs if not need.status.ended]
    ahead = [f'"{need.name}" ({need.status.value})' for need in needs if need.is_ahead]
    waits_for = ([_listed(still_open)] if still_open else []) + (
        [f"the dependencies of {_listed(ahead)}"] if ahead else []
    )
    return f"it waits for {' and for '.join(waits_for)}"


def _on_slot(job: Job, run: StepRun) -> str:
    if job.status is JobStatus.PENDING:
        return f"the job has not started{_until_begun(job)}"
    if run.status is StepStatus.READY:
        return f"the job runs at most {job.plan.task.max_parallel_steps} steps at once"
    step = job.plan.task.flow[run.loop_of or run.name]
    at_once = 1 if step.sequential else step.max_parallel
    return f'the loop "{step.name}" runs {at_once} of its instances at once'


def _until_begun(job: Job) -> str:
    due = f"; it starts no earlier than {_at(job.starts_at)}" if job.starts_at is not None else ""
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
        return "its child job is about to start"
    ending = run.error_message or (job.error_message if job.cancelling else None)
    stopping = f", which is being cancelled: {ending}" if ending else _until(job, run)
    return f"it waits for its child job {run.child_job_id}{stopping}"


#: Result of ``waiting_on`` -> the function that makes the sentence.
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
