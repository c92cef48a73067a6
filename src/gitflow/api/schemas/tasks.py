"""Shapes of tasks and triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import (
    FLAG,
    ID,
    NUMBER,
    OBJECT,
    TEXT,
    WHOLE,
    body,
    described,
    list_of,
    map_of,
    object_of,
    or_null,
    ref,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "Execute": body(
        "What the job is to begin with.",
        {
            "input": described(or_null(OBJECT), "The task's input."),
            "revision": described(
                {**TEXT, "minLength": 1, "maxLength": 200}, "A branch, tag or commit; without it, what is served."
            ),
            "labels": described(
                {**map_of({**TEXT, "maxLength": 1000}), "maxProperties": 50}, "Labels beside the task's own."
            ),
            "priority": described({**WHOLE, "minimum": -1_000_000, "maximum": 1_000_000}, "Higher goes first."),
        },
    ),
    "Batch": body(
        "One job each.",
        {"inputs": {"type": "array", "items": OBJECT, "minItems": 1, "maxItems": 1000}},
        ("inputs",),
    ),
    "BatchResult": object_of("One answer an input, in order.", {"results": list_of(ref("BatchItem"))}),
    "BatchItem": object_of("A job, or why there is none.", {"ok": FLAG}, {"job_id": ID, "error": TEXT, "code": TEXT}),
    "Executed": {"anyOf": [ref("Created"), ref("Plan")]},
    "Plan": object_of(
        "What a job would do, as far as it is known before it runs.",
        {"task_name": TEXT, "workspace": TEXT, "revision": TEXT, "input": OBJECT, "steps": list_of(ref("PlannedStep"))},
    ),
    "PlannedStep": object_of(
        "A step of a job that is not made.",
        {
            "step_name": TEXT,
            "action_name": or_null(TEXT),
            "action_type": TEXT,
            "depends_on": list_of(TEXT),
            "input": OBJECT,
            "decision": described(TEXT, "What its condition or its loop comes to."),
        },
    ),
    "Stats": object_of(
        "How the last jobs of a task fared.",
        {
            "workspace": TEXT,
            "task_name": TEXT,
            "jobs": described(WHOLE, "How many were looked at."),
            "by_status": map_of(WHOLE),
            "duration_seconds": described(ref("Spread"), "Of those that completed."),
            "wait_seconds": described(ref("Spread"), "From creation to start."),
        },
    ),
    "Spread": object_of(
        "Half, and all but a twentieth, took no longer.", {"p50": or_null(NUMBER), "p95": or_null(NUMBER)}
    ),
}
