"""Shapes of triggers, webhooks and events."""

from __future__ import annotations

from gitflow.views.schema import ANY, ID, OBJECT, TEXT, TIME, body, list_of, one_of, or_null, ref, shape, told

TYPE_CHECKING = False
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
    "TriggerEventList": list_of(ref("TriggerEvent")),
    "TriggerEvent": shape(
        "One time that a trigger fired or did not, or that somebody turned its switch.",
        {
            "at": TIME,
            "what": one_of("fired", "skipped", "failed", "suspended", "unsuspended"),
            "actor": TEXT,
            "job_id": or_null(ID),
            "due_at": told(or_null(TIME), "The time of the schedule."),
            "reason": told(or_null(TEXT), "Why there is no job."),
        },
    ),
    "EventsReceived": shape("What came of each event.", {"events": list_of(ref("EventReceived"))}),
    "EventReceived": shape(
        "The triggers that waited for an event.",
        {"id": TEXT, "source": TEXT, "triggers": list_of(ref("TriggerAnswer"))},
    ),
    "TriggerAnswer": shape(
        "What a trigger made of an event.",
        {
            "workspace": TEXT,
            "trigger": TEXT,
            "task": TEXT,
            "outcome": one_of("fired", "repeated", "skipped", "failed"),
            "job_id": or_null(ID),
            "reason": told(or_null(TEXT), "Why there is no job."),
        },
    ),
}
