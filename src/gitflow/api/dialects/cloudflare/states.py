"""The states of jobs and steps as states of workflow instances: every native state has exactly one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.status import JobStatus, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitflow.core.jobs.job import Job, StepRun

#: Every state of an instance; this server has nothing that rolls back.
STATES = (
    *("queued", "running", "paused", "errored", "terminated", "complete", "waitingForPause", "waiting"),
    "rollingBack",
)

#: What a job does at the moment: it is being cancelled, some step runs or is offered, all that goes on waits, or none.
DOINGS = ("ends", "runs", "starts", "waits", "nothing")

#: Of a job that runs: by what it does.
_RUNNING: Mapping[str, str] = {
    "ends": "running",
    "runs": "running",
    "starts": "running",
    "waits": "waiting",
    "nothing": "running",
}

#: Of a paused one: what still runs when it is paused finishes first.
_PAUSED: Mapping[str, str] = {
    "ends": "running",
    "runs": "waitingForPause",
    "starts": "paused",
    "waits": "paused",
    "nothing": "paused",
}

#: Of the others it makes no difference.
_SETTLED: Mapping[JobStatus, str] = {
    JobStatus.PENDING: "queued",
    JobStatus.COMPLETED: "complete",
    JobStatus.FAILED: "errored",
    JobStatus.TIMED_OUT: "errored",
    JobStatus.CANCELLED: "terminated",
}

#: (status of a job, what it does) -> state of an instance.
STATE: Mapping[tuple[JobStatus, str], str] = {
    **{(status, doing): state for status, state in _SETTLED.items() for doing in DOINGS},
    **{(JobStatus.RUNNING, doing): state for doing, state in _RUNNING.items()},
    **{(JobStatus.PAUSED, doing): state for doing, state in _PAUSED.items()},
}

#: State of an instance -> the statuses of the jobs that can be in it.
STATUSES: Mapping[str, tuple[str, ...]] = {
    state: tuple(dict.fromkeys(status.value for (status, _), found in STATE.items() if found == state))
    for state in STATES
}

#: Status of a step -> state of its log; a step waits also for its next attempt.
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

#: Status of a step, or of an attempt -> whether it went well; None while that is open.
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

#: State of an instance -> whether it went well; None while that is open.
WENT_WELL: Mapping[str, bool | None] = {
    **dict.fromkeys(STATES, None),
    "complete": True,
    "errored": False,
    "terminated": False,
}

#: What an action waits for -> type of an entry in the logs of an instance; an approval is a step that takes its time.
KIND: Mapping[str | None, str] = {
    None: "step",
    "child": "step",
    "approval": "step",
    "timer": "sleep",
    "event": "waitForEvent",
}

#: Why a job exists -> what triggered an instance.
TRIGGER: Mapping[str, str] = {
    "api": "api",
    "user": "api",
    "trigger": "cron",
    "webhook": "event",
    "hook": "binding",
    "task": "binding",
}


def state_of(job: Job) -> str:
    return STATE[job.status, doing_of(job)]


def doing_of(job: Job) -> str:
    if job.cancelling:
        return "ends"
    if job.status not in (JobStatus.RUNNING, JobStatus.PAUSED):
        return "nothing"
    return doing_in(step for step in job.steps.values() if not step.is_loop)


def doing_in(steps: Iterable[StepRun]) -> str:
    found = {_doing(step) for step in steps}
    return next((doing for doing in DOINGS if doing in found), "nothing")


def _doing(step: StepRun) -> str:
    """A step that is due later waits: for its next attempt."""
    if step.status is StepStatus.PENDING and step.due_at is not None:
        return "waits"
    return _STEP_DOING.get(step.status, "nothing")


_STEP_DOING: Mapping[StepStatus, str] = {
    StepStatus.RUNNING: "runs",
    StepStatus.READY: "starts",
    StepStatus.SUSPENDED: "waits",
}


def step_state(step: StepRun) -> str:
    return "waiting" if _doing(step) == "waits" else STEP_STATE[step.status]
