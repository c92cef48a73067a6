"""Shapes of triggers, webhooks and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import ANY, FLAG, ID, OBJECT, TEXT, TIME, WHOLE, body, list_of, or_null, ref, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_STARTED: JsonObject = {"job_id": ID, "trigger": TEXT, "task": TEXT}

_REASON: JsonObject = told({**TEXT, "maxLength": 2000}, "Why; the list of triggers and the audit trail show it.")

_COUNT: JsonObject = {**WHOLE, "minimum": 1, "maximum": 1000}

SHAPES: Mapping[str, JsonObject] = {
    "Fire": body(
        "What the job is to begin with.",
        {"input": told(or_null(OBJECT), "Lies over the trigger's own input.")},
    ),
    "Suspend": body("Why.", {"reason": _REASON}),
    "SuspendMany": body(
        "Which triggers: some by their names, all of a workspace, or all of the server.",
        {
            "triggers": told({**list_of(TEXT), "minItems": 1, "maxItems": 1000}, "Their names."),
            "workspace": told(TEXT, "Whose triggers these are; without `triggers`, all that it has now."),
            "all": told({"const": True}, "Every trigger that the server has now."),
            "reason": _REASON,
        },
    ),
    "SuspendedMany": shape("What came of each trigger.", {"results": list_of(ref("SuspendedOne"))}),
    "SuspendedOne": shape(
        "What came of one trigger.",
        {"workspace": TEXT, "trigger": TEXT, "ok": FLAG},
        {"error": told(TEXT, "Why it was refused."), "code": TEXT},
    ),
    "Backfill": body(
        "Which times. A time without an offset is in the zone of the schedule.",
        {
            "from": told(TEXT, "A date or a time, included."),
            "to": told(TEXT, "A date or a time, not included."),
            "limit": told(_COUNT, "How many jobs at most: the earliest times count. Without it, 100."),
            "at_once": told(_COUNT, "How many of them run at the same time. Without it, 1."),
            "dry_run": told(FLAG, "Answer the times, and make no job."),
        },
        ("from", "to"),
    ),
    "Backfilled": shape(
        "The jobs, in the order of their times.",
        {
            "backfill": told(or_null(TEXT), "The value of the label `backfill` of the jobs; null where there is none."),
            "times": list_of(TIME),
            "job_ids": list_of(ID),
            "more": told(FLAG, "Whether there are more times than `limit`."),
        },
    ),
    "Fired": shape("The job that was made.", _STARTED),
    "HookAnswer": shape(
        "The job that was made; where one waits for it, also what became of it.",
        _STARTED,
        {"status": TEXT, "output": ANY, "error_message": or_null(TEXT)},
    ),
    "EventsReceived": shape("What came of each event.", {"events": list_of(ref("EventReceived"))}),
}
