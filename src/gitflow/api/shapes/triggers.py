"""Shapes of triggers, webhooks and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import ANY, ID, OBJECT, TEXT, body, list_of, or_null, ref, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_STARTED: JsonObject = {"job_id": ID, "trigger": TEXT, "task": TEXT}

SHAPES: Mapping[str, JsonObject] = {
    "Fire": body(
        "What the job is to begin with.",
        {"input": told(or_null(OBJECT), "Lies over the trigger's own input.")},
    ),
    "Fired": shape("The job that was made.", _STARTED),
    "HookAnswer": shape(
        "The job that was made; where one waits for it, also what became of it.",
        _STARTED,
        {"status": TEXT, "output": ANY, "error_message": or_null(TEXT)},
    ),
    "EventsReceived": shape("What came of each event.", {"events": list_of(ref("EventReceived"))}),
}
