"""Finds a completed child job that a parent's step can reuse instead of starting another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.jobs.children import may_be_reused
from gitflow.core.status import StepStatus

if TYPE_CHECKING:
    from gitflow.core.jobs.effects import StartChild
    from gitflow.core.jobs.job import Job
    from gitflow.runtime.engine.context import EngineContext


def completed_child(context: EngineContext, job: Job, effect: StartChild, wanted: Job) -> Job | None:
    """The last retry of the child that the step's last attempt started, in this job or the one that it retries."""
    before = job.id if effect.attempt > 1 else _retried(job, effect.step)
    if before is None:
        return None
    begun = [job_id for job_id, step, _ in context.store.children(before) if step == effect.step]
    if not begun:
        return None
    ended_as = _last_status(context, before, effect.step)
    child = context.load(begun[-1])
    if before == job.id and child.created_at < (job.started_at or 0.0):
        return None  # the job was restarted since
    return child if ended_as is not None and may_be_reused(ended_as, child, wanted) else None


def _retried(job: Job, step: str) -> str | None:
    """The retried job, which may have started a child of this step; None if the step must run again."""
    written = job.steps[step].loop_of or step
    return None if written in (job.anew or ()) else job.retry_of_job_id


def _last_status(context: EngineContext, job_id: str, step: str) -> StepStatus | None:
    """The status of the last attempt that has ended."""
    ended = [row for row in context.store.attempts(job_id) if row.step == step and row.completed_at is not None]
    return StepStatus(ended[-1].status) if ended else None
