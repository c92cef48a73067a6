"""Request bodies for triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import FLAG, OBJECT, TEXT, WHOLE, body, described, list_of, or_null

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_COUNT: JsonObject = {**WHOLE, "minimum": 1, "maximum": 1000}
_REASON: JsonObject = described({**TEXT, "maxLength": 2000}, "Why; the list of triggers and the audit trail show it.")

SCHEMAS: Mapping[str, JsonObject] = {
    "Suspend": body("Why.", {"reason": _REASON}),
    "SuspendMany": body(
        "Which triggers: some by their names, all of a workspace, or all of the server.",
        {
            "triggers": described({**list_of(TEXT), "minItems": 1, "maxItems": 1000}, "Their names."),
            "workspace": described(TEXT, "Whose triggers these are; without `triggers`, all that it has now."),
            "all": described({"const": True}, "Every trigger that the server has now."),
            "reason": _REASON,
        },
    ),
    "Backfill": body(
        "Which times. A time without an offset is in the zone of the schedule.",
        {
            "from": described(TEXT, "A date or a time, included."),
            "to": described(TEXT, "A date or a time, not included."),
            "limit": described(_COUNT, "How many jobs at most: the earliest times count. Without it, 100."),
            "at_once": described(_COUNT, "How many of them run at the same time. Without it, 1."),
            "dry_run": described(FLAG, "Answer the times, and make no job."),
        },
        ("from", "to"),
    ),
    "Fire": body(
        "What the job is to begin with.",
        {"input": described(or_null(OBJECT), "Lies over the trigger's own input.")},
    ),
}
