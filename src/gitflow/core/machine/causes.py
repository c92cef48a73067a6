"""Why a step, or a job as a whole, stands as it does: as data, beside the sentences of ``explain``."""

from __future__ import annotations

from gitflow.core.language.definition import NO_RETRY
from gitflow.core.machine.inbox import awaited_type
from gitflow.core.machine.outstanding import action_of, waiting_on
from gitflow.core.record import Record, replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.values import is_list, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import Json

#: What a cause may be. The first eight hold something back or let it go; a person may also have decided.
KINDS = (
    *("dependency", "condition", "limit", "approval", "event", "retry", "timer", "worker"),
    *("child", "pause", "person"),
)

#: How many causes of a kind a step or a job has.
MAX_CAUSES = 20


class Cause(Record):
    kind: str
    step: str | None = None  #: another step, or the loop of an instance
    expression: str | None = None  #: as written: a condition, or the name of a group or of a setting
    value: Json = None  #: the status of the step, the limit, who may approve, the type of the event, tags
    until: float | None = None  #: when a timer ends it
    holder_job: str | None = None  #: a job that holds a place of the group, or the child job
    ahead: int | None = None  #: how many jobs wait before this one


class Queue(Record):
    """The group that a job waits for: who holds its places, and how many jobs are before it."""

    holders: tuple[str, ...] = ()
    ahead: int | None = None


NOT_QUEUED = Queue()


def causes_of_step(job: Job, run: StepRun, queue: Queue = NOT_QUEUED) -> tuple[Cause, ...]:
    awaited = waiting_on(job, run)
    if awaited is not None:
        return tuple(_WAITING[awaited](job, run, queue))[:MAX_CAUSES]
    find = _ENDED.get(run.status)
    return () if find is None else tuple(find(job, run))[:MAX_CAUSES]


def causes_of_job(job: Job, queue: Queue = NOT_QUEUED) -> tuple[Cause, ...]:
    """What an open job waits for where that is not its own progress; the failed steps of one that failed."""
    if job.status is JobStatus.PENDING:
        return tuple(_on_admission(job, queue))
    if job.status is JobStatus.PAUSED:
        return (Cause("pause"),)
    if job.status is JobStatus.RUNNING:
        waiting = [run for run in job.steps.values() if waiting_on(job, run) not in (None, "dependencies", "slot")]
        found = [(run, cause) for run in waiting[:MAX_CAUSES] for cause in causes_of_step(job, run)]
        return tuple(_about(run, cause) for run, cause in found)[:MAX_CAUSES]
    failed = [job.steps[name] for name in job.plan.task.flow if job.steps[name].status is StepStatus.FAILED]
    return tuple(_dependency(run) for run in failed)[:MAX_CAUSES]


def unblocked_by(job: Job, run: StepRun) -> StepRun | None:
    """The dependency of a step that ended last; None for a step without dependencies."""
    needs = [job.steps[name] for name in job.plan.graph.needs[run.loop_of or run.name]]
    ended = [need for need in needs if need.completed_at is not None]
    return max(ended, key=lambda need: need.completed_at or 0.0) if ended else None


def waited_s(run: StepRun) -> float | None:
    """How long the last attempt waited: for a worker before it ran, or for what ended its suspension."""
    if run.suspended_at is not None:
        return None if run.completed_at is None else max(0.0, run.completed_at - run.suspended_at)
    if run.ready_at is None or run.started_at is None:
        return None
    return max(0.0, run.started_at - run.ready_at)


def max_attempts(job: Job, run: StepRun) -> int:
    """The number of the last attempt that the retry budget of the step allows."""
    retry = job.plan.task.flow[run.loop_of or run.name].retry or action_of(job, run).retry or NO_RETRY
    return max(run.first_attempt, 1) - 1 + retry.max_attempts


def _about(run: StepRun, cause: Cause) -> Cause:
    return replace(cause, step=cause.step or run.name)


def _dependency(run: StepRun) -> Cause:
    return Cause("dependency", run.name, value=run.status.value)


def _on_dependencies(job: Job, run: StepRun, queue: Queue) -> Sequence[Cause]:
    needs = [job.steps[name] for name in job.plan.graph.needs[run.loop_of or run.name]]
    return [_dependency(need) for need in needs if not need.status.ended or need.is_ahead]


def _on_slot(job: Job, run: StepRun, queue: Queue) -> Sequence[Cause]:
    if job.status is JobStatus.PENDING:
        return _on_admission(job, queue)
    if run.status is StepStatus.READY:
        return [Cause("limit", expression="max_parallel_steps", value=job.plan.task.max_parallel_steps)]
    step = job.plan.task.flow[run.loop_of or run.name]
    named = "sequential" if step.sequential else "max_parallel"
    return [Cause("limit", step.name, named, 1 if step.sequential else step.max_parallel)]


def _on_admission(job: Job, queue: Queue) -> Sequence[Cause]:
    later = [Cause("retry" if job.attempt > 1 else "timer", until=job.starts_at)] if job.starts_at is not None else []
    if job.group is None:
        return later
    limit = Cause("limit", expression=job.group, value=job.group_limit, ahead=queue.ahead)
    held = [Cause("limit", None, job.group, job.group_limit, None, holder, queue.ahead) for holder in queue.holders]
    return [*later, *(held or [limit])]


def _on_worker(job: Job, run: StepRun, queue: Queue) -> Sequence[Cause]:
    return [Cause("worker", value=list(action_of(job, run).tags))]


def _on_retry(job: Job, run: StepRun, queue: Queue) -> Sequence[Cause]:
    return [Cause("retry", value=run.attempt, until=run.due_at)]


def _on_pause(job: Job, run: StepRun, queue: Queue) -> Sequence[Cause]:
    return [Cause("pause")]


def _on_approval(job: Job, run: StepRun, queue: Queue) -> Sequence[Cause]:
    approvers = run.input.get("approvers") if is_object(run.input) else None
    return [Cause("approval", value=approvers if is_list(approvers) else [], until=run.due_at)]


def _on_event(job: Job, run: StepRun, queue: Queue) -> Sequence[Cause]:
    return [Cause("event", value=awaited_type(run), until=run.due_at)]


def _on_timer(job: Job, run: StepRun, queue: Queue) -> Sequence[Cause]:
    return [Cause("timer", until=run.due_at)]


def _on_child(job: Job, run: StepRun, queue: Queue) -> Sequence[Cause]:
    return [Cause("child", until=run.due_at, holder_job=run.child_job_id)]


def _completed(job: Job, run: StepRun) -> Sequence[Cause]:
    """What let it run."""
    last = unblocked_by(job, run)
    return [] if last is None else [_dependency(last)]


def _failed(job: Job, run: StepRun) -> Sequence[Cause]:
    return [Cause("retry", value=run.attempt)] if run.attempt > run.first_attempt else []


def _skipped(job: Job, run: StepRun) -> Sequence[Cause]:
    step = job.plan.task.flow[run.loop_of or run.name]
    if run.skipped_by == "person":
        return [Cause("person")]
    needs = [job.steps[name] for name in job.plan.graph.needs[run.loop_of or run.name]]
    if run.skipped_by == "when" and not any(_was_skipped_by_condition(need) for need in needs):
        return [Cause("condition", expression=step.when, value=False)]
    return [_dependency(need) for need in needs if need.status is not StepStatus.COMPLETED]


def _was_skipped_by_condition(run: StepRun) -> bool:
    return run.status is StepStatus.SKIPPED and run.skipped_by == "when"


#: Result of ``waiting_on`` -> the function that finds the causes.
_WAITING: Mapping[str, Callable[[Job, StepRun, Queue], Sequence[Cause]]] = {
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

_ENDED: Mapping[StepStatus, Callable[[Job, StepRun], Sequence[Cause]]] = {
    StepStatus.COMPLETED: _completed,
    StepStatus.FAILED: _failed,
    StepStatus.SKIPPED: _skipped,
}
