"""The JSON of jobs and steps, in answers of the API and with ``-o json`` on the command line."""

from __future__ import annotations

from gitflow.core.error_lines import error_line
from gitflow.core.jobs.job import SOURCE_TYPES
from gitflow.core.machine.outstanding import job_waiting_on, waiting_on
from gitflow.core.record import Record
from gitflow.core.status import WAITING, StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.values import MASK, is_object
from gitflow.views.commits import commit_or_none
from gitflow.views.instances import label, shown_item
from gitflow.views.noun import JsonField, Noun, is_none, writer
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
    described,
    list_of,
    map_of,
    object_of,
    one_of,
    or_null,
    ref,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Action
    from gitflow.core.language.definition import Field as InputField
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.operations.bulk import Result
    from gitflow.stores.protocols.jobs import AttemptRow, JobRow
    from gitflow.views.noun import Read

#: How many steps the detail of a job has; ``GET …/steps`` pages through all of them.
MAX_STEPS = 1000

#: How many characters of a line of an error a list shows.
MAX_LINE = 500

#: The types of sources whose id is the name of a trigger or webhook.
TRIGGERED = frozenset({"trigger", "webhook"})


class LoadedJob(Record):
    """What the JSON of one job is made from; the JSON of a list is made from rows."""

    job: Job
    attempts: Iterable[AttemptRow] = ()


class LoadedStep(Record):
    step: StepRun
    job: Job
    action: Action
    attempts: Iterable[AttemptRow]


_IDENTITY = (
    JsonField("job_id", ID, "id"),
    JsonField("workspace", TEXT),
    JsonField("task_name", TEXT),
    JsonField("mode", MODE),
    JsonField(
        "status", JOB_STATUS, about="Status of the job; `paused` and `timed_out` are added to the published list."
    ),
)
_REVISION = (
    JsonField("revision", TEXT, about="The SHA of a commit, or a digest of a folder's files."),
    JsonField(
        "commit",
        or_null(ref("CommitSummary")),
        lambda it: commit_or_none(it.git_commit),
        about="The commit of the revision; null for files that were not committed.",
    ),
)
_SOURCE = (
    JsonField("source_type", one_of(*SOURCE_TYPES)),
    JsonField(
        "source_id",
        or_null(TEXT),
        about="What created it: the name of a trigger or webhook, the id of a job, or the email of a person.",
    ),
)
_TIMES = (
    JsonField("created_at", TIME),
    JsonField("started_at", or_null(TIME)),
    JsonField("completed_at", or_null(TIME)),
)
#: A new field of a job is a line here, or in a group above: the list and the detail of jobs then have it.
_MORE = (
    JsonField("worker_id", or_null(TEXT)),
    JsonField("labels", map_of(TEXT)),
    JsonField("priority", WHOLE),
    JsonField("parent_job_id", or_null(ID)),
    JsonField("retry_of_job_id", or_null(ID)),
)

#: What happened and how far it is; steps of the flow are counted, loops once.
_PROGRESS = (
    JsonField("created_by", or_null(TEXT), "source_actor", about="The person, key or trigger that created it."),
    JsonField(
        "trigger_name",
        or_null(TEXT),
        lambda it: it.source_id if it.source_type in TRIGGERED else None,
        about="Name of the trigger or webhook that started it.",
    ),
    JsonField("steps_total", WHOLE, "total_steps", about="Number of steps of the flow; a loop counts as one."),
    JsonField("steps_ended", WHOLE, lambda it: it.total_steps - it.open_steps),
    JsonField("steps_failed", WHOLE, "failed_steps"),
    JsonField(
        "waiting_on",
        or_null(TEXT),
        about="What an open job waits for as a whole: the same words as for its steps, or `group`. It is "
        "`approval` even while other steps run, and otherwise null while the job makes progress.",
    ),
)

#: Fields whose value a loaded job and its row have in different places: where the loaded job has them.
FROM_JOB: Mapping[str, Read] = {
    "mode": "plan.task.mode",
    "source_type": "source.type",
    "source_id": "source.id",
    "labels": lambda it: masked(dict(it.job.labels), it.job.secrets),
    "commit": lambda it: commit_or_none(it.job.git_commit),
    "created_by": "source.actor",
    "trigger_name": lambda it: it.job.source.id if it.job.source.type in TRIGGERED else None,
    "steps_total": lambda it: len(it.job.plan.task.flow),
    "steps_ended": lambda it: len(it.job.plan.task.flow) - it.job.open_steps,
    "waiting_on": lambda it: job_waiting_on(it.job),
    "error_line": lambda it: cut(error_line(str(masked(it.job.error_message or "", it.job.secrets)))),
}

#: Also the first line alone, of a loaded job as a list shows it.
FROM_LISTED_JOB: Mapping[str, Read] = {
    **FROM_JOB,
    "error_message": lambda it: first_line(masked(it.job.error_message, it.job.secrets)),
}


def first_line(text: str | None) -> str | None:
    """The first line of a text: a list shows no more of an error."""
    return text and cut(text.partition("\n")[0])


def cut(line: str | None) -> str | None:
    return line and line[:MAX_LINE]


_ERROR_LINE = JsonField(
    "error_line",
    or_null(TEXT),
    lambda it: cut(error_line(it.error_message)),
    about="Line of the failed step's error output that says what went wrong.",
)

JOB_ITEM = Noun(
    "JobItem",
    "A job.",
    (
        *_IDENTITY,
        *_SOURCE,
        *_TIMES,
        *_REVISION,
        *_MORE,
        *_PROGRESS,
        JsonField(
            "error_message",
            or_null(TEXT),
            lambda it: first_line(it.error_message),
            about="First line of the error message.",
        ),
        _ERROR_LINE,
    ),
    list_name="JobList",
    is_open=True,
)

JOB_DETAIL = Noun(
    "JobDetail",
    "A job with its steps: in flow order, the instances of a loop after it.",
    (
        *_IDENTITY,
        *_REVISION,
        *_SOURCE,
        JsonField(
            "input",
            OBJECT,
            lambda it: masked_input(it.job),
            about="Input of the job, with its secrets masked.",
        ),
        JsonField(
            "output",
            ANY,
            lambda it: masked(it.job.output, it.job.secrets),
            about="Output of the task, or of the steps on which nothing depends; null unless the job completed.",
        ),
        JsonField("error_message", or_null(TEXT), lambda it: masked(it.job.error_message, it.job.secrets)),
        _ERROR_LINE,
        *_MORE,
        *_PROGRESS,
        *_TIMES,
        JsonField("expires_at", or_null(TIME)),
        JsonField("deadline_at", or_null(TIME), about="Deadline by which it should have ended."),
        JsonField("late_at", or_null(TIME), about="When gitflow noticed that the deadline had passed."),
        JsonField("version", WHOLE, about="Grows with each change of the job and its steps."),
        JsonField("steps", list_of(ref("Step")), lambda it: step_list(it.job, it.attempts, 0, MAX_STEPS)),
        JsonField(
            "steps_next",
            WHOLE,
            lambda it: MAX_STEPS if len(it.job.steps) > MAX_STEPS else None,
            about="Offset of the next page of steps, if there are more.",
            omit=is_none,
        ),
    ),
    is_open=True,
)

STEP = Noun(
    "Step",
    "A step of a job.",
    (
        JsonField("step_name", TEXT, "step.name"),
        JsonField(
            "title",
            or_null(TEXT),
            lambda it: it.job.plan.task.flow[it.step.loop_of or it.step.name].title or None,
            about="Display name of the step (`name` in its definition).",
        ),
        JsonField("action_name", or_null(TEXT), lambda it: it.action.name or None),
        JsonField("action_type", TEXT, "action.type"),
        JsonField("runner", TEXT, lambda it: it.action.fields.get("runner", "local")),
        JsonField("input", ANY, lambda it: masked(it.step.input, it.job.secrets)),
        JsonField("output", ANY, lambda it: masked(it.step.output, it.job.secrets)),
        JsonField(
            "status",
            STEP_STATUS,
            "step.status",
            about="Status of the step; `suspended` and `cancelled` are added to the published list.",
        ),
        JsonField("worker_id", or_null(TEXT), "step.worker_id"),
        JsonField("started_at", or_null(TIME), "step.started_at"),
        JsonField("completed_at", or_null(TIME), "step.completed_at"),
        JsonField("error_message", or_null(TEXT), lambda it: masked(it.step.error_message, it.job.secrets)),
        JsonField(
            "tolerated",
            FLAG,
            lambda it: it.job.tolerates(it.step),
            about="Whether it has failed and the job goes on without it (`continue_on_failure`).",
        ),
        JsonField("action_image", or_null(TEXT), lambda it: it.action.fields.get("image")),
        JsonField("depends_on", list_of(TEXT), lambda it: it.job.plan.graph.needs[it.step.loop_of or it.step.name]),
        JsonField("attempt", WHOLE, "step.attempt"),
        JsonField("attempts", list_of(ref("Attempt")), lambda it: [attempt_detail(row) for row in it.attempts]),
        JsonField("skip_reason", or_null(TEXT), lambda it: masked(it.step.skip_reason, it.job.secrets)),
        JsonField("waiting_on", or_null(one_of(*WAITING)), lambda it: waiting_on(it.job, it.step)),
        JsonField("suspended_at", or_null(TIME), "step.suspended_at"),
        JsonField("deadline_at", or_null(TIME), "step.deadline_at", about="Deadline by which it should have ended."),
        JsonField("late_at", or_null(TIME), "step.late_at", about="When gitflow noticed that the deadline had passed."),
        JsonField(
            "approval",
            or_null(ref("ApprovalRequest")),
            lambda it: approval(it.job, it.step) if it.action.type == "approval" else None,
            about="What a person is asked to decide.",
        ),
        JsonField("loop_index", or_null(WHOLE), "step.loop_index"),
        JsonField("loop_total", or_null(WHOLE), "step.loop_total"),
        JsonField(
            "ended_instances",
            or_null(WHOLE),
            lambda it: it.step.ended_instances if it.step.is_loop else None,
            about="How many instances of a loop have ended.",
        ),
        JsonField(
            "label",
            or_null(TEXT),
            lambda it: label(it.job, it.step),
            about="Short name and item of an instance of a loop, as plain text on one line.",
        ),
        JsonField(
            "item",
            ANY,
            lambda it: shown_item(it.job, it.step),
            about="Item of an instance of a loop (`each.item`), masked.",
        ),
    ),
    list_name="StepList",
    is_open=True,
)

ATTEMPT = Noun(
    "Attempt",
    "One attempt at a step.",
    (
        JsonField("attempt", WHOLE),
        JsonField("status", STEP_STATUS),
        JsonField("exit_code", or_null(WHOLE)),
        JsonField("started_at", or_null(TIME)),
        JsonField("completed_at", or_null(TIME)),
        JsonField("error_message", or_null(TEXT)),
        JsonField("worker_id", or_null(TEXT)),
    ),
)

#: The result of a bulk operation for one job.
BULK_ITEM = Noun(
    "BulkItem",
    "The result for one job.",
    (
        JsonField("job_id", ID),
        JsonField("ok", FLAG),
        JsonField("error", TEXT, omit=is_none),
        JsonField("code", TEXT, omit=is_none),
        JsonField(
            "new_job_id",
            ID,
            lambda it: it.answer.get("job_id") if it.ok and it.answer else None,
            about="Id of the new job; only for a retry.",
            omit=is_none,
        ),
    ),
)

NOUNS = (JOB_ITEM, JOB_DETAIL, STEP, ATTEMPT, BULK_ITEM)

#: Components that are no nouns.
SCHEMAS: Mapping[str, JsonObject] = {
    "ApprovalRequest": object_of(
        "What a person is asked to decide.",
        {"message": or_null(TEXT), "fields": map_of(ref("InputField"))},
        {"approvers": described({"anyOf": [TEXT, list_of(TEXT)]}, "People and groups who may decide.")},
    )
}

job_row: Callable[[JobRow], JsonObject] = writer(JOB_ITEM)
attempt_detail: Callable[[AttemptRow], JsonObject] = writer(ATTEMPT)
bulk_result: Callable[[Result], JsonObject] = writer(BULK_ITEM)
_job_item = writer(JOB_ITEM, FROM_LISTED_JOB, start="job.")
_job_detail = writer(JOB_DETAIL, FROM_JOB, start="job.")
_step_detail = writer(STEP)


def job_item(job: Job) -> JsonObject:
    """A loaded job in the form of a list item, as ``job_row`` makes it from a row."""
    return _job_item(LoadedJob(job))


def job_detail(job: Job, attempts: Iterable[AttemptRow]) -> JsonObject:
    """A job with its steps in flow order; the instances of a loop follow it."""
    return _job_detail(LoadedJob(job, attempts))


def step_list(job: Job, attempts: Iterable[AttemptRow], first: int, limit: int) -> list[JsonObject]:
    """A page of a job's steps in flow order: ``limit`` of them from index ``first``."""
    by_step: dict[str, list[AttemptRow]] = {}
    for row in attempts:
        by_step.setdefault(row.step, []).append(row)
    return [step_detail(job, step, by_step.get(step.name, ())) for step in job.in_order()[first : first + limit]]


def step_detail(job: Job, step: StepRun, attempts: Iterable[AttemptRow]) -> JsonObject:
    return _step_detail(LoadedStep(step, job, job.plan.actions[step.loop_of or step.name], attempts))


def approval(job: Job, step: StepRun) -> JsonObject | None:
    """The open question of a suspended approval step, with ``fields`` in the form of a task's input; else None."""
    if step.status is not StepStatus.SUSPENDED:
        return None
    from gitflow.views.definitions import input_fields

    request: JsonObject = masked(step.input, job.secrets) if is_object(step.input) else {}
    fields = job.plan.actions[step.loop_of or step.name].input
    shown: JsonObject = {"message": request.get("message"), "fields": input_fields(fields)}
    return {**shown, "approvers": request["approvers"]} if request.get("approvers") else shown


def masked_input(job: Job) -> JsonObject:
    """The input of a job with secret fields, and secrets in other fields, masked."""
    fields = job.plan.task.input
    return masked({name: _mask_secret(fields.get(name), value) for name, value in job.input.items()}, job.secrets)


def _mask_secret(field: InputField | None, value: Json) -> Json:
    return MASK if field is not None and field.secret and value is not None else value
