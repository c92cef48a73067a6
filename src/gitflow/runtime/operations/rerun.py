"""Runs a job again as a new, independent job: with the same input, or with changes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict
from gitflow.core.jobs.planning import plan_task
from gitflow.core.language.inputs import read_text
from gitflow.core.record import Record, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.job import Job, Source
    from gitflow.core.language.definition import Field
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.engine.job_factory import JobFactory
    from gitflow.workspaces.base import Workspace

#: Labels by which all jobs of one backfill, or of one search for a commit, are found.
BACKFILL, BISECT = "backfill", "bisect"


class RerunOptions(Record):
    """What a rerun changes."""

    input: Mapping[str, Json] = field(default_factory=dict[str, "Json"])  #: values that replace those of the old job
    text_input: Mapping[str, str] = field(default_factory=dict[str, str])  #: the same as text, not converted yet
    latest: Workspace | None = None  #: use the task's definition in this workspace, at its newest revision
    revision: Revision | None = None  #: with ``latest``: use this revision instead of the newest


def refuse_rerun(before: Job) -> None:
    """Raises Conflict for the job of a hook."""
    if before.source.type == "hook":
        raise Conflict(f"job {before.id} was started by a hook; rerun the job that the hook is about")


def rerun_job(factory: JobFactory, snapshot: Snapshot, before: Job, source: Source, how: RerunOptions) -> Job:
    """The new job keeps labels and priority, but belongs to no backfill and to no search.

    Raises Conflict for the job of a hook, NotFound and InvalidInput.
    """
    refuse_rerun(before)
    fields = plan_task(snapshot, before.task_name).task.input
    extra = before.input.keys() - before.plan.task.input.keys()  # values that a trigger adds to the declared input
    job = factory.make(
        snapshot,
        before.task_name,
        _edited(before.input, how, fields, extra),
        source,
        also_allowed=extra,
        labels={name: value for name, value in before.labels.items() if name not in (BACKFILL, BISECT)},
        priority=None if BACKFILL in before.labels else before.priority,
    )
    return replace(job, git_commit=before.git_commit) if job.revision == before.revision else job


def _edited(input: JsonObject, how: RerunOptions, fields: Mapping[str, Field], extra: set[str]) -> JsonObject:
    """``null`` restores the default of a field, and removes a value for which the task has no field any more."""
    typed = {name: _read(fields.get(name), text) for name, text in how.text_input.items()}
    merged = {**input, **how.input, **typed}
    return {name: value for name, value in merged.items() if value is not None or name in fields or name in extra}


def _read(field: Field | None, text: str) -> Json:
    return text if field is None else read_text(field.type, text, multiple=field.multiple)
