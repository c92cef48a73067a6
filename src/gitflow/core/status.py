"""The statuses of jobs and steps, as the API names them."""

from __future__ import annotations

from gitflow.core.str_enum import StrEnum


class JobStatus(StrEnum):
    """Status of a job. ``paused`` and ``timed_out`` extend the published list."""

    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"

    @property
    def ended(self) -> bool:
        return self in ENDED_JOB


class StepStatus(StrEnum):
    """Status of a step. ``suspended`` and ``cancelled`` extend the published list."""

    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in ENDED_STEP


ENDED_JOB = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.TIMED_OUT})
#: The job did not do what it was to do; each is compared with the last run that completed.
FAILED_JOB = frozenset({JobStatus.FAILED, JobStatus.TIMED_OUT})
OPEN_JOB = tuple(status for status in JobStatus if status not in ENDED_JOB)
ENDED_STEP = frozenset({StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED})

#: What a step waits for (``core.machine.outstanding.waiting_on``), and what a job may wait for as a whole: its group.
WAITING = ("approval", "event", "timer", "child", "retry", "dependencies", "worker", "slot", "pause", "group")
