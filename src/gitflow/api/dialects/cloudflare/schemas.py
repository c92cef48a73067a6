"""Schemas of Cloudflare Workflows: every answer is an envelope around its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare.states import KIND, STATES, TRIGGER
from gitflow.views.schema import (
    ANY,
    FLAG,
    ID,
    OBJECT,
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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_STATE = one_of(*STATES)
_SOURCE = one_of(*dict.fromkeys(TRIGGER.values()))
_FAULT = object_of("An error or message, with its code.", {"code": WHOLE, "message": TEXT})
_ERROR = or_null(object_of("What went wrong.", {"name": TEXT, "message": TEXT}))
_INFO = object_of(
    "Position of this page in the list. Without a `cursor` it is the last page.",
    {"count": WHOLE, "per_page": WHOLE, "total_count": WHOLE},
    {"page": WHOLE, "total_pages": WHOLE, "cursor": TEXT},
)


def _enclosed(description: str, result: JsonObject, *, is_page: bool = False) -> JsonObject:
    needed = {"success": {"const": True}, "errors": list_of(_FAULT), "messages": list_of(_FAULT), "result": result}
    return object_of(description, needed | ({"result_info": _INFO} if is_page else {}))


_ACCOUNT = object_of(
    "A workspace.",
    {"id": TEXT, "name": TEXT, "type": one_of("standard"), "settings": OBJECT, "created_on": TIME},
)
_MEMBERSHIP = object_of(
    "A workspace that the caller may see.",
    {
        "id": ID,
        "status": one_of("accepted"),
        "account": _ACCOUNT,
        "permissions": OBJECT,
        "policies": list_of(ANY),
        "roles": list_of(TEXT),
    },
)

_RETENTION = object_of(
    "How long instances are kept, in milliseconds.", {"success_retention": WHOLE, "error_retention": WHOLE}
)
_SETTINGS = object_of("Settings that apply to the whole account.", {"default_retention": _RETENTION})

_WORKFLOW_HEAD: JsonObject = {
    "id": ID,
    "name": described(TEXT, "The task's name."),
    "class_name": described(TEXT, "The same as `name`."),
    "script_name": described(TEXT, "Path of the file that defines the task."),
    "created_on": TIME,
    "modified_on": TIME,
    "triggered_on": or_null(TIME),
}
_SCHEDULE = object_of("A schedule and when it fires next.", {"cron": TEXT, "next_instance": TIME})
_WORKFLOW = object_of(
    "A task.",
    {**_WORKFLOW_HEAD, "instances": described(map_of(WHOLE), "Number of instances in each state.")},
    {"schedules": list_of(_SCHEDULE)},
)
_PUT = object_of(
    "A task that already is as described in the request.",
    {**_WORKFLOW_HEAD, "version_id": ID, "is_deleted": WHOLE, "terminator_running": WHOLE},
)
_DELETED = object_of("Confirmation that the operation was done.", {"status": one_of("ok"), "success": FLAG})

_VERSION_HEAD: JsonObject = {
    "id": ID,
    "workflow_id": ID,
    "class_name": TEXT,
    "created_on": TIME,
    "modified_on": TIME,
}
_VERSION = object_of(
    "A commit that changed a task.",
    {
        **_VERSION_HEAD,
        "has_dag": FLAG,
        "language": one_of("python"),
        "limits": object_of("How large a workflow may be.", {"steps": WHOLE}),
        "default_retention": _RETENTION,
    },
    {
        "concurrency": object_of("How many instances may run at once.", {"limit": WHOLE}),
        "commit": TEXT,
        "author": TEXT,
        "message": TEXT,
    },
)
_GRAPH = object_of(
    "The flow of a version, as `dag` and as `graph`.",
    {**_VERSION_HEAD, "dag": or_null(OBJECT), "graph": or_null(OBJECT)},
)

_SHORT: JsonObject = {
    "id": TEXT,
    "status": _STATE,
    "version_id": ID,
    "workflow_id": ID,
    "trigger_source": _SOURCE,
}
_REVISION: JsonObject = {"revision": TEXT, "commit": or_null(ref("CommitSummary"))}
_LISTED = object_of(
    "A job.",
    {
        **_SHORT,
        "created_on": TIME,
        "modified_on": TIME,
        "started_on": or_null(TIME),
        "ended_on": or_null(TIME),
        **_REVISION,
    },
)
_STEP = object_of(
    "A step that has started.",
    {"type": one_of(*dict.fromkeys(KIND.values()), "termination")},
    {
        "name": described(TEXT, "Name of the step and a number, counted from 1."),
        "start": TIME,
        "end": or_null(TIME),
        "finished": FLAG,
        "success": or_null(FLAG),
        "output": described(or_null(TEXT), "JSON text, cut after 1024 characters."),
        "error": _ERROR,
        "event_type": TEXT,
        "config": OBJECT,
        "attempts": list_of(OBJECT),
        "trigger": OBJECT,
        "exit_code": WHOLE,
    },
)
_INSTANCE = object_of(
    "A job with its steps.",
    {
        "status": _STATE,
        "params": ANY,
        "trigger": object_of("What created the instance.", {"source": _SOURCE}),
        "versionId": ID,
        "queued": TIME,
        "start": or_null(TIME),
        "end": or_null(TIME),
        "success": or_null(FLAG),
        "error": _ERROR,
        "output": described(TEXT, "JSON text; empty before the instance has ended."),
        "step_count": WHOLE,
        "steps": list_of(_STEP),
        "rollback": {"type": "null"},
        "job_id": ID,
        **_REVISION,
    },
    {
        "schedule": object_of(
            "The schedule that started it, and the time for which it was due.", {"cron": TEXT, "scheduledTime": WHOLE}
        )
    },
)
_IN_FULL = object_of(
    "Result of a step or of one of its attempts.",
    {"status": _STATE, "error": _ERROR},
    {"output": ANY, "event_type": TEXT},
)
_DONE = object_of("The instance on which the operation was done.", {"instanceId": TEXT, "timestamp": TIME})
_CHANGED = object_of("Status of the instance after the operation.", {"status": _STATE, "timestamp": TIME})
_TERMINATED = object_of(
    "How many instances are being terminated.",
    {"status": one_of("ok", "already_running"), "instancesTerminated": WHOLE},
)
_BEGUN = object_of("Whether the termination has started.", {"status": one_of("ok", "already_running")})
_GOING_ON = object_of("Whether the termination is in progress.", {"status": one_of("running", "not_running")})
_LEFT = object_of("An instance that could not be deleted, and why.", {"id": TEXT, "code": WHOLE, "message": TEXT})
_GONE = object_of(
    "Instances that were deleted, and instances that could not be.",
    {"deleted": list_of(object_of("A deleted instance.", {"id": TEXT})), "errors": list_of(_LEFT)},
)

SCHEMAS: Mapping[str, JsonObject] = {
    "CloudflareError": object_of(
        "An error response.",
        {
            "success": {"const": False},
            "errors": list_of(_FAULT),
            "messages": list_of(TEXT),
            "result": {"type": "null"},
        },
    ),
    "AccountsEnclosed": _enclosed("Workspaces.", list_of(_ACCOUNT), is_page=True),
    "AccountEnclosed": _enclosed("A workspace.", _ACCOUNT),
    "MembershipsEnclosed": _enclosed("Workspaces.", list_of(_MEMBERSHIP), is_page=True),
    "SettingsEnclosed": _enclosed("Settings.", _SETTINGS),
    "WorkflowsEnclosed": _enclosed("Tasks.", list_of(_WORKFLOW), is_page=True),
    "WorkflowEnclosed": _enclosed("A task.", _WORKFLOW),
    "WorkflowPutEnclosed": _enclosed("A task.", _PUT),
    "WorkflowDeletedEnclosed": _enclosed("Confirmation that the operation was done.", _DELETED),
    "VersionsEnclosed": _enclosed("Versions, newest first.", list_of(_VERSION), is_page=True),
    "VersionEnclosed": _enclosed("A version.", _VERSION),
    "GraphEnclosed": _enclosed("A flow.", _GRAPH),
    "InstancesEnclosed": _enclosed("Jobs.", list_of(_LISTED), is_page=True),
    "InstanceMadeEnclosed": _enclosed("A new job.", object_of("A job.", _SHORT)),
    "InstancesMadeEnclosed": _enclosed("New jobs.", list_of(object_of("A job.", _SHORT)), is_page=True),
    "InstanceEnclosed": _enclosed("A job.", _INSTANCE),
    "InstanceStepEnclosed": _enclosed("A step.", _IN_FULL),
    "InstanceDoneEnclosed": _enclosed("Confirmation that the operation was done.", _DONE),
    "InstanceChangedEnclosed": _enclosed("Status of the instance after the operation.", _CHANGED),
    "InstancesTerminatedEnclosed": _enclosed("How many instances are being terminated.", _TERMINATED),
    "InstancesEndingEnclosed": _enclosed("Whether the termination has started.", _BEGUN),
    "InstancesEndingStatusEnclosed": _enclosed("Whether the termination is in progress.", _GOING_ON),
    "InstancesDeletedEnclosed": _enclosed("Deleted instances.", _GONE),
}
