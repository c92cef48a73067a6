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
    "From one step to another.",
    {
        "path_uid": ID,
        "workflow_uid": ID,
        "workflow_version_uid": ID,
        "from_step_uid": described(TEXT, "Empty: the start."),
        "to_step_uid": ID,
        "name": TEXT,
        "description": TEXT,
        "created_at": TIME,
        "updated_at": TIME,
    },
)

_FRAME = object_of(
    "A loop that the job is in; the first frame is beneath all of them.",
    {"parent_step_uid": TEXT, "parent_step_name": TEXT, "loop_index": described(WHOLE, "-1: no loop.")},
)

_JOB: JsonObject = {
    "job_id": ID,
    "type": one_of("active"),
    "workflow_uid": ID,
    "version_uid": described(ID, "Of the version in git that it runs."),
    "group_id": described(ID, "The first job of its chain of retries."),
    "name": TEXT,
    "status": described(
        one_of("queued", "running", "succeeded", "failed", "cancelled", "retried"), "Retried: a later job retries it."
    ),
    "created_at": TIME,
    "ended_at": or_null(TIME),
    "updated_at": TIME,
    "context": object_of(
        "What it knows, and where it is.",
        {
            "data": described(OBJECT, "Its input, and under each step's name what that gave, with `$success`."),
            "stack": list_of(_FRAME),
        },
    ),
    "traversed_paths": list_of(_PATH),
    "potential_next_paths": list_of(_PATH),
    "next_step_uids": list_of(ID),
    "time_spent": described(NUMBER, "Seconds in which a step was at work."),
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
        "loop_index": described(WHOLE, "-1: no instance of a loop."),
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
        "workflows": described(list_of(ref("KomandWorkflow")), "Those that use it."),
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
    "KomandError": object_of("A refusal.", {"message": TEXT, "status": described(TEXT, "The same in a word.")}),
    "KomandSession": object_of("What to send as `Authorization: Bearer` or as cookie `jwt`.", {"token": TEXT}),
    "KomandJob": object_of("A job.", _JOB, {"failed_step_id": or_null(WHOLE), "failed_step_name": TEXT}),
    "KomandJobs": object_of("A page of jobs.", {"jobs": list_of(ref("KomandJob"))}),
    "KomandSteps": list_of(_STEP),
    "KomandWorkflow": _WORKFLOW,
    "KomandWorkflows": object_of("Workflows.", {"workflows": list_of(ref("KomandWorkflow"))}),
    "KomandPublished": object_of("The job that was started.", {"job_id": ID, "job_url": TEXT, "message": TEXT}),
    "KomandFired": object_of("It was heard.", {"message": TEXT}),
    "KomandConnections": object_of("Connections.", {"connections": list_of(_CONNECTION)}),
    "KomandUsers": object_of("Accounts.", {"users": list_of(_USER)}),
}
