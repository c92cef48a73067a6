"""The JSON of lists across workspaces: tasks with their last jobs, coming fires, and counts of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.core.status import JobStatus
from gitflow.views.noun import JsonField, Noun, is_none, optional, writer
from gitflow.views.schema import (
    ID,
    JOB_STATUS,
    MODE,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    described,
    list_of,
    map_of,
    or_null,
    ref,
)
from gitflow.views.task_stats import quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Commit, Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.reports import LastJob

#: How many jobs of each task are shown; the quantiles are of more.
SHOWN_JOBS = 20


class TaskOverview(Record):
    task: Task
    snapshot: Snapshot
    last: Sequence[LastJob]
    next_run: str | None
    changed_by: Commit | None

    @property
    def trigger_types(self) -> list[str]:
        """The types of the enabled triggers."""
        own = (each for each in self.snapshot.triggers.values() if each.enabled and each.task == self.task.name)
        return sorted({each.type for each in own})

    @property
    def durations(self) -> list[float]:
        completed = (each.duration_s for each in self.last if each.status == JobStatus.COMPLETED)
        return sorted(each for each in completed if each is not None)


class Fire(Record):
    time: float  #: seconds since the epoch
    at: str
    workspace: str
    trigger_name: str
    task_name: str


class Count(Record):
    jobs: int
    status: str | None = None
    workspace: str | None = None
    task_name: str | None = None
    by_status: Mapping[str, int] | None = None


LAST_JOB = Noun(
    "LastJob",
    "The result of one of the last jobs of a task.",
    (
        JsonField("job_id", ID),
        JsonField("status", JOB_STATUS),
        JsonField(
            "duration", or_null(NUMBER), "duration_s", about="Duration in seconds; null until the job has ended."
        ),
    ),
)

CHANGE = Noun(
    "TaskLastChange",
    "The last commit that touched a file of the task or of its actions.",
    (
        JsonField("revision", TEXT, "sha"),
        JsonField("author", TEXT),
        JsonField("at", TIME),
        JsonField("subject", TEXT),
    ),
)

TASK_OVERVIEW = Noun(
    "TaskOverview",
    "A task and the results of its last jobs.",
    (
        JsonField("name", TEXT, "task.name"),
        JsonField("workspace", TEXT, "snapshot.workspace"),
        JsonField("mode", MODE, "task.mode"),
        optional("title", TEXT, "task.title"),
        optional("folder", TEXT, "task.folder"),
        optional("description", TEXT, "task.description"),
        optional("labels", map_of(TEXT), lambda it: dict(it.task.labels)),
        JsonField("trigger_types", list_of(TEXT), about="Types of its enabled triggers."),
        JsonField(
            "last_jobs",
            list_of(ref("LastJob")),
            lambda it: [_last_job(each) for each in it.last[:SHOWN_JOBS]],
            about="The newest 20, newest first.",
        ),
        JsonField(
            "p50",
            or_null(NUMBER),
            lambda it: quantile(it.durations, 0.5),
            about="Median duration in seconds of those of the newest 50 jobs that completed.",
        ),
        JsonField("p95", or_null(NUMBER), lambda it: quantile(it.durations, 0.95)),
        JsonField("next_run", described(or_null(TIME), "When a schedule fires next, with its UTC offset.")),
        JsonField(
            "changed_by",
            or_null(ref("TaskLastChange")),
            lambda it: it.changed_by and _change(it.changed_by),
            about="Author of the last change; null outside git, and until it has been looked up.",
        ),
    ),
    list_name="TaskOverviewList",
)

FIRE = Noun(
    "ScheduledFire",
    "A time at which a schedule fires.",
    (
        JsonField("at", described(TIME, "Time of the fire, with the UTC offset of its time zone.")),
        JsonField("workspace", TEXT),
        JsonField("trigger_name", TEXT),
        JsonField("task_name", TEXT),
    ),
    list_name="ScheduledFireList",
)

COUNT = Noun(
    "JobCount",
    "Number of jobs in a state, or of a task.",
    (
        JsonField("status", JOB_STATUS, omit=is_none),
        JsonField("workspace", TEXT, omit=is_none),
        JsonField("task_name", TEXT, omit=is_none),
        JsonField("jobs", WHOLE),
        JsonField(
            "by_status",
            map_of(WHOLE),
            lambda it: None if it.by_status is None else dict(it.by_status),
            about="Number of the task's jobs in each status.",
            omit=is_none,
        ),
    ),
    list_name="JobCountList",
)

NOUNS = (LAST_JOB, CHANGE, TASK_OVERVIEW, FIRE, COUNT)

task_overview: Callable[[TaskOverview], JsonObject] = writer(TASK_OVERVIEW)
scheduled_fire: Callable[[Fire], JsonObject] = writer(FIRE)
job_count: Callable[[Count], JsonObject] = writer(COUNT)
_last_job = writer(LAST_JOB)
_change = writer(CHANGE)
