"""Triggers as the API shows them: as they were written, what came of them here, and when they fire next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record
from gitflow.core.timestamps import rfc3339_or_none
from gitflow.core.values import MASK
from gitflow.views.noun import ABSENT, Field, Noun, Spread, is_absent, is_none, writer
from gitflow.views.schema import FLAG, ID, OBJECT, TEXT, TIME, list_of, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.triggers.fire import Fired
    from gitflow.runtime.triggers.reactions import Received
    from gitflow.stores.protocols.triggers import TriggerEvent, TriggerState

#: Fields of a trigger's type that are shown in another way, or already.
_SHOWN = ("cron", "timezone", "name")

#: How many times a schedule will fire next are shown, and of how many schedules that is kept.
NEXT_RUNS = 5
MOST_KNOWN = 20_000


@record
class TriggerAtHand:
    trigger: Trigger
    now: float  #: seconds since the epoch; from then on the next runs are shown
    state: TriggerState | None = None  #: None where it is not known
    is_whole: bool = False  #: with the fields that only its type has


TRIGGER = Noun(
    "Trigger",
    "A reason to start a task.",
    (
        Field("name", TEXT, "trigger.name"),
        Field("type", TEXT, "trigger.type"),
        Field(
            "cron",
            or_null(TEXT),
            lambda it: it.trigger.fields.get("cron") if _is_schedule(it) else None,
            about="Null unless it is a schedule.",
        ),
        Field("task", TEXT, "trigger.task"),
        Field("enabled", FLAG, "trigger.enabled"),
        Field("input", OBJECT, lambda it: dict(it.trigger.input)),
        Field(
            "next_runs",
            list_of(TIME),
            lambda it: _next_runs(it.trigger, it.now) if _will_fire(it) else [],
            about="The next 5 times a schedule fires, with their offset.",
        ),
        Field("timezone", TEXT, lambda it: it.trigger.fields.get("timezone", ABSENT), omit=is_absent),
        Spread(lambda it: _own_fields(it.trigger) if it.is_whole else {}),
        Field(
            "last_fired_at", or_null(TIME), lambda it: it.state.last_fired_at if it.state else ABSENT, omit=is_absent
        ),
        Field(
            "suspended",
            FLAG,
            lambda it: _is_suspended(it) if it.state else None,
            about="Whether an operator has stopped it.",
            omit=is_none,
        ),
        Spread(lambda it: _suspension(it.state) if _is_suspended(it) else {}),
    ),
    list_name="TriggerList",
    is_open=True,
)

TRIGGER_EVENT = Noun(
    "TriggerEvent",
    "One time that a trigger fired or did not, or that somebody turned its switch.",
    (
        Field("at", TIME),
        Field("what", one_of("fired", "skipped", "failed", "suspended", "unsuspended")),
        Field("actor", TEXT),
        Field("job_id", or_null(ID)),
        Field("due_at", or_null(TIME), about="The time of the schedule."),
        Field(
            "reason", or_null(TEXT), lambda it: it.reason or None, about="Why there is no job, or why it was suspended."
        ),
    ),
    list_name="TriggerEventList",
)

EVENT_RECEIVED = Noun(
    "EventReceived",
    "The triggers that waited for an event.",
    (
        Field("id", TEXT, "event.id"),
        Field("source", TEXT, "event.source"),
        Field("triggers", list_of(ref("TriggerAnswer")), lambda it: [trigger_answer(each) for each in it.fired]),
    ),
)

TRIGGER_ANSWER = Noun(
    "TriggerAnswer",
    "What a trigger made of an event.",
    (
        Field("workspace", TEXT),
        Field("trigger", TEXT),
        Field("task", TEXT),
        Field("outcome", one_of("fired", "repeated", "skipped", "failed"), "what"),
        Field("job_id", or_null(ID)),
        Field(
            "reason",
            or_null(TEXT),
            lambda it: None if it.refused is None else str(it.refused),
            about="Why there is no job.",
        ),
    ),
)

NOUNS = (TRIGGER, TRIGGER_EVENT, EVENT_RECEIVED, TRIGGER_ANSWER)

trigger_event: Callable[[TriggerEvent], JsonObject] = writer(TRIGGER_EVENT)
event_received: Callable[[Received], JsonObject] = writer(EVENT_RECEIVED)
trigger_answer: Callable[[Fired], JsonObject] = writer(TRIGGER_ANSWER)
_trigger = writer(TRIGGER)


def trigger(trigger: Trigger, now: float, state: TriggerState | None = None) -> JsonObject:
    """``next_runs`` is empty unless the trigger is an enabled schedule that is not suspended."""
    return _trigger(TriggerAtHand(trigger, now, state))


def trigger_detail(trigger: Trigger, now: float, state: TriggerState | None = None) -> JsonObject:
    """The same, with the fields only its type knows. A secret is shown as its template, or masked."""
    return _trigger(TriggerAtHand(trigger, now, state, is_whole=True))


def _own_fields(trigger: Trigger) -> JsonObject:
    path = {"path": f"/hooks/{trigger.fields['name']}"} if "name" in trigger.fields else {}
    return path | {key: _masked(key, value) for key, value in trigger.fields.items() if key not in _SHOWN}


def _is_schedule(it: TriggerAtHand) -> bool:
    return it.trigger.type == "scheduler"


def _is_suspended(it: TriggerAtHand) -> bool:
    return it.state is not None and it.state.suspended_at is not None


def _will_fire(it: TriggerAtHand) -> bool:
    return _is_schedule(it) and it.trigger.enabled and not _is_suspended(it)


def _suspension(state: TriggerState) -> JsonObject:
    return {
        "suspended_by": state.suspended_by,
        "suspended_at": rfc3339_or_none(state.suspended_at),
        "suspended_reason": state.suspended_reason or None,
    }


#: Expression and zone -> a moment, and the runs after it, with how they are written: they are the next ones until the
#: first of them has come.
_known_runs: dict[tuple[str, str], tuple[float, list[tuple[float, str]]]] = {}


def _next_runs(trigger: Trigger, now: float) -> list[str]:
    """A workspace may have thousands of schedules: what was found once is only gone on from."""
    schedule = (str(trigger.fields["cron"]), str(trigger.fields.get("timezone", "UTC")))
    since, known = _known_runs.get(schedule, (now, []))
    runs = [run for run in known if run[0] > now] if since <= now else []
    if len(runs) < NEXT_RUNS:
        runs += _runs(*schedule, runs[-1][0] if runs else now, NEXT_RUNS - len(runs))
        if len(_known_runs) >= MOST_KNOWN:
            _known_runs.clear()
        _known_runs[schedule] = (now, runs)
    return [text for _, text in runs]


def _runs(cron: str, zone: str, after: float, count: int) -> Iterator[tuple[float, str]]:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from gitflow.core.language.cron import CronError, next_fire

    for _ in range(count):
        try:
            after = next_fire(cron, zone, after)
        except CronError:  # it will not come again
            return
        yield after, datetime.fromtimestamp(after, ZoneInfo(zone)).isoformat()


def _masked(key: str, value: Json) -> Json:
    is_written_out = key == "secret" and isinstance(value, str) and "{{" not in value
    return MASK if is_written_out else value
