"""The JSON of triggers: their definition, their state on this server, and when they fire next."""

from __future__ import annotations

from gitflow.core.record import Record
from gitflow.core.templates.masking import masked
from gitflow.core.values import MASK
from gitflow.views.commits import commit_or_none
from gitflow.views.noun import ABSENT, ExtraFields, JsonField, Noun, is_absent, is_none, optional, writer
from gitflow.views.schema import ANY, FLAG, ID, JOB_STATUS, OBJECT, TEXT, TIME, WHOLE, list_of, one_of, or_null, ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.triggers.fire import Fired
    from gitflow.runtime.triggers.reactions import Received
    from gitflow.stores.protocols.triggers import TriggerEvent, TriggerState

#: Fields of a trigger's type that ``TRIGGER`` shows under another name, or declares itself.
_SHOWN_ELSEWHERE = ("cron", "timezone", "name")


class LoadedTrigger(Record):
    trigger: Trigger
    now: float  #: seconds since the epoch; the next runs are those after it
    state: TriggerState | None = None  #: None: unknown, so its fields are left out
    with_type_fields: bool = False  #: whether to include the fields of its type


class StartedJob(Record):
    job_id: str | None
    trigger: str
    task: str
    job: Job | None = None  #: only for callers that waited for its end, or asked for it
    shows_commit: bool = False  #: the caller is known: a commit names people
    skipped: str | None = None  #: why the request started no job


class SwitchedTrigger(Record):
    workspace: str
    trigger: str
    error: str | None = None


class BackfilledJobs(Record):
    backfill: str | None
    times: Sequence[str]  #: RFC 3339
    job_ids: Sequence[str]
    more: bool


TRIGGER = Noun(
    "Trigger",
    "A reason to start a task.",
    (
        JsonField("name", TEXT, "trigger.name"),
        JsonField("type", TEXT, "trigger.type"),
        JsonField(
            "cron",
            or_null(TEXT),
            lambda it: it.trigger.fields.get("cron") if _is_schedule(it) else None,
            about="Cron expression; null unless the trigger is a schedule.",
        ),
        JsonField("task", TEXT, "trigger.task"),
        JsonField("enabled", FLAG, "trigger.enabled"),
        JsonField("input", OBJECT, lambda it: dict(it.trigger.input)),
        JsonField(
            "next_runs",
            list_of(TIME),
            lambda it: _next_runs(it.trigger, it.now) if _will_fire(it) else [],
            about="The next 5 times a schedule fires, with their UTC offset.",
        ),
        optional("file", TEXT, "trigger.where.file", about="Where it is defined, relative to the workspace."),
        optional(
            "line",
            WHOLE,
            lambda it: it.trigger.where.line if it.trigger.where.file else None,
            about="Line number, counted from 1.",
        ),
        JsonField("timezone", TEXT, lambda it: it.trigger.fields.get("timezone", ABSENT), omit=is_absent),
        ExtraFields(lambda it: _own_fields(it.trigger) if it.with_type_fields else {}),
        JsonField(
            "last_fired_at", or_null(TIME), lambda it: it.state.last_fired_at if it.state else ABSENT, omit=is_absent
        ),
        JsonField(
            "suspended",
            FLAG,
            lambda it: _is_suspended(it) if it.state else None,
            about="Whether an operator has stopped it.",
            omit=is_none,
        ),
        JsonField(
            "suspended_by",
            or_null(TEXT),
            lambda it: it.state.suspended_by if _is_suspended(it) else ABSENT,
            about="Who suspended it; this and the next two only while it is suspended.",
            omit=is_absent,
        ),
        JsonField(
            "suspended_at",
            TIME,
            lambda it: it.state.suspended_at if _is_suspended(it) else ABSENT,
            omit=is_absent,
        ),
        JsonField(
            "suspended_reason",
            or_null(TEXT),
            lambda it: it.state.suspended_reason or None if _is_suspended(it) else ABSENT,
            omit=is_absent,
        ),
    ),
    list_name="TriggerList",
    is_open=True,
)

TRIGGER_EVENT = Noun(
    "TriggerEvent",
    "An entry of a trigger's history: it fired or did not, or somebody suspended or unsuspended it.",
    (
        JsonField("at", TIME),
        JsonField("what", one_of("fired", "skipped", "failed", "suspended", "unsuspended")),
        JsonField("actor", TEXT),
        JsonField("job_id", or_null(ID)),
        JsonField("due_at", or_null(TIME), about="The time for which the schedule was due."),
        JsonField(
            "reason",
            or_null(TEXT),
            lambda it: it.reason or None,
            about="Why no job was created, or why the trigger was suspended.",
        ),
    ),
    list_name="TriggerEventList",
)

EVENT_RECEIVED = Noun(
    "EventReceived",
    "An event, and the triggers that waited for it.",
    (
        JsonField("id", TEXT, "event.id"),
        JsonField("source", TEXT, "event.source"),
        JsonField("triggers", list_of(ref("TriggerAnswer")), lambda it: [trigger_answer(each) for each in it.fired]),
    ),
)

TRIGGER_ANSWER = Noun(
    "TriggerAnswer",
    "How a trigger responded to an event.",
    (
        JsonField("workspace", TEXT),
        JsonField("trigger", TEXT),
        JsonField("task", TEXT),
        JsonField("outcome", one_of("fired", "repeated", "skipped", "failed"), "what"),
        JsonField("job_id", or_null(ID)),
        JsonField(
            "reason",
            or_null(TEXT),
            lambda it: None if it.refused is None else str(it.refused),
            about="Why no job was created.",
        ),
    ),
)

EVENTS_RECEIVED = Noun(
    "EventsReceived",
    "The result for each event.",
    (JsonField("events", list_of(ref("EventReceived")), lambda received: [event_received(each) for each in received]),),
)

_STARTED = (JsonField("job_id", ID), JsonField("trigger", TEXT), JsonField("task", TEXT))

FIRED = Noun("Fired", "The job that was created.", _STARTED)

HOOK_ANSWER = Noun(
    "HookAnswer",
    "The job that was created, and its status and output if the caller waited for it.",
    (
        JsonField("job_id", or_null(ID), about="Null if the trigger's filters let the request start no job."),
        *_STARTED[1:],
        JsonField("skipped", TEXT, about="Why the request started no job.", omit=is_none),
        JsonField("status", JOB_STATUS, lambda it: it.job.status.value if it.job else ABSENT, omit=is_absent),
        JsonField(
            "output", ANY, lambda it: masked(it.job.output, it.job.secrets) if it.job else ABSENT, omit=is_absent
        ),
        JsonField(
            "error_message",
            or_null(TEXT),
            lambda it: masked(it.job.error_message, it.job.secrets) if it.job else ABSENT,
            omit=is_absent,
        ),
        JsonField(
            "revision",
            TEXT,
            lambda it: it.job.revision if it.job and it.shows_commit else ABSENT,
            about="Revision of the job; only if the webhook has a secret.",
            omit=is_absent,
        ),
        JsonField(
            "commit",
            or_null(ref("CommitSummary")),
            lambda it: commit_or_none(it.job.git_commit) if it.job and it.shows_commit else ABSENT,
            omit=is_absent,
        ),
    ),
)

SWITCHED = Noun(
    "SwitchedTrigger",
    "The result for one trigger whose suspension was to begin or end.",
    (
        JsonField("workspace", TEXT),
        JsonField("trigger", TEXT),
        JsonField("ok", FLAG, lambda it: it.error is None),
        JsonField("error", TEXT, about="Why it was refused.", omit=is_none),
        JsonField("code", TEXT, lambda it: "forbidden" if it.error else None, omit=is_none),
    ),
)

SWITCHED_MANY = Noun(
    "SwitchedTriggers",
    "The result for each trigger.",
    (JsonField("results", list_of(ref("SwitchedTrigger")), lambda many: [_switched(each) for each in many]),),
)

BACKFILLED = Noun(
    "Backfilled",
    "The jobs of a backfill, in the order of their times.",
    (
        JsonField(
            "backfill", or_null(TEXT), about="Value of the jobs' label `backfill`; null if no jobs were created."
        ),
        JsonField(
            "times", list_of(TIME), about="The times of the jobs, with the UTC offset of the schedule's time zone."
        ),
        JsonField("job_ids", list_of(ID)),
        JsonField("more", FLAG, about="Whether there are more times than `limit`."),
    ),
)

NOUNS = (
    TRIGGER,
    TRIGGER_EVENT,
    EVENT_RECEIVED,
    TRIGGER_ANSWER,
    EVENTS_RECEIVED,
    FIRED,
    HOOK_ANSWER,
    SWITCHED,
    SWITCHED_MANY,
    BACKFILLED,
)

trigger_event: Callable[[TriggerEvent], JsonObject] = writer(TRIGGER_EVENT)
event_received: Callable[[Received], JsonObject] = writer(EVENT_RECEIVED)
trigger_answer: Callable[[Fired], JsonObject] = writer(TRIGGER_ANSWER)
events_received: Callable[[Sequence[Received]], JsonObject] = writer(EVENTS_RECEIVED)
fired_job: Callable[[StartedJob], JsonObject] = writer(FIRED)
hook_answer: Callable[[StartedJob], JsonObject] = writer(HOOK_ANSWER)
switched_triggers: Callable[[Sequence[SwitchedTrigger]], JsonObject] = writer(SWITCHED_MANY)
backfilled: Callable[[BackfilledJobs], JsonObject] = writer(BACKFILLED)
_switched = writer(SWITCHED)
_trigger = writer(TRIGGER)


def trigger(trigger: Trigger, now: float, state: TriggerState | None = None) -> JsonObject:
    """``next_runs`` is empty unless the trigger is an enabled schedule that is not suspended."""
    return _trigger(LoadedTrigger(trigger, now, state))


def trigger_detail(trigger: Trigger, now: float, state: TriggerState | None = None) -> JsonObject:
    """The same, with the fields of its type. A secret is shown as its template, or masked."""
    return _trigger(LoadedTrigger(trigger, now, state, with_type_fields=True))


def _own_fields(trigger: Trigger) -> JsonObject:
    path = {"path": f"/hooks/{trigger.fields['name']}"} if "name" in trigger.fields else {}
    return path | {key: _mask(key, value) for key, value in trigger.fields.items() if key not in _SHOWN_ELSEWHERE}


def _is_schedule(it: LoadedTrigger) -> bool:
    return it.trigger.type == "scheduler"


def _is_suspended(it: LoadedTrigger) -> bool:
    return it.state is not None and it.state.suspended_at is not None


def _will_fire(it: LoadedTrigger) -> bool:
    return _is_schedule(it) and it.trigger.enabled and not _is_suspended(it)


def _next_runs(trigger: Trigger, now: float) -> list[str]:
    from gitflow.views.next_runs import next_runs

    return next_runs(str(trigger.fields["cron"]), str(trigger.fields.get("timezone", "UTC")), now)


def _mask(key: str, value: Json) -> Json:
    is_written_out = key == "secret" and isinstance(value, str) and "{{" not in value
    return MASK if is_written_out else value
