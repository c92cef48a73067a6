"""``type: scheduler``: the times of a cron expression, and which missed times are caught up."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from gitflow.core.durations import seconds
from gitflow.core.language.cron import CronError, fires_between, next_fire
from gitflow.core.record import Record
from gitflow.core.timestamps import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import JsonObject

    #: A jump of the wall clock: (from, to).
    Jump = tuple[float, float]

SOURCE = "trigger"
ALLOWED_EXTRA_INPUT: frozenset[str] = frozenset()
USES_WALL_CLOCK = True

#: A time that is handled with less delay than this does not count as missed, in seconds: the process was only busy.
ON_TIME_S = 60.0

#: ``catchup: all`` starts no more jobs than this at once: the latest ones.
MAX_CAUGHT_UP = 1000


class Schedule(Record):
    cron: str
    timezone: str = "UTC"
    catchup: str = "none"  #: none, last or all
    jitter_s: float = 0.0


class DueTimes(Record):
    """The times up to now that fire, oldest first, and how many are skipped."""

    times: tuple[float, ...] = ()
    through: float = 0.0  #: the last time that is handled with this, fired or not
    missed: int = 0
    missed_more: bool = False  #: there are too many to count


def schedule_of(trigger: Trigger) -> Schedule:
    given = trigger.fields
    return Schedule(
        str(given["cron"]),
        str(given.get("timezone", "UTC")),
        str(given.get("catchup", "none")),
        seconds(given.get("jitter", 0)),
    )


def shape(trigger: Trigger) -> str | None:
    return f"{trigger.fields['cron']}|{trigger.fields.get('timezone', 'UTC')}"


def next_time(schedule: Schedule, after: float) -> float | None:
    """The first time after ``after``; None if there is none."""
    try:
        return next_fire(schedule.cron, schedule.timezone, after)
    except CronError:
        return None


def starts_at(schedule: Schedule, who: str, time: float) -> float:
    """When the job of a time starts: later by the jitter, which is fixed for each time, and before the next time.

    ``who`` identifies the trigger: triggers with equal schedules have different jitter.
    """
    if not schedule.jitter_s:
        return time
    following = next_time(schedule, time)
    most = schedule.jitter_s if following is None else min(schedule.jitter_s, following - time)
    return time + _fraction_of(f"{who}|{time:.0f}") * most


def due(
    schedule: Schedule,
    who: str,
    first: float,
    now: float,
    jumps: Sequence[Jump] = (),
    hold: tuple[float, float] | None = None,
) -> DueTimes:
    """What to do at ``now`` if ``first``, which is due, is the earliest time that has not been handled.

    Times that the clock skipped because it was set forward count as missed, however recent they are; times inside
    ``hold``, which a drained server left to this one, count as on time.
    """
    times, more = fires_between(schedule.cron, schedule.timezone, first - 1, now, MAX_CAUGHT_UP + 1)
    if len(times) > 1 and starts_at(schedule, who, times[-1]) > now:
        times.pop()  # it is not due yet because of its jitter
    if len(times) > MAX_CAUGHT_UP:
        times, more = times[1:], True
    most = ON_TIME_S + schedule.jitter_s
    on_time = [time for time in times if _is_held(time, hold) or _lateness(time, now, jumps) < most]
    late = [time for time in times if time not in on_time]
    fired = _KEPT[schedule.catchup](late, on_time)
    return DueTimes(tuple(fired), times[-1], len(times) - len(fired), more)


def _is_held(time: float, hold: tuple[float, float] | None) -> bool:
    return hold is not None and hold[0] < time <= hold[1]


def _lateness(time: float, now: float, jumps: Sequence[Jump]) -> float:
    """How long ago the time really was; infinite if the clock skipped it."""
    if any(begin < time <= end for begin, end in jumps):
        return float("inf")
    return now - time - sum(end - begin for begin, end in jumps if time <= begin)


#: ``catchup`` -> the times that fire, of those that were missed and those that are on time.
_KEPT: Mapping[str, Callable[[list[float], list[float]], list[float]]] = {
    "none": lambda late, on_time: on_time,
    "last": lambda late, on_time: on_time + [time for time in late[-1:] if time > max(on_time, default=0.0)],
    "all": lambda late, on_time: sorted([*late, *on_time]),
}


def scope_of(trigger: Trigger, time: float) -> JsonObject:
    """The names that the trigger's input can use."""
    return {"event": {"trigger": trigger.name, "scheduled_at": rfc3339(time)}}


def key_of(time: float) -> str:
    """The key of a time, the same on every server."""
    return f"time:{time:.0f}"


def _fraction_of(text: str) -> float:
    """A number from 0 to 1, evenly distributed, and the same for the same text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / (1 << 48)
