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
    "The reason, which the job's history shows. An administrator who acts for the approvers of a step must give one.",
)
_RETRY: JsonObject = {
    "from": described(one_of("start"), "Run all steps, including completed ones."),
    "from_step": described(
        {**TEXT, "minLength": 1, "maxLength": 300}, "Run this step and all steps that depend on it."
    ),
}

#: How many approvals can be decided at once.
MAX_DECISIONS = 100
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"

SCHEMAS: Mapping[str, JsonObject] = {
    "Nothing": body("An empty object.", {}),
    "Cancel": body("Why.", {"reason": _REASON}),
    "Retry": body(
        "How to retry a job; if all is left out, completed steps are carried over.",
        {
            **_RETRY,
            "revision": described(one_of("latest", "same"), "`latest`: with the definition of the active revision."),
        },
    ),
    "Rerun": body(
        "Changes for the new job; if all are left out, it has the same input and runs at the same revision.",
        {
            "input": described(
                OBJECT, "Values that replace those of the job; `null` restores a field's default, or removes the value."
            ),
            "text_input": described(
                map_of(TEXT), "Values as a person typed them: each text is converted to the type of its field."
            ),
            "revision": described(one_of("latest", "same"), "`latest`: with the definition of the active revision."),
        },
    ),
    "Skip": body("Why.", {"reason": _REASON}),
    "Complete": body("The output that the step is to have.", {"result": ANY, "reason": _REASON}),
    "Approve": body(
        "The decision on an approval.",
        {
            "approved": described(FLAG, "Whether it is approved; true if left out."),
            "input": described(or_null(OBJECT), "Values of the fields that the approval asks for."),
            "reason": _REASON,
        },
    ),
    "Decisions": body(
        "Decisions on several approvals.",
        {
            "decisions": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_DECISIONS,
                "items": body(
                    "A decision on one approval.",
                    {
                        "job_id": {**ID, "pattern": _UUID},
                        "step_name": {**TEXT, "minLength": 1, "maxLength": 300},
                        "approved": described(FLAG, "Whether it is approved; true if left out."),
                        "input": described(or_null(OBJECT), "Values of the fields that the approval asks for."),
                        "reason": _REASON,
                    },
                    ("job_id", "step_name"),
                ),
            }
        },
        ("decisions",),
    ),
    "Payload": {"description": "Any JSON value."},
    "Bulk": body(
        "An operation on several jobs.",
        {
            "operation": one_of(*DEFAULT_STATES),
            "job_ids": {"type": "array", "items": ID, "minItems": 1, "maxItems": MAX_JOBS},
            "filter": described(
                ref("BulkFilter"),
                "Which jobs to select. Next to `job_ids` it selects nothing: the audit trail records it to show how "
                "these jobs were found.",
            ),
            "dry_run": described(FLAG, "Whether to only list the jobs that the operation would affect."),
            "reason": _REASON,
            **_RETRY,
        },
        ("operation",),
    ),
    "BulkFilter": body(
        "Filters as in the list of jobs. Without `status`, it selects the jobs to which the operation can apply.",
        {
            "workspace": TEXT,
            "task_name": TEXT,
            "status": described(
                {"anyOf": [JOB_STATUS, {**list_of(JOB_STATUS), "minItems": 1}]},
                "One status, or several of which a job must have one.",
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
