"""Decides whether a retried step can reuse the child job of its last attempt, if that completed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.status import JobStatus, StepStatus

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job

#: Statuses of the parent's step after which a later success of its child still counts for the next attempt.
LEFT_UNDONE = frozenset({StepStatus.FAILED, StepStatus.CANCELLED})


def may_be_reused(before: StepStatus, child: Job, wanted: Job) -> bool:
    """Whether the child job of a step's last attempt can be reused in place of the ``wanted`` one.

    ``before`` is the step's status after that attempt: the child of a completed step is never reused. ``child`` is
    the last job of its chain of retries, which a person may have reopened since.
    """
    done = before in LEFT_UNDONE and child.status is JobStatus.COMPLETED
    return done and _request_of(child) == _request_of(wanted)


def _request_of(job: Job) -> tuple[object, ...]:
    return job.workspace, job.revision, job.task_name, job.input
