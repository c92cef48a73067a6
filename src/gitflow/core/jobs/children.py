"""A parent that is tried again need not run a child job that has been completed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.status import JobStatus, StepStatus

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job

#: How an attempt of the parent's step ended, if its child's later success still counts for the next attempt.
LEFT_UNDONE = frozenset({StepStatus.FAILED, StepStatus.CANCELLED})


def may_be_reused(before: StepStatus, child: Job, wanted: Job) -> bool:
    """Whether the child that the last attempt at a step began can stand for the one that is wanted now.

    ``before`` is how that attempt ended: one that completed and is to run again is wanted anew. ``child`` is the
    last job of its chain of retries, which a person may have opened again since.
    """
    done = before in LEFT_UNDONE and child.status is JobStatus.COMPLETED
    return done and _request_of(child) == _request_of(wanted)


def _request_of(job: Job) -> tuple[object, ...]:
    return job.workspace, job.revision, job.task_name, job.input
