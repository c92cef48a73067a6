"""Explains a job and its steps, with the facts that only the store knows: decisions, the holders of its group, and the
last run of its task that completed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import NotFound
from gitflow.core.machine.causes import Cause, Queue, causes_of_job, causes_of_step
from gitflow.core.machine.explain import DECISIONS, NAMED, Circumstances, explain
from gitflow.core.machine.summary import Past, summary
from gitflow.core.names import closest
from gitflow.core.record import Record
from gitflow.core.status import FAILED_JOB, JobStatus
from gitflow.stores.protocols.jobs import JobFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.stores.registry import Stores

    MaySee = Callable[[str, str], bool]
    #: (revision of the last good run, job) -> the subjects of the commits that changed the task since; None: unknown.
    SubjectsSince = Callable[[str, Job], tuple[str, ...] | None]

#: The last good run is looked for among so many runs of the task before the job.
MAX_RUNS = 200


class StepExplanation(Record):
    run: StepRun
    reason: str  #: a sentence
    because: tuple[Cause, ...]


class JobExplanation(Record):
    job: Job
    steps: tuple[StepExplanation, ...]  #: in flow order; the instances of a loop follow it
    because: tuple[Cause, ...]
    summary: str


def explained(
    stores: Stores,
    job: Job,
    now: float,
    may_see: MaySee = lambda workspace, task: True,
    past: Past | None = None,
    step: str | None = None,
) -> JobExplanation:
    """``may_see``: whether jobs of a task may be named. ``past``: see ``last_good``. ``step``: explains only this step;
    None: all.

    Raises NotFound.
    """
    if step is not None and step not in job.steps:
        raise NotFound("step", step, closest(step, job.steps))
    beside = _circumstances(stores, job, now, may_see)
    steps = tuple(
        StepExplanation(job.steps[name], reason, causes_of_step(job, job.steps[name], beside.queue))
        for name, reason in explain(job, beside, None if step is None else [job.steps[step]]).items()
    )
    return JobExplanation(job, steps, causes_of_job(job, beside.queue), summary(job, now, past))


def reasons(explanation: JobExplanation) -> Mapping[str, str]:
    """The sentence of each step."""
    return {each.run.name: each.reason for each in explanation.steps}


def last_good(stores: Stores, job: Job) -> Past | None:
    """The last run of the task that completed before a job that failed. None if the job has not failed, or there is no
    such run."""
    if job.status not in FAILED_JOB:
        return None
    wanted = JobFilter(workspace=job.workspace, task_name=job.task_name)
    rows = stores.jobs.jobs(wanted, MAX_RUNS, before=(job.created_at, job.id))
    found = next((row for row in rows if row.status is JobStatus.COMPLETED and row.completed_at is not None), None)
    if found is None:
        return None
    return Past(found.revision, found.completed_at or 0.0, commit=found.git_commit and found.git_commit.sha)


def _circumstances(stores: Stores, job: Job, now: float, may_see: MaySee) -> Circumstances:
    decisions = tuple(stores.jobs.history_of(job.id, DECISIONS))
    if job.status is not JobStatus.PENDING or job.group is None:
        return Circumstances(decisions)
    members = stores.groups.members(job.workspace, job.group, now)
    holders = [one.member.job_id for one in members if one.has_begun and one.member.job_id != job.id]
    waiters = [one.member.job_id for one in members if not one.has_begun]
    ahead = waiters.index(job.id) if job.id in waiters else None
    found = [(id, _named(stores, id, may_see)) for id in holders[:NAMED]]
    more = len(holders) - len(found)
    texts = [text for _, text in found] + ([f"{more} more"] if more else [])
    shown = tuple(id for id, text in found if text.startswith(f"job {id}"))
    return Circumstances(decisions, tuple(texts), Queue(shown, ahead))


def _named(stores: Stores, job_id: str, may_see: MaySee) -> str:
    try:
        workspace, task = stores.jobs.task_of(job_id)
    except NotFound:
        return "a job that has ended"
    return f"job {job_id} of task {task!r}" if may_see(workspace, task) else "a job that you may not see"
