"""Request bodies of operations on jobs and steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.jobs.job import SOURCE_TYPES
from gitflow.core.status import WAITING
from gitflow.runtime.operations.bulk import DEFAULT_STATES, MAX_JOBS
from gitflow.views.schema import (
    ANY,
    DURATION,
    FLAG,
    ID,
    JOB_STATUS,
    OBJECT,
    TEXT,
    TIME,
    body,
    described,
    list_of,
    map_of,
    one_of,
    or_null,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_REASON: JsonObject = described(
    {**TEXT, "maxLength": 2000},
    "Why; the job's history tells it. An administrator who acts for the approvers of a step must give one.",
)
_RETRY: JsonObject = {
    "from": described(one_of("start"), "Run all of it, also what was completed."),
    "from_step": described({**TEXT, "minLength": 1, "maxLength": 300}, "Run this step and all that depends on it."),
}

#: How many approvals can be decided at once.
MAX_DECISIONS = 100
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

SCHEMAS: Mapping[str, JsonObject] = {
    "Nothing": body("Nothing needs to be said.", {}),
    "Cancel": body("Why.", {"reason": _REASON}),
    "Retry": body(
        "How a job is tried again; with nothing said, what was completed is carried over.",
        {**_RETRY, "revision": described(one_of("latest", "same"), "`latest`: by its definition as it is served now.")},
    ),
    "Rerun": body(
        "What the new job changes; with nothing said, it has the same input and runs at the same revision.",
        {
            "input": described(
                OBJECT, "Values that replace those of the job; `null` stands for a field's default, or removes a value."
            ),
            "text_input": described(
                map_of(TEXT), "The same, as texts that a person typed: each becomes what its field declares."
            ),
            "revision": described(one_of("latest", "same"), "`latest`: by the definition as it is served now."),
        },
    ),
    "Skip": body("Why.", {"reason": _REASON}),
    "Complete": body("What the step's output is to be.", {"result": ANY, "reason": _REASON}),
    "Approve": body(
        "What was decided.",
        {
            "approved": described(FLAG, "Without it, true."),
            "input": described(or_null(OBJECT), "The fields that the approval asks for."),
            "reason": _REASON,
        },
    ),
    "Decisions": body(
        "What was decided of each approval.",
        {
            "decisions": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_DECISIONS,
                "items": body(
                    "A decision of one approval.",
                    {
                        "job_id": {**ID, "pattern": _UUID},
                        "step_name": {**TEXT, "minLength": 1, "maxLength": 300},
                        "approved": described(FLAG, "Without it, true."),
                        "input": described(or_null(OBJECT), "The fields that the approval asks for."),
                        "reason": _REASON,
                    },
                    ("job_id", "step_name"),
                ),
            }
        },
        ("decisions",),
    ),
    "Payload": {"description": "Any JSON."},
    "Bulk": body(
        "What is done to which jobs.",
        {
            "operation": one_of(*DEFAULT_STATES),
            "job_ids": {"type": "array", "items": ID, "minItems": 1, "maxItems": MAX_JOBS},
            "filter": described(
                ref("BulkFilter"), "With `job_ids` it chooses nothing, and the audit trail shows how these were found."
            ),
            "dry_run": described(FLAG, "Do nothing to them: only tell which jobs are meant."),
            "reason": _REASON,
            **_RETRY,
        },
        ("operation",),
    ),
    "BulkFilter": body(
        "As in the list of jobs. Without `status`, those are meant to which the operation can apply.",
        {
            "workspace": TEXT,
            "task_name": TEXT,
            "status": described(
                {"anyOf": [JOB_STATUS, {**list_of(JOB_STATUS), "minItems": 1}]}, "One, or any of several."
            ),
            "source_type": one_of(*SOURCE_TYPES),
            "labels": map_of(TEXT),
            "revision": TEXT,
            "parent_job_id": ID,
            "retry_of_job_id": ID,
            "waiting_on": one_of(*WAITING),
            "actor": TEXT,
            "trigger": TEXT,
            "duration_over": DURATION,
            "search": TEXT,
            "created_after": TIME,
            "created_before": TIME,
        },
    ),
}
