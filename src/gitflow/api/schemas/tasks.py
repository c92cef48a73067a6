"""Request bodies for executing tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import (
    OBJECT,
    TEXT,
    WHOLE,
    body,
    described,
    map_of,
    or_null,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "Execute": body(
        "What the job starts with.",
        {
            "input": described(or_null(OBJECT), "The task's input."),
            "revision": described(
                {**TEXT, "minLength": 1, "maxLength": 200}, "A branch, tag or commit; the active revision if left out."
            ),
            "labels": described(
                {**map_of({**TEXT, "maxLength": 1000}), "maxProperties": 50}, "Labels in addition to the task's own."
            ),
            "priority": described(
                {**WHOLE, "minimum": -1_000_000, "maximum": 1_000_000}, "Priority of the job; a higher one goes first."
            ),
        },
    ),
    "Batch": body(
        "Inputs; one job is created for each.",
        {"inputs": {"type": "array", "items": OBJECT, "minItems": 1, "maxItems": 1000}},
        ("inputs",),
    ),
}
