"""The JSON of what operations return: created jobs, plans, and results of operations on jobs and steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, is_none, writer
from gitflow.views.schema import FLAG, ID, OBJECT, TEXT, WHOLE, list_of, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.values import JsonObject
    from gitflow.runtime.operations.allowed import PossibleOperation


class BatchItem(Record):
    """The new job of one input, or the error."""

    job_id: str | None = None
    error: str | None = None
    code: str | None = None


class BulkAnswer(Record):
    results: Sequence[JsonObject]
    remaining: int
    job_ids: Sequence[str] | None = None  #: only of a dry run


CREATED = Noun("Created", "The job that was created.", (JsonField("job_id", ID, lambda job_id: job_id),))

BATCH_ITEM = Noun(
    "BatchItem",
    "The job that was created, or the reason why none was.",
    (
        JsonField("ok", FLAG, lambda it: it.job_id is not None),
        JsonField("job_id", ID, omit=is_none),
        JsonField("error", TEXT, omit=is_none),
        JsonField("code", TEXT, omit=is_none),
    ),
)

BATCH_RESULT = Noun(
    "BatchResult",
    "One result for each input, in the same order.",
    (JsonField("results", list_of(ref("BatchItem")), lambda items: [_batch_item(each) for each in items]),),
)

POSSIBLE_OPERATION = Noun(
    "PossibleOperation",
    "Whether an operation on a job or a step would be done now.",
    (
        JsonField(
            "operation",
            TEXT,
            about="Name of the operation: the last part of its path. `delete` and `event` have paths of their own, and "
            "`reject` is `approve` with `approved: false`.",
        ),
        JsonField("step", TEXT, about="Name of the step; only for an operation on a step.", omit=is_none),
        JsonField("allowed", FLAG, lambda it: it.refusal is None),
        JsonField(
            "because",
            or_null(TEXT),
            lambda it: it.refusal or it.note,
            about="The message with which it would be refused; for an allowed operation, why something is required.",
        ),
        JsonField("requires", list_of(TEXT), about="What must be sent with it: `reason`, `input`."),
    ),
    list_name="PossibleOperationList",
)

BULK_RESULT = Noun(
    "BulkResult",
    "The result for each job, in order.",
    (
        JsonField("results", list_of(ref("BulkItem")), lambda it: list(it.results)),
        JsonField("remaining", WHOLE, about="How many more jobs match the filter."),
        JsonField(
            "job_ids",
            list_of(ID),
            about="Ids of the jobs that the operation would affect; only in a dry run.",
            omit=is_none,
        ),
    ),
)

#: The JSON of the nouns below is made by the operations themselves: it also travels between processes.
CANCELLING = Noun(
    "Cancelling",
    "Status of the job: `cancelling` while its processes end.",
    (JsonField("status", one_of("cancelled", "cancelling")),),
)
REPLAYED = Noun("Replayed", "How many steps will run again.", (JsonField("reset_steps", WHOLE),))

#: The JSON of a plan is made by ``core.machine.dry_run``.
PLAN = Noun(
    "Plan",
    "What a job would do, as far as it is known before it runs.",
    (
        JsonField("task_name", TEXT),
        JsonField("workspace", TEXT),
        JsonField("revision", TEXT),
        JsonField("input", OBJECT),
        JsonField("steps", list_of(ref("PlannedStep"))),
    ),
)
PLANNED_STEP = Noun(
    "PlannedStep",
    "A step of a planned job.",
    (
        JsonField("step_name", TEXT),
        JsonField("action_name", or_null(TEXT)),
        JsonField("action_type", TEXT),
        JsonField("depends_on", list_of(TEXT)),
        JsonField("input", OBJECT),
        JsonField("decision", TEXT, about="Result of its condition or its loop."),
    ),
)

NOUNS = (CREATED, BATCH_ITEM, BATCH_RESULT, BULK_RESULT, CANCELLING, REPLAYED, PLAN, PLANNED_STEP, POSSIBLE_OPERATION)

#: Components that are no nouns.
SCHEMAS: Mapping[str, JsonObject] = {"Executed": {"anyOf": [ref("Created"), ref("Plan")]}}

created: Callable[[str], JsonObject] = writer(CREATED)  #: from the id of the new job
batch_result: Callable[[Sequence[BatchItem]], JsonObject] = writer(BATCH_RESULT)
bulk_answer: Callable[[BulkAnswer], JsonObject] = writer(BULK_RESULT)
possible_operation: Callable[[PossibleOperation], JsonObject] = writer(POSSIBLE_OPERATION)
_batch_item = writer(BATCH_ITEM)
