"""Shapes of tasks and triggers."""

from __future__ import annotations

from gitflow.views.schema import (
    ANY,
    FLAG,
    ID,
    NUMBER,
    OBJECT,
    TEXT,
    WHOLE,
    body,
    list_of,
    map_of,
    one_of,
    or_null,
    ref,
    shape,
    told,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_STEP: JsonObject = {
    "action": TEXT,
    "type": told(TEXT, "Of an action that stands in the flow itself."),
    "name": TEXT,
    "input": OBJECT,
    "depends_on": {"type": "array"},
    "continue_on_failure": FLAG,
    "when": TEXT,
    "for_each": ANY,
    "sequential": FLAG,
    "max_parallel": WHOLE,
    "description": TEXT,
    "timeout": {"type": ["integer", "string"]},
    "retry": OBJECT,
}

SHAPES: Mapping[str, JsonObject] = {
    "TaskList": list_of(ref("TaskItem")),
    "TaskItem": shape(
        "A task.",
        {
            "name": TEXT,
            "workspace": TEXT,
            "mode": one_of("distributed", "local"),
            "has_triggers": told(FLAG, "Whether an enabled trigger targets it."),
        },
        {"folder": TEXT, "description": TEXT},
    ),
    "TaskDetail": shape(
        "A task with its flow, as its author wrote it, and the triggers that target it.",
        {
            "name": TEXT,
            "workspace": TEXT,
            "revision": TEXT,
            "mode": one_of("distributed", "local"),
            "input": map_of(ref("InputField")),
            "flow": map_of(ref("FlowStep")),
            "triggers": list_of(ref("Trigger")),
        },
        {
            "title": TEXT,
            "folder": TEXT,
            "description": TEXT,
            "output": ANY,
            "timeout": {"type": ["integer", "string"]},
            "retry": OBJECT,
            "concurrency": OBJECT,
            "priority": WHOLE,
            "max_parallel_steps": WHOLE,
            "labels": map_of(TEXT),
            "checkout": TEXT,
            "on_success": {"type": "array"},
            "on_error": {"type": "array"},
            "on_cancel": {"type": "array"},
            "on_suspended": {"type": "array"},
        },
    ),
    "InputField": shape(
        "One field of an input.",
        {"type": TEXT},
        {
            "default": ANY,
            "required": FLAG,
            "description": TEXT,
            "options": {"type": "array"},
            "allow_custom": FLAG,
            "multiple": FLAG,
            "minimum": {"type": "number"},
            "maximum": {"type": "number"},
            "pattern": TEXT,
            "secret": FLAG,
            "order": WHOLE,
        },
    ),
    "FlowStep": shape("A step, as its author wrote it.", {}, _STEP, is_open=True),
    "ActionList": list_of(ref("ActionItem")),
    "ActionItem": shape(
        "A named action.",
        {"name": TEXT, "type": TEXT, "tags": told(list_of(TEXT), "What a worker must have.")},
        {"description": TEXT},
    ),
    "ActionDetail": shape(
        "A named action, as its author wrote it, with the fields of its type.",
        {"name": TEXT, "type": TEXT},
        {"title": TEXT, "description": TEXT},
        is_open=True,
    ),
    "Execute": body(
        "What the job is to begin with.",
        {
            "input": told(or_null(OBJECT), "The task's input."),
            "revision": told(
                {**TEXT, "minLength": 1, "maxLength": 200}, "A branch, tag or commit; without it, what is served."
            ),
            "labels": told(
                {**map_of({**TEXT, "maxLength": 1000}), "maxProperties": 50}, "Labels beside the task's own."
            ),
            "priority": told({**WHOLE, "minimum": -1_000_000, "maximum": 1_000_000}, "Higher goes first."),
        },
    ),
    "Batch": body(
        "One job each.",
        {"inputs": {"type": "array", "items": OBJECT, "minItems": 1, "maxItems": 1000}},
        ("inputs",),
    ),
    "BatchResult": shape("One answer an input, in order.", {"results": list_of(ref("BatchItem"))}),
    "BatchItem": shape("A job, or why there is none.", {"ok": FLAG}, {"job_id": ID, "error": TEXT, "code": TEXT}),
    "Executed": {"anyOf": [ref("Created"), ref("Plan")]},
    "Plan": shape(
        "What a job would do, as far as it is known before it runs.",
        {"task_name": TEXT, "workspace": TEXT, "revision": TEXT, "input": OBJECT, "steps": list_of(ref("PlannedStep"))},
    ),
    "PlannedStep": shape(
        "A step of a job that is not made.",
        {
            "step_name": TEXT,
            "action_name": or_null(TEXT),
            "action_type": TEXT,
            "depends_on": list_of(TEXT),
            "input": OBJECT,
            "decision": told(TEXT, "What its condition or its loop comes to."),
        },
    ),
    "Stats": shape(
        "How the last jobs of a task fared.",
        {
            "workspace": TEXT,
            "task_name": TEXT,
            "jobs": told(WHOLE, "How many were looked at."),
            "by_status": map_of(WHOLE),
            "duration_seconds": told(ref("Spread"), "Of those that completed."),
            "wait_seconds": told(ref("Spread"), "From creation to start."),
        },
    ),
    "Spread": shape("Half, and all but a twentieth, took no longer.", {"p50": or_null(NUMBER), "p95": or_null(NUMBER)}),
}
