"""Explains the steps of a job, with the facts that only the store knows: decisions, and who holds its group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import NotFound
from gitflow.core.machine.explain import DECISIONS, NAMED, Circumstances, explain
from gitflow.core.status import JobStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.job import Job
    from gitflow.stores.registry import Stores

    MaySee = Callable[[str, str], bool]


def explained(stores: Stores, job: Job, now: float, may_see: MaySee = lambda workspace, task: True) -> dict[str, str]:
    """A sentence for each step (``core/machine/explain.py``). ``may_see``: whether a task's jobs may be named."""
    decisions = stores.jobs.history_of(job.id, DECISIONS)
    return explain(job, Circumstances(tuple(decisions), tuple(_holders(stores, job, now, may_see))))


def _holders(stores: Stores, job: Job, now: float, may_see: MaySee) -> list[str]:
    """The jobs that hold the places of the group that the job waits for, in words."""
    if job.status is not JobStatus.PENDING or job.group is None:
        return []
    members = stores.groups.members(job.workspace, job.group, now)
    holders = [one.member.job_id for one in members if one.has_begun and one.member.job_id != job.id]
    named = [_named(stores, id, may_see) for id in holders[:NAMED]]
    more = len(holders) - len(named)
    return [*named, *([f"{more} more"] if more else [])]


def _named(stores: Stores, job_id: str, may_see: MaySee) -> str:
    try:
        workspace, task = stores.jobs.task_of(job_id)
    except NotFound:
        return "a job that has ended"
    return f"job {job_id} of task {task!r}" if may_see(workspace, task) else "a job that you may not see"
