"""Shapes of triggers, webhooks and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import ANY, FLAG, ID, OBJECT, TEXT, body, list_of, or_null, ref, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_STARTED: JsonObject = {"job_id": ID, "trigger": TEXT, "task": TEXT}

_REASON: JsonObject = told({**TEXT, "maxLength": 2000}, "Why; the list of triggers and the audit trail show it.")

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
    "Fired": shape("The job that was made.", _STARTED),
    "HookAnswer": shape(
        "The job that was made; where one waits for it, also what became of it.",
        _STARTED,
        {"status": TEXT, "output": ANY, "error_message": or_null(TEXT)},
    ),
    "EventsReceived": shape("What came of each event.", {"events": list_of(ref("EventReceived"))}),
}
