"""Shapes of triggers, webhooks and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import ANY, ID, OBJECT, TEXT, body, described, list_of, object_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_STARTED: JsonObject = {"job_id": ID, "trigger": TEXT, "task": TEXT}

SCHEMAS: Mapping[str, JsonObject] = {
    "Fire": body(
        "What the job is to begin with.",
        {"input": described(or_null(OBJECT), "Lies over the trigger's own input.")},
    ),
    "Fired": object_of("The job that was made.", _STARTED),
    "HookAnswer": object_of(
        "The job that was made; where one waits for it, also what became of it.",
        _STARTED,
        {"status": TEXT, "output": ANY, "error_message": or_null(TEXT)},
    ),
    "EventsReceived": object_of("What came of each event.", {"events": list_of(ref("EventReceived"))}),
}
