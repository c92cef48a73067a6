"""The JSON of a task's statistics: of its last jobs together, one by one, by step and by revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.core.status import JobStatus
from gitflow.views.commits import commit_or_none
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import ID, JOB_STATUS, NUMBER, TEXT, TIME, WHOLE, list_of, map_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.reports import EndedJob, StepTimes

#: Of how many revisions there are figures at most: those of the newest jobs.
MAX_REVISIONS = 100


class TaskStats(Record):
    """The last ended jobs of a task, newest first, and the times of their steps in the order of the flow."""

    workspace: str
    task_name: str
    jobs: Sequence[EndedJob]
    steps: Sequence[StepTimes] = ()
    series: int = 0  #: how many of the newest jobs are listed one by one


class RevisionJobs(Record):
    """Jobs of one revision, newest first; at least one."""

    jobs: Sequence[EndedJob]


STATS = Noun(
    "Stats",
    "Statistics of the last jobs of a task.",
    (
        JsonField("workspace", TEXT),
        JsonField("task_name", TEXT),
        JsonField("jobs", WHOLE, lambda it: len(it.jobs), about="How many jobs were included."),
        JsonField("by_status", map_of(WHOLE), lambda it: _by_status(it.jobs)),
        JsonField(
            "duration_seconds",
            ref("Spread"),
            lambda it: _durations(it.jobs),
            about="Durations in seconds of the jobs that completed.",
        ),
        JsonField(
            "wait_seconds",
            ref("Spread"),
            lambda it: _spread(sorted(map(_wait_s, it.jobs))),
            about="Seconds from creation to start.",
        ),
        JsonField("by_step", list_of(ref("StepStats")), lambda it: [_step(each) for each in it.steps]),
        JsonField(
            "by_revision",
            list_of(ref("RevisionStats")),
            lambda it: [_revision(each) for each in _by_revision(it.jobs)],
            about=f"Statistics of each revision, that of the newest job first; {MAX_REVISIONS} at most.",
        ),
        JsonField(
            "series",
            list_of(ref("JobTimes")),
            lambda it: [_job_times(each) for each in it.jobs[: it.series]],
            about="The newest of these jobs one by one, newest first.",
        ),
    ),
)

SPREAD = Noun(
    "Spread",
    "Median (`p50`) and 95th percentile (`p95`) of durations, in seconds.",
    (
        JsonField("p50", or_null(NUMBER), lambda values: quantile(values, 0.5)),
        JsonField("p95", or_null(NUMBER), lambda values: quantile(values, 0.95)),
    ),
)

STEP_STATS = Noun(
    "StepStats",
    "How long a step took in these jobs, where it completed.",
    (
        JsonField("step_name", TEXT, "name"),
        JsonField(
            "runs",
            WHOLE,
            about="How many runs of the step in the newest jobs were included; each instance of a loop counts as one.",
        ),
        JsonField(
            "duration_seconds",
            ref("Spread"),
            lambda it: {"p50": round(it.run_half_s, 6), "p95": round(it.run_most_s, 6)},
            about="Seconds of its last attempt, without its suspension; if it started a task, until that task's job "
            "ended.",
        ),
        JsonField(
            "wait_seconds",
            ref("Spread"),
            lambda it: {"p50": round(it.wait_half_s, 6), "p95": round(it.wait_most_s, 6)},
            about="Seconds from ready to its start, and those for which it was suspended: for a person, an event or a "
            "time.",
        ),
    ),
)

REVISION_STATS = Noun(
    "RevisionStats",
    "Statistics of the jobs of one revision.",
    (
        JsonField("revision", TEXT, lambda it: it.jobs[0].revision),
        JsonField(
            "commit",
            or_null(ref("CommitSummary")),
            lambda it: commit_or_none(it.jobs[0].git_commit),
            about="The commit of the revision; null for files that were not committed.",
        ),
        JsonField("jobs", WHOLE, lambda it: len(it.jobs)),
        JsonField(
            "first_created_at",
            TIME,
            lambda it: it.jobs[-1].created_at,
            about="When the oldest of these jobs was created.",
        ),
        JsonField(
            "last_created_at",
            TIME,
            lambda it: it.jobs[0].created_at,
            about="When the newest of these jobs was created.",
        ),
        JsonField("by_status", map_of(WHOLE), lambda it: _by_status(it.jobs)),
        JsonField(
            "duration_seconds",
            ref("Spread"),
            lambda it: _durations(it.jobs),
            about="Durations in seconds of the jobs that completed.",
        ),
    ),
)

JOB_TIMES = Noun(
    "JobTimes",
    "Duration of one job.",
    (
        JsonField("job_id", ID, "id"),
        JsonField("status", JOB_STATUS),
        JsonField("revision", TEXT),
        JsonField("created_at", TIME),
        JsonField("duration_seconds", NUMBER, lambda it: round(_duration_s(it), 6)),
        JsonField("wait_seconds", NUMBER, lambda it: round(_wait_s(it), 6), about="Seconds from creation to start."),
    ),
)

NOUNS = (STATS, SPREAD, STEP_STATS, REVISION_STATS, JOB_TIMES)

stats: Callable[[TaskStats], JsonObject] = writer(STATS)
_spread: Callable[[Sequence[float]], JsonObject] = writer(SPREAD)
_step: Callable[[StepTimes], JsonObject] = writer(STEP_STATS)
_revision: Callable[[RevisionJobs], JsonObject] = writer(REVISION_STATS)
_job_times: Callable[[EndedJob], JsonObject] = writer(JOB_TIMES)


def _duration_s(job: EndedJob) -> float:
    return job.completed_at - job.started_at


def _wait_s(job: EndedJob) -> float:
    return job.started_at - job.created_at


def _durations(jobs: Iterable[EndedJob]) -> JsonObject:
    return _spread(sorted(_duration_s(job) for job in jobs if job.status is JobStatus.COMPLETED))


def _by_status(jobs: Sequence[EndedJob]) -> JsonObject:
    return {status.value: sum(job.status is status for job in jobs) for status in JobStatus if status.ended}


def _by_revision(jobs: Iterable[EndedJob]) -> list[RevisionJobs]:
    found: dict[str, list[EndedJob]] = {}
    for job in jobs:
        found.setdefault(job.revision, []).append(job)
    return [RevisionJobs(each) for each in list(found.values())[:MAX_REVISIONS]]


def quantile(ordered: Sequence[float], part: float) -> float | None:
    """The smallest value such that at least the fraction ``part`` of all is not greater; None without values."""
    if not ordered:
        return None
    return round(ordered[max(0, -int(-part * len(ordered) // 1) - 1)], 6)
