"""Whether a job shows that its revision is good or bad, for a search through revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.bisection import BAD, GOOD, SKIP
from gitflow.core.status import JobStatus, StepStatus

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job

_OF_JOB = {JobStatus.COMPLETED: GOOD, JobStatus.FAILED: BAD, JobStatus.TIMED_OUT: BAD}
_OF_STEP = {StepStatus.COMPLETED: GOOD, StepStatus.FAILED: BAD}


def verdict_of(job: Job, step: str | None) -> tuple[str, str]:
    """A verdict and its reason, of a job that has ended; ``step``: only this step counts."""
    found = job.steps.get(step) if step is not None else None
    if step is None:
        return _OF_JOB.get(job.status, SKIP), f"the job {_ended(job)}{_failed(job)}"
    if found is None:
        return SKIP, f"there is no step {step}"
    if found.status is StepStatus.CANCELLED and job.status is JobStatus.TIMED_OUT:
        return BAD, f"step {step} did not end in time"
    verb = "was" if found.status in (StepStatus.SKIPPED, StepStatus.CANCELLED) else ""
    return _OF_STEP.get(found.status, SKIP), " ".join(f"step {step} {verb} {found.status}".split())


def _ended(job: Job) -> str:
    return {JobStatus.CANCELLED: "was cancelled", JobStatus.TIMED_OUT: "timed out"}.get(job.status, job.status.value)


def _failed(job: Job) -> str:
    names = [run.name for run in job.steps.values() if run.status is StepStatus.FAILED and run.loop_of is None]
    return f" at step {', '.join(names)}" if names and job.status is not JobStatus.COMPLETED else ""
