"""The JSON of an entry of a job's history, and what the details of each kind of entry hold.

A new kind of entry is a line in ``KINDS``; a test makes an entry of every kind, and holds each against its line.
"""

from __future__ import annotations

from itertools import groupby

from gitflow.core.jobs.events import OVERRIDDEN
from gitflow.core.language.definition import OCCASIONS
from gitflow.core.record import Record, replace
from gitflow.core.status import ENDED_JOB
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_object
from gitflow.views.commits import commit_or_none
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.values import Json, JsonObject


class NumberedEntry(Record):
    entry: HistoryEntry
    seq: int


class Kind(Record):
    """The details of entries of one kind: fields they have always, and at times. Without both they are null."""

    about: str
    always: Mapping[str, JsonObject] = {}
    sometimes: Mapping[str, JsonObject] = {}


#: The first entry of every job.
CREATED = "job.created"

_REASON = {"reason": TEXT}
_ERROR = {"error_message": TEXT}
_RESULT = {"exit_code": WHOLE, "child_job_id": described(ID, "The child job for which the step waited.")}
_DEADLINE = {"deadline_s": described(NUMBER, "The deadline, in seconds.")}
_HOOK = {"hook": one_of(*OCCASIONS), "action": TEXT}
_REOPENED = {"reopened": described(WHOLE, "How often the job had been reopened.")}

#: ``what`` -> its details.
KINDS: Mapping[str, Kind] = {
    CREATED: Kind(
        "The job was created.",
        {"revision": described(TEXT, "The revision that the job runs."), "commit": or_null(ref("CommitSummary"))},
    ),
    "job.running": Kind("The job starts, or continues after a pause."),
    "job.paused": Kind("The job is paused: none of its steps starts."),
    "job.completed": Kind("The job completed."),
    "job.failed": Kind("The job failed.", _ERROR),
    "job.cancelled": Kind("The job was cancelled, and its processes have ended.", _ERROR),
    "job.timed_out": Kind("The job did not end within its time limit.", _ERROR),
    "job.reopened": Kind("The job had ended, and continues."),
    "job.restarted": Kind("The job runs again from its beginning."),
    "job.cancel_requested": Kind("A caller asked to cancel the job.", sometimes=_REASON),
    "job.restart_requested": Kind("A caller asked to restart the job."),
    "job.expired": Kind("The time limit of the job passed."),
    "job.late": Kind("The deadline of the job passed; its status does not change.", _DEADLINE),
    "job.event_received": Kind(
        "A caller sent the job an event.",
        {
            "id": TEXT,
            "type": TEXT,
            "kept": described(FLAG, "Whether it is kept for a later step, because no step waited for it."),
        },
    ),
    "job.retried": Kind(
        "Another job was created for the next attempt.",
        {"job_id": ID, "starts_at": described(TIME, "When that job starts.")},
        _REOPENED,
    ),
    "job.interrupted": Kind(
        "The process that ran the job had died.",
        {"owner": or_null(TEXT)},
        {"not_started": described(list_of(TEXT), "What the end of the job would have started: hooks, or `retry`.")},
    ),
    "job.taken_over": Kind("Another process became the owner of the job.", {"owner": TEXT}),
    "step.ready": Kind("The dependencies of the step have ended: it may run."),
    "step.running": Kind("A worker runs the step, or it is a loop whose instances run.", sometimes={"worker_id": TEXT}),
    "step.suspended": Kind(
        "The step waits without occupying a worker.",
        sometimes={"due_at": described(TIME, "When the wait is due to end.")},
    ),
    "step.completed": Kind("The step completed.", sometimes=_RESULT),
    "step.failed": Kind("The step failed, and is not retried.", _ERROR, _RESULT),
    "step.retrying": Kind(
        "An attempt failed; another one will follow.",
        {**_ERROR, "due_at": described(TIME, "When the next attempt is due.")},
        _RESULT,
    ),
    "step.skipped": Kind("The step does not run.", {"skip_reason": TEXT}),
    "step.cancelled": Kind("The step was cancelled.", sometimes={**_ERROR, **_RESULT}),
    "step.forced": Kind("A person declared the step completed."),
    "step.reset": Kind("The step waits again, as if it had not run."),
    "step.reopened": Kind("A loop had ended, and one of its instances runs again."),
    "step.late": Kind("The deadline of the step passed; its status does not change.", _DEADLINE),
    "step.approved": Kind("A person approved the step.", sometimes=_REASON),
    "step.rejected": Kind("A person rejected the step.", sometimes=_REASON),
    "step.force_requested": Kind("The reason why a person declared the step completed.", _REASON),
    "step.retry_requested": Kind("A caller asked to retry the step."),
    "step.replay_requested": Kind("A caller asked to replay the step and all steps that depend on it."),
    "step.child_started": Kind("The step started a child job, for which it waits.", {"child_job_id": ID}),
    "step.unassigned": Kind(
        "The step has waited for a suitable worker for a while.",
        {"waiting_on": one_of("worker"), "tags": described(list_of(TEXT), "Tags that its action requires."), **_REASON},
    ),
    OVERRIDDEN: Kind("An administrator decided for the approvers of a step.", {"operation": TEXT, "reason": TEXT}),
    "hook.started": Kind("A hook started another job.", {**_HOOK, "job_id": ID}, _REOPENED),
    "hook.refused": Kind("A hook could not be started.", {**_HOOK, "error": TEXT}, _REOPENED),
    "hook.failed": Kind(
        "The job of a hook ended without completing.",
        {"action": TEXT, "job_id": ID, "status": one_of(*sorted(status.value for status in ENDED_JOB))},
    ),
}

#: Its component is ``schema()``, which adds the details of each kind.
HISTORY_ENTRY = Noun(
    "",
    "Something that happened to a job, and who caused it. `details` depends on `what`.",
    (
        JsonField("seq", WHOLE, about="Number of the entry. Numbers grow, with gaps."),
        JsonField("at", TIME, "entry.at"),
        JsonField("actor", TEXT, "entry.actor"),
        JsonField(
            "what",
            one_of(*KINDS),
            "entry.what",
            about="Kind of entry, a word that never changes. New kinds may be added.",
        ),
        JsonField("step_name", or_null(TEXT), "entry.step"),
        JsonField("attempt", or_null(WHOLE), "entry.attempt"),
        JsonField("details", ANY, lambda it: history_details(it.entry.details)),
    ),
)

_write = writer(HISTORY_ENTRY)


def history_entry(entry: HistoryEntry, seq: int) -> JsonObject:
    """An entry of a job's history; ``seq`` is its number, which grows with time."""
    return _write(NumberedEntry(entry, seq))


def with_commit(entry: HistoryEntry, made_from: Callable[[], tuple[str, Commit | None]]) -> HistoryEntry:
    """The creation of a job with its revision and commit, which the store keeps once, with the job itself."""
    if entry.what != CREATED:
        return entry
    revision, commit = made_from()
    return replace(entry, details={"revision": revision, "commit": commit_or_none(commit)})


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
