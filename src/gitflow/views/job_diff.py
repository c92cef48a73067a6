"""The difference of two jobs as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.commits import commit_or_none
from gitflow.views.noun import ABSENT, JsonField, Noun, is_absent, is_none, writer
from gitflow.views.plan import PLAN_CHANGE
from gitflow.views.schema import ANY, FLAG, ID, JOB_STATUS, STEP_STATUS, TEXT, TIME, WHOLE, list_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import JsonObject
    from gitflow.runtime.operations.job_diff import JobDifference

_NUMBER: JsonObject = {"type": ["number", "null"]}


def _took(run: Job | StepRun) -> float | None:
    if run.started_at is None or run.completed_at is None:
        return None
    return round(run.completed_at - run.started_at, 3)


COMPARED_JOB = Noun(
    "ComparedJob",
    "One of two jobs that are compared.",
    (
        JsonField("job_id", ID, "id"),
        JsonField("workspace", TEXT),
        JsonField("task_name", TEXT),
        JsonField("status", JOB_STATUS),
        JsonField("revision", TEXT),
        JsonField("commit", or_null(ref("CommitSummary")), lambda it: commit_or_none(it.git_commit)),
        JsonField("created_at", TIME),
        JsonField("duration_secs", _NUMBER, _took),
    ),
)

VALUE_CHANGE = Noun(
    "ValueChange",
    "A value that differs. The key `before` or `after` is left out if that side does not have the value.",
    (
        JsonField("name", TEXT, about="Name of the value; empty if the whole value is not an object."),
        JsonField("before", ANY, lambda it: it.before if it.had else ABSENT, omit=is_absent),
        JsonField("after", ANY, lambda it: it.after if it.has else ABSENT, omit=is_absent),
    ),
)

COMPARED_STEP = Noun(
    "ComparedStep",
    "A step of one of the two jobs.",
    (
        JsonField("status", STEP_STATUS),
        JsonField("attempt", WHOLE),
        JsonField("exit_code", or_null(WHOLE)),
        JsonField("duration_secs", _NUMBER, _took),
    ),
)

LOG_CHANGE = Noun(
    "LogChange",
    "The first line of a step's log that differs; null: a job has no more lines.",
    (
        JsonField("stream", TEXT),
        JsonField("line", WHOLE, about="Line number, counted from 1 in this stream of the step's last attempt."),
        JsonField("before", or_null(TEXT)),
        JsonField("after", or_null(TEXT)),
    ),
)

STEP_DIFFERENCE = Noun(
    "StepDifference",
    "A step in both jobs; `before` or `after` is null if that job does not have it.",
    (
        JsonField("step_name", TEXT, "name"),
        JsonField("differs", FLAG),
        JsonField("before", or_null(ref("ComparedStep")), lambda it: _step(it.before) if it.before else None),
        JsonField("after", or_null(ref("ComparedStep")), lambda it: _step(it.after) if it.after else None),
        JsonField("output", list_of(ref("ValueChange")), lambda it: [_value(each) for each in it.output]),
        JsonField(
            "environment_removed",
            list_of(TEXT),
            lambda it: it.environment[0],
            about="Names of environment variables that only the first job's step has.",
        ),
        JsonField("environment_added", list_of(TEXT), lambda it: it.environment[1]),
        JsonField("log", ref("LogChange"), lambda it: _log(it.log) if it.log else None, omit=is_none),
    ),
)

JOB_DIFFERENCE = Noun(
    "JobDifference",
    "The differences between two jobs. Secrets are masked, and two different secrets look the same.",
    (
        JsonField("before", ref("ComparedJob"), lambda it: _job(it.before), about="The job that was created first."),
        JsonField("after", ref("ComparedJob"), lambda it: _job(it.after)),
        JsonField(
            "definition",
            list_of(ref("PlanChange")),
            lambda it: [_change(each) for each in it.definition.changes],
            about="What changed in the task and in the definitions that it uses.",
        ),
        JsonField("has_files", FLAG, about="Whether the files of both revisions are still stored, and were compared."),
        JsonField("input", list_of(ref("ValueChange")), lambda it: [_value(each) for each in it.input]),
        JsonField("output", list_of(ref("ValueChange")), lambda it: [_value(each) for each in it.output]),
        JsonField("steps", list_of(ref("StepDifference")), lambda it: [_pair(each) for each in it.steps]),
    ),
)

NOUNS = (JOB_DIFFERENCE, COMPARED_JOB, VALUE_CHANGE, COMPARED_STEP, LOG_CHANGE, STEP_DIFFERENCE)

job_difference: Callable[[JobDifference], JsonObject] = writer(JOB_DIFFERENCE)
_job = writer(COMPARED_JOB)
_value = writer(VALUE_CHANGE)
_step = writer(COMPARED_STEP)
_log = writer(LOG_CHANGE)
_pair = writer(STEP_DIFFERENCE)
_change = writer(PLAN_CHANGE)
