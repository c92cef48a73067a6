"""Request bodies for triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import FLAG, OBJECT, TEXT, WHOLE, body, described, list_of, or_null

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_COUNT: JsonObject = {**WHOLE, "minimum": 1, "maximum": 1000}
_REASON: JsonObject = described(
    {**TEXT, "maxLength": 2000}, "The reason, which the list of triggers and the audit trail show."
)

SCHEMAS: Mapping[str, JsonObject] = {
    "Suspend": body("Why.", {"reason": _REASON}),
    "SuspendMany": body(
        "Which triggers are meant: some by name, all of a workspace, or all of the server.",
        {
            "triggers": described({**list_of(TEXT), "minItems": 1, "maxItems": 1000}, "Names of the triggers."),
            "workspace": described(TEXT, "Workspace of the triggers; without `triggers`, all that it has now."),
            "all": described({"const": True}, "Whether every trigger is meant that the server has now."),
            "reason": _REASON,
        },
    ),
    "Backfill": body(
        "The times to backfill. A time without an offset is in the time zone of the schedule.",
        {
            "from": described(TEXT, "First date or time, inclusive."),
            "to": described(TEXT, "Last date or time, exclusive."),
            "limit": described(_COUNT, "How many jobs to create at most, for the earliest times; 100 if left out."),
            "at_once": described(_COUNT, "How many of the jobs run at the same time; 1 if left out."),
            "dry_run": described(FLAG, "Whether to return only the times, and create no jobs."),
        },
        ("from", "to"),
    ),
    "Fire": body(
        "What the job starts with.",
        {"input": described(or_null(OBJECT), "Values that override those of the trigger's own input.")},
    ),
}
