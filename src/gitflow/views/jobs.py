"""Jobs and steps: what the API shows of them (docs: HTTP API), and the command line with ``-o json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.jobs.job import SOURCE_TYPES
from gitflow.core.machine.machine import waiting_on
from gitflow.core.record import record
from gitflow.core.status import StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.values import MASK, is_object
from gitflow.views.commits import commit
from gitflow.views.noun import Field, Noun, is_none, writer
from gitflow.views.schema import (
    ANY,
    FLAG,
    ID,
    JOB_STATUS,
    MODE,
    OBJECT,
    STEP_STATUS,
    TEXT,
    TIME,
    WHOLE,
    list_of,
    map_of,
    one_of,
    or_null,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Action
    from gitflow.core.language.definition import Field as InputField
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.operations.bulk import Result
    from gitflow.stores.protocols.jobs import AttemptRow, JobRow
    from gitflow.views.noun import Read

#: A job's detail carries this many steps; the rest is paged.
MOST_STEPS = 1000


@record
class JobAtHand:
    """A loaded job, as the source of its JSON; a list is made from rows."""

    job: Job
    attempts: Iterable[AttemptRow] = ()


@record
class StepAtHand:
    step: StepRun
    job: Job
    action: Action
    attempts: Iterable[AttemptRow]


@record
class ExplainedStep:
    step: StepRun
    reason: str


_IDENTITY = (
    Field("job_id", ID, "id"),
    Field("workspace", TEXT),
    Field("task_name", TEXT),
    Field("mode", MODE),
    Field("status", JOB_STATUS, about="`paused` and `timed_out` extend the published list."),
)
_REVISION = (
    Field("revision", TEXT, about="A commit's SHA, or a digest of a folder's files."),
    Field(
        "commit",
        or_null(ref("CommitSummary")),
        lambda it: commit(it.git_commit) if it.git_commit else None,
        about="What the revision is made of; null for files that were not committed.",
    ),
)
_SOURCE = (
    Field("source_type", one_of(*SOURCE_TYPES)),
    Field(
        "source_id", or_null(TEXT), about="The name of a trigger or webhook, the id of a job, the email of a person."
    ),
)
_TIMES = (
    Field("created_at", TIME),
    Field("started_at", or_null(TIME)),
    Field("completed_at", or_null(TIME)),
)
#: A new field of a job is a line here, or in a group above: the list and the detail of jobs then have it.
_MORE = (
    Field("worker_id", or_null(TEXT)),
    Field("labels", map_of(TEXT)),
    Field("priority", WHOLE),
    Field("parent_job_id", or_null(ID)),
    Field("retry_of_job_id", or_null(ID)),
)

#: Where a loaded job has what its row has under the name of the field.
AT_HAND: Mapping[str, Read] = {
    "mode": "plan.task.mode",
    "source_type": "source.type",
    "source_id": "source.id",
    "labels": lambda it: masked(dict(it.job.labels), it.job.secrets),
    "commit": lambda it: commit(it.job.git_commit) if it.job.git_commit else None,
}

JOB_ITEM = Noun(
    "JobItem", "A job.", (*_IDENTITY, *_SOURCE, *_TIMES, *_REVISION, *_MORE), list_name="JobList", is_open=True
)

JOB_DETAIL = Noun(
    "JobDetail",
    "A job with its steps: in flow order, the instances of a loop after it.",
    (
        *_IDENTITY,
        *_REVISION,
        *_SOURCE,
        Field(
            "input",
            ANY,
            lambda it: masked(shown(it.job.plan.task.input, it.job.input), it.job.secrets),
            about="What is secret is masked.",
        ),
        Field(
            "output",
            ANY,
            lambda it: masked(it.job.output, it.job.secrets),
            about="Of the steps that nothing depends on, or the task's own; null unless the job completed.",
        ),
        Field("error_message", or_null(TEXT), lambda it: masked(it.job.error_message, it.job.secrets)),
        *_MORE,
        *_TIMES,
        Field("expires_at", or_null(TIME)),
        Field("steps", list_of(ref("Step")), lambda it: step_list(it.job, it.attempts, 0, MOST_STEPS)),
        Field(
            "steps_next",
            WHOLE,
            lambda it: MOST_STEPS if len(it.job.steps) > MOST_STEPS else None,
            about="There are more steps: page on from this offset.",
            omit=is_none,
        ),
    ),
    is_open=True,
)

STEP = Noun(
    "Step",
    "A step of a job.",
    (
        Field("step_name", TEXT, "step.name"),
        Field("action_name", or_null(TEXT), lambda it: it.action.name or None),
        Field("action_type", TEXT, "action.type"),
        Field("runner", TEXT, lambda it: it.action.fields.get("runner", "local")),
        Field("input", ANY, lambda it: masked(it.step.input, it.job.secrets)),
        Field("output", ANY, lambda it: masked(it.step.output, it.job.secrets)),
        Field("status", STEP_STATUS, "step.status", about="`suspended` and `cancelled` extend the published list."),
        Field("worker_id", or_null(TEXT), "step.worker_id"),
        Field("started_at", or_null(TIME), "step.started_at"),
        Field("completed_at", or_null(TIME), "step.completed_at"),
        Field("error_message", or_null(TEXT), lambda it: masked(it.step.error_message, it.job.secrets)),
        Field("action_image", or_null(TEXT), lambda it: it.action.fields.get("image")),
        Field("depends_on", list_of(TEXT), lambda it: it.job.plan.graph.needs[it.step.loop_of or it.step.name]),
        Field("attempt", WHOLE, "step.attempt"),
        Field("attempts", list_of(ref("Attempt")), lambda it: [attempt_detail(row) for row in it.attempts]),
        Field("skip_reason", or_null(TEXT), lambda it: masked(it.step.skip_reason, it.job.secrets)),
        Field("waiting_on", or_null(TEXT), lambda it: waiting_on(it.job, it.step)),
        Field("suspended_at", or_null(TIME), "step.suspended_at"),
        Field(
            "approval",
            or_null(OBJECT),
            lambda it: approval(it.job, it.step) if it.action.type == "approval" else None,
            about="What a person is asked: `message` and `fields`.",
        ),
        Field("loop_index", or_null(WHOLE), "step.loop_index"),
        Field("loop_total", or_null(WHOLE), "step.loop_total"),
    ),
    list_name="StepList",
    is_open=True,
)

ATTEMPT = Noun(
    "Attempt",
    "One try of a step.",
    (
        Field("attempt", WHOLE),
        Field("status", TEXT),
        Field("exit_code", or_null(WHOLE)),
        Field("started_at", or_null(TIME)),
        Field("completed_at", or_null(TIME)),
        Field("error_message", or_null(TEXT)),
        Field("worker_id", or_null(TEXT)),
    ),
)

EXPLANATION = Noun(
    "Explanation",
    "Why a step stands as it does.",
    (
        Field("step_name", TEXT, "step.name"),
        Field("status", TEXT, "step.status.value"),
        Field("explanation", TEXT, "reason", about="A sentence."),
    ),
    list_name="Explained",
)

#: What an operation on many jobs came to for one of them.
BULK_ITEM = Noun(
    "BulkItem",
    "What came of one job.",
    (
        Field("job_id", ID),
        Field("ok", FLAG),
        Field("error", TEXT, omit=is_none),
        Field("code", TEXT, omit=is_none),
        Field(
            "new_job_id",
            ID,
            lambda it: it.answer.get("job_id") if it.ok and it.answer else None,
            about="Of a retry.",
            omit=is_none,
        ),
    ),
)

NOUNS = (JOB_ITEM, JOB_DETAIL, STEP, EXPLANATION, ATTEMPT, BULK_ITEM)

job_row: Callable[[JobRow], JsonObject] = writer(JOB_ITEM)
attempt_detail: Callable[[AttemptRow], JsonObject] = writer(ATTEMPT)
bulk_result: Callable[[Result], JsonObject] = writer(BULK_ITEM)
_job_item = writer(JOB_ITEM, AT_HAND, start="job.")
_job_detail = writer(JOB_DETAIL, AT_HAND, start="job.")
_step_detail = writer(STEP)
_explanation = writer(EXPLANATION)


def job_item(job: Job) -> JsonObject:
    """The same as ``job_row``, of a loaded job."""
    return _job_item(JobAtHand(job))


def job_detail(job: Job, attempts: Iterable[AttemptRow]) -> JsonObject:
    """A job with its steps in flow order, loop instances after their loop."""
    return _job_detail(JobAtHand(job, attempts))


def step_list(job: Job, attempts: Iterable[AttemptRow], first: int, most: int) -> list[JsonObject]:
    """A page of a job's steps, in flow order."""
    tried: dict[str, list[AttemptRow]] = {}
    for row in attempts:
        tried.setdefault(row.step, []).append(row)
    return [step_detail(job, step, tried.get(step.name, ())) for step in job.in_order()[first : first + most]]


def step_detail(job: Job, step: StepRun, attempts: Iterable[AttemptRow]) -> JsonObject:
    return _step_detail(StepAtHand(step, job, job.plan.actions[step.loop_of or step.name], attempts))


def approval(job: Job, step: StepRun) -> JsonObject | None:
    """What a person is asked while the step waits for that; ``fields`` as a task's input is shown."""
    if step.status is not StepStatus.SUSPENDED:
        return None
    from gitflow.views.definitions import fields_written

    asked: JsonObject = masked(step.input, job.secrets) if is_object(step.input) else {}
    fields = job.plan.actions[step.loop_of or step.name].input
    told: JsonObject = {"message": asked.get("message"), "fields": fields_written(fields)}
    return {**told, "approvers": asked["approvers"]} if asked.get("approvers") else told


def explained(job: Job, reasons: Mapping[str, str]) -> list[JsonObject]:
    """``reasons``: as ``core.explain`` gives them, by step."""
    return [_explanation(ExplainedStep(job.steps[name], reason)) for name, reason in reasons.items()]


def shown(fields: Mapping[str, InputField], values: JsonObject) -> JsonObject:
    """An input with what is secret masked."""
    return {name: _shown(fields.get(name), value) for name, value in values.items()}


def _shown(field: InputField | None, value: Json) -> Json:
    return MASK if field is not None and field.secret and value is not None else value
