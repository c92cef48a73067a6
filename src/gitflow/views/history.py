"""The JSON of an entry of a job's history, and what the details of each kind of entry hold.

A new kind of entry is a line in ``KINDS``; a test makes an entry of every kind, and holds each against its line.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from gitflow.core.jobs.events import OVERRIDDEN
from gitflow.core.language.definition import OCCASIONS
from gitflow.core.record import Record
from gitflow.core.status import ENDED_JOB
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_object
from gitflow.views.noun import JsonField, Noun, component, writer
from gitflow.views.schema import (
    ANY,
    FLAG,
    ID,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    described,
    list_of,
    object_of,
    one_of,
    or_null,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.values import Json, JsonObject


class NumberedEntry(Record):
    entry: HistoryEntry
    seq: int


class Kind(Record):
    """The details of entries of one kind: fields they have always, and at times. Without both they are null."""

    about: str
    always: Mapping[str, JsonObject] = {}
    sometimes: Mapping[str, JsonObject] = {}


_REASON = {"reason": TEXT}
_ERROR = {"error_message": TEXT}
_RESULT = {"exit_code": WHOLE, "child_job_id": described(ID, "The job that it waited for.")}
_DEADLINE = {"deadline_s": described(NUMBER, "Its deadline, in seconds.")}
_HOOK = {"hook": one_of(*OCCASIONS), "action": TEXT}
_REOPENED = {"reopened": described(WHOLE, "How often the job had been opened again.")}

#: ``what`` -> its details.
KINDS: Mapping[str, Kind] = {
    "job.created": Kind("It was made."),
    "job.running": Kind("It begins, or goes on after a pause."),
    "job.paused": Kind("Nothing new starts."),
    "job.completed": Kind("It ended well."),
    "job.failed": Kind("It ended badly.", _ERROR),
    "job.cancelled": Kind("It was stopped, and its processes are gone.", _ERROR),
    "job.timed_out": Kind("It did not end within its time limit.", _ERROR),
    "job.reopened": Kind("It had ended, and goes on."),
    "job.restarted": Kind("It runs again from the start."),
    "job.cancel_requested": Kind("Somebody cancelled it.", sometimes=_REASON),
    "job.restart_requested": Kind("Somebody restarted it."),
    "job.expired": Kind("Its time limit passed."),
    "job.late": Kind("Its deadline passed; its status is as before.", _DEADLINE),
    "job.event_received": Kind(
        "Somebody sent it an event.",
        {"id": TEXT, "type": TEXT, "kept": described(FLAG, "No step waited for it: it is kept for one that will.")},
    ),
    "job.retried": Kind(
        "Another job is made for its next attempt.",
        {"job_id": ID, "starts_at": described(TIME, "When that begins.")},
        _REOPENED,
    ),
    "job.interrupted": Kind(
        "The process that ran it had ended.",
        {"owner": or_null(TEXT)},
        {"not_started": described(list_of(TEXT), "What its end would have started: hooks, or `retry`.")},
    ),
    "job.taken_over": Kind("Another process goes on with it.", {"owner": TEXT}),
    "step.ready": Kind("Its dependencies have ended: it may run."),
    "step.running": Kind("A worker runs it, or it is a loop whose instances run.", sometimes={"worker_id": TEXT}),
    "step.suspended": Kind("It waits, and takes no worker.", sometimes={"due_at": described(TIME, "Its time limit.")}),
    "step.completed": Kind("It ended well.", sometimes=_RESULT),
    "step.failed": Kind("It ended badly, and is not tried again.", _ERROR, _RESULT),
    "step.retrying": Kind(
        "An attempt failed; there will be another.", {**_ERROR, "due_at": described(TIME, "When.")}, _RESULT
    ),
    "step.skipped": Kind("It does not run.", {"skip_reason": TEXT}),
    "step.cancelled": Kind("It was stopped.", sometimes={**_ERROR, **_RESULT}),
    "step.forced": Kind("Somebody declared it completed."),
    "step.reset": Kind("It waits again, as if it had not run."),
    "step.reopened": Kind("It is a loop that had ended, and an instance of it runs again."),
    "step.late": Kind("Its deadline passed; its status is as before.", _DEADLINE),
    "step.approved": Kind("Somebody approved it.", sometimes=_REASON),
    "step.rejected": Kind("Somebody rejected it.", sometimes=_REASON),
    "step.force_requested": Kind("Why somebody declared it completed.", _REASON),
    "step.retry_requested": Kind("Somebody retried it."),
    "step.replay_requested": Kind("Somebody replayed it, with all that depends on it."),
    "step.child_started": Kind("The job that it waits for.", {"child_job_id": ID}),
    "step.unassigned": Kind(
        "It has waited for a worker for a while.",
        {"waiting_on": one_of("worker"), "tags": described(list_of(TEXT), "What its action asks for."), **_REASON},
    ),
    OVERRIDDEN: Kind("An administrator decided for the approvers of a step.", {"operation": TEXT, "reason": TEXT}),
    "hook.started": Kind("The end of the job, or a wait, started another job.", {**_HOOK, "job_id": ID}, _REOPENED),
    "hook.refused": Kind("A hook could not be started.", {**_HOOK, "error": TEXT}, _REOPENED),
    "hook.failed": Kind(
        "The job of a hook ended, and did not complete.",
        {"action": TEXT, "job_id": ID, "status": one_of(*sorted(status.value for status in ENDED_JOB))},
    ),
}

#: Its component is ``schema()``, which adds the details of each kind.
HISTORY_ENTRY = Noun(
    "",
    "Something that happened, and who caused it. `what` decides what `details` hold.",
    (
        JsonField("seq", WHOLE, about="Grows, with gaps."),
        JsonField("at", TIME, "entry.at"),
        JsonField("actor", TEXT, "entry.actor"),
        JsonField("what", one_of(*KINDS), "entry.what", about="A word that never changes; there may be new ones."),
        JsonField("step_name", or_null(TEXT), "entry.step"),
        JsonField("attempt", or_null(WHOLE), "entry.attempt"),
        JsonField("details", ANY, lambda it: history_details(it.entry.details)),
    ),
)

_write = writer(HISTORY_ENTRY)


def history_entry(entry: HistoryEntry, seq: int) -> JsonObject:
    """An entry of a job's history; ``seq`` is its number, which grows with time."""
    return _write(NumberedEntry(entry, seq))


def history_details(details: Json) -> Json:
    """The details of an entry; values named ``…_at`` are stored as seconds and shown as RFC 3339."""
    if not is_object(details):
        return details
    return {
        name: rfc3339(value) if name.endswith("_at") and isinstance(value, (int, float)) else value
        for name, value in details.items()
    }


def schema() -> JsonObject:
    """The JSON Schema of an entry: its fields, and one alternative for each form of its details."""
    by_form = sorted(KINDS, key=lambda what: _order(KINDS[what]))
    forms = [list(whats) for _, whats in groupby(by_form, key=lambda what: _order(KINDS[what]))]
    return {**component(HISTORY_ENTRY), "oneOf": [_alternative(sorted(whats)) for whats in forms]}


def _order(kind: Kind) -> tuple[list[str], list[str], str]:
    """The same for kinds whose details have the same form."""
    return sorted(kind.always), sorted(kind.sometimes), repr((dict(kind.always), dict(kind.sometimes)))


def _alternative(whats: list[str]) -> JsonObject:
    kind = KINDS[whats[0]]
    about = " ".join(f"`{what}`: {KINDS[what].about}" for what in whats)
    return {
        "description": about,
        "properties": {"what": one_of(*whats), "details": _details(kind)},
        "required": ["what", "details"],
    }


def _details(kind: Kind) -> JsonObject:
    if not kind.always and not kind.sometimes:
        return {"type": "null"}
    made = object_of("", dict(kind.always), dict(kind.sometimes))
    del made["description"]
    return made if kind.always else or_null(made)


SCHEMAS: Mapping[str, JsonObject] = {"HistoryEntry": schema(), "History": list_of(ref("HistoryEntry"))}
