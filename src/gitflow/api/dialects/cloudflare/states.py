"""The states of workflow instances: each state of a job or a step maps to exactly one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.status import JobStatus, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitflow.core.jobs.job import Job, StepRun

#: Every state of an instance. No job is ever in ``rollingBack``: this server has no rollback handlers.
STATES = (
    *("queued", "running", "paused", "errored", "terminated", "complete", "waitingForPause", "waiting"),
    "rollingBack",
)

#: What a job does, in order of precedence: it is being cancelled, a step runs, a step is ready, a step waits, or none.
ACTIVITIES = ("ends", "runs", "starts", "waits", "nothing")

#: State of a running job, by its activity.
_RUNNING: Mapping[str, str] = {
    "ends": "running",
    "runs": "running",
    "starts": "running",
    "waits": "waiting",
    "nothing": "running",
}

#: State of a paused job, by its activity: steps that run when it is paused finish first.
_PAUSED: Mapping[str, str] = {
    "ends": "running",
    "runs": "waitingForPause",
    "starts": "paused",
    "waits": "paused",
    "nothing": "paused",
}

#: State of jobs with any other status, whatever their activity.
_SETTLED: Mapping[JobStatus, str] = {
    JobStatus.PENDING: "queued",
    JobStatus.COMPLETED: "complete",
    JobStatus.FAILED: "errored",
    JobStatus.TIMED_OUT: "errored",
    JobStatus.CANCELLED: "terminated",
}

#: (status of a job, its activity) -> state of an instance.
STATE: Mapping[tuple[JobStatus, str], str] = {
    **{(status, activity): state for status, state in _SETTLED.items() for activity in ACTIVITIES},
    **{(JobStatus.RUNNING, activity): state for activity, state in _RUNNING.items()},
    **{(JobStatus.PAUSED, activity): state for activity, state in _PAUSED.items()},
}

#: State of an instance -> the statuses of the jobs that can be in it.
STATUSES: Mapping[str, tuple[str, ...]] = {
    state: tuple(dict.fromkeys(status.value for (status, _), found in STATE.items() if found == state))
    for state in STATES
}

#: Status of a step -> state of its entry in the logs; ``step_state`` adds the wait for a retry.
STEP_STATE: Mapping[StepStatus, str] = {
    StepStatus.PENDING: "queued",
    StepStatus.READY: "queued",
    StepStatus.RUNNING: "running",
    StepStatus.SUSPENDED: "waiting",
    StepStatus.COMPLETED: "complete",
    StepStatus.FAILED: "errored",
    StepStatus.SKIPPED: "complete",
    StepStatus.CANCELLED: "terminated",
}

#: Status of a step or an attempt -> whether it succeeded; None: not decided yet.
SUCCESS: Mapping[StepStatus, bool | None] = {
    StepStatus.PENDING: None,
    StepStatus.READY: None,
    StepStatus.RUNNING: None,
    StepStatus.SUSPENDED: None,
    StepStatus.COMPLETED: True,
    StepStatus.FAILED: False,
    StepStatus.SKIPPED: True,
    StepStatus.CANCELLED: False,
}

#: State of an instance -> whether it succeeded; None: not decided yet.
INSTANCE_SUCCESS: Mapping[str, bool | None] = {
    **dict.fromkeys(STATES, None),
    "complete": True,
    "errored": False,
    "terminated": False,
}

#: What an action waits for -> type of its entry in the logs; an approval has the type of an ordinary step.
KIND: Mapping[str | None, str] = {
    None: "step",
    "child": "step",
    "approval": "step",
    "timer": "sleep",
    "event": "waitForEvent",
}

#: Source type of a job -> trigger source of an instance.
TRIGGER: Mapping[str, str] = {
    "api": "api",
    "user": "api",
    "trigger": "cron",
    "webhook": "event",
    "hook": "binding",
    "task": "binding",
}


def state_of(job: Job) -> str:
    return STATE[job.status, activity_of(job)]


def activity_of(job: Job) -> str:
    if job.cancelling:
        return "ends"
    if job.status not in (JobStatus.RUNNING, JobStatus.PAUSED):
        return "nothing"
    return activity_in(step for step in job.steps.values() if not step.is_loop)


def activity_in(steps: Iterable[StepRun]) -> str:
    found = {_step_activity(step) for step in steps}
    return next((activity for activity in ACTIVITIES if activity in found), "nothing")


def _step_activity(step: StepRun) -> str:
    """A pending step with a due time waits for its retry."""
    if step.status is StepStatus.PENDING and step.due_at is not None:
        return "waits"
    return _STEP_ACTIVITY.get(step.status, "nothing")


_STEP_ACTIVITY: Mapping[StepStatus, str] = {
    StepStatus.RUNNING: "runs",
    StepStatus.READY: "starts",
    StepStatus.SUSPENDED: "waits",
}


def step_state(step: StepRun) -> str:
    return "waiting" if _step_activity(step) == "waits" else STEP_STATE[step.status]
