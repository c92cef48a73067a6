"""Schemas of jobs, triggers and connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import (
    ANY,
    FLAG,
    ID,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    WHOLE,
    described,
    list_of,
    object_of,
    one_of,
    or_null,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json, JsonObject

_NULL: JsonObject = {"type": "null"}

_PATH = object_of(
    "A path from one step to another.",
    {
        "path_uid": ID,
        "workflow_uid": ID,
        "workflow_version_uid": ID,
        "from_step_uid": described(TEXT, "The step from which the path starts; empty at the start of the flow."),
        "to_step_uid": ID,
        "name": TEXT,
        "description": TEXT,
        "created_at": TIME,
        "updated_at": TIME,
    },
)

_FRAME = object_of(
    "A loop that the job is in. The first frame belongs to the job itself.",
    {
        "parent_step_uid": TEXT,
        "parent_step_name": TEXT,
        "loop_index": described(WHOLE, "Index of the loop's instance; -1 outside loops."),
    },
)

_JOB: JsonObject = {
    "job_id": ID,
    "type": one_of("active"),
    "workflow_uid": ID,
    "version_uid": described(ID, "Id of the version in git that it runs."),
    "group_id": described(ID, "Id of the first job of its chain of retries."),
    "name": TEXT,
    "status": described(
        one_of("queued", "running", "succeeded", "failed", "cancelled", "retried"),
        "Status of the job; `retried`: a later job retries it.",
    ),
    "created_at": TIME,
    "ended_at": or_null(TIME),
    "updated_at": TIME,
    "context": object_of(
        "Data of the job, and its position in the flow.",
        {
            "data": described(
                OBJECT,
                "The job's input, its `$revision` and `$commit`, and under each step's name that step's output with "
                "`$success`.",
            ),
            "stack": list_of(_FRAME),
        },
    ),
    "traversed_paths": list_of(_PATH),
    "potential_next_paths": list_of(_PATH),
    "next_step_uids": list_of(ID),
    "time_spent": described(NUMBER, "Seconds during which at least one step ran."),
    "investigation_id": one_of(""),
    "viewed_by_id": _NULL,
    "owned_by_id": _NULL,
    "is_rerunnable": FLAG,
    "errors": or_null(list_of(object_of("What went wrong.", {"step_uid": TEXT, "step_name": TEXT, "message": TEXT}))),
}

_STEP = object_of(
    "A step of a job.",
    {
        "step_uid": ID,
        "name": TEXT,
        "type": TEXT,
        "status": one_of("queued", "running", "waiting", "succeeded", "failed", "skipped", "cancelled"),
        "attempt": WHOLE,
        "parent_step_uid": described(TEXT, "The loop it is an instance of; otherwise empty."),
        "loop_index": described(WHOLE, "Index of the loop's instance; -1 outside loops."),
        "input": ANY,
        "output": ANY,
        "error": or_null(TEXT),
        "started_at": or_null(TIME),
        "ended_at": or_null(TIME),
    },
)

_WORKFLOW = object_of(
    "A task, as a workflow. With `minimum`, its name and uid alone.",
    {"name": TEXT, "workflow_uid": ID},
    {
        "status": one_of("active"),
        "workspace": TEXT,
        "description": TEXT,
        "version_uid": ID,
        "version": WHOLE,
        "steps": list_of(object_of("A step.", {"step_uid": ID, "name": TEXT})),
        "created_at": TIME,
        "updated_at": TIME,
    },
)

_CONNECTION = object_of(
    "A connection; secrets are masked.",
    {
        "connection_uid": ID,
        "name": TEXT,
        "type": TEXT,
        "workspace": TEXT,
        "parameters": OBJECT,
        "workflows": described(list_of(ref("KomandWorkflow")), "Workflows that use the connection."),
    },
)

_USER = object_of(
    "An account.",
    {
        "user_id": TEXT,
        "user_name": TEXT,
        "email": TEXT,
        "role_name": one_of("administrator", "user"),
        "status": one_of("active", "disabled"),
        "groups": list_of(TEXT),
        "created_at": TIME,
        "last_login_at": or_null(TIME),
    },
)

SCHEMAS: Mapping[str, Json] = {
    "KomandError": object_of(
        "An error response.", {"message": TEXT, "status": described(TEXT, "The kind of error, as one word.")}
    ),
    "KomandSession": object_of("What to send as `Authorization: Bearer` or as cookie `jwt`.", {"token": TEXT}),
    "KomandJob": object_of("A job.", _JOB, {"failed_step_id": or_null(WHOLE), "failed_step_name": TEXT}),
    "KomandJobs": object_of("A page of jobs.", {"jobs": list_of(ref("KomandJob"))}),
    "KomandSteps": list_of(_STEP),
    "KomandWorkflow": _WORKFLOW,
    "KomandWorkflows": object_of("Workflows.", {"workflows": list_of(ref("KomandWorkflow"))}),
    "KomandPublished": object_of("The job that was started.", {"job_id": ID, "job_url": TEXT, "message": TEXT}),
    "KomandFired": object_of("Confirmation that the trigger fired.", {"message": TEXT}),
    "KomandConnections": object_of("Connections.", {"connections": list_of(_CONNECTION)}),
    "KomandUsers": object_of("Accounts.", {"users": list_of(_USER)}),
}
