"""``type: scheduler``: the times a cron expression names, and what becomes of those that were missed."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from gitflow.core.durations import seconds
from gitflow.core.language.cron import CronError, fires_between, next_fire
from gitflow.core.record import record
from gitflow.core.timestamps import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import JsonObject

    #: From when to when the clock on the wall jumped.
    Jump = tuple[float, float]

SOURCE = "trigger"
ALLOWED_EXTRA_INPUT: frozenset[str] = frozenset()
USES_WALL_CLOCK = True

#: A time that comes to be looked at so late is not missed yet: a busy or paused process catches up by itself.
ON_TIME_S = 60.0

#: ``catchup: all`` starts no more jobs than this at once: the latest ones.
MAX_CAUGHT_UP = 1000


@record
class Schedule:
    cron: str
    timezone: str = "UTC"
    catchup: str = "none"  #: none, last or all
    jitter_s: float = 0.0


@record
class DueTimes:
    """The times up to now that are to be fired, oldest first, and how many are passed over."""

    times: tuple[float, ...] = ()
    through: float = 0.0  #: the last time that has been dealt with by this, fired or not
    missed: int = 0
    missed_more: bool = False  #: there are so many that they were not counted


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
    """The first time after ``after``; None if it never comes again."""
    try:
        return next_fire(schedule.cron, schedule.timezone, after)
    except CronError:
        return None


def starts_at(schedule: Schedule, who: str, time: float) -> float:
    """When the job of one of its times starts: later by chance, always by the same, and before the next time.

    ``who`` tells triggers apart, so that those with one schedule drift apart.
    """
    if not schedule.jitter_s:
        return time
    following = next_time(schedule, time)
    most = schedule.jitter_s if following is None else min(schedule.jitter_s, following - time)
    return time + _chance(f"{who}|{time:.0f}") * most


def due(schedule: Schedule, who: str, first: float, now: float, jumps: Sequence[Jump] = ()) -> DueTimes:
    """What is to be done at ``now`` when ``first``, which has come, is the earliest time nothing was done for.

    The times that the clock jumped over, because it was set forward, were missed, however short ago they are.
    """
    times, more = fires_between(schedule.cron, schedule.timezone, first - 1, now, MAX_CAUGHT_UP + 1)
    if len(times) > 1 and starts_at(schedule, who, times[-1]) > now:
        times.pop()  # its turn has not come
    if len(times) > MAX_CAUGHT_UP:
        times, more = times[1:], True
    most = ON_TIME_S + schedule.jitter_s
    on_time = [time for time in times if _lateness(time, now, jumps) < most]
    late = [time for time in times if time not in on_time]
    fired = _KEPT[schedule.catchup](late, on_time)
    return DueTimes(tuple(fired), times[-1], len(times) - len(fired), more)


def _lateness(time: float, now: float, jumps: Sequence[Jump]) -> float:
    """How long ago the time really was; for ever, if it never was."""
    if any(begin < time <= end for begin, end in jumps):
        return float("inf")
    return now - time - sum(end - begin for begin, end in jumps if time <= begin)


#: By ``catchup``: what is fired of the times that were missed, and of those that are on time.
_KEPT: Mapping[str, Callable[[list[float], list[float]], list[float]]] = {
    "none": lambda late, on_time: on_time,
    "last": lambda late, on_time: on_time + [time for time in late[-1:] if time > max(on_time, default=0.0)],
    "all": lambda late, on_time: sorted([*late, *on_time]),
}


def scope_of(trigger: Trigger, time: float) -> JsonObject:
    """What the trigger's input may name."""
    return {"event": {"trigger": trigger.name, "scheduled_at": rfc3339(time)}}


def key_of(time: float) -> str:
    """The same for every server that looks at the same clock."""
    return f"time:{time:.0f}"


def _chance(text: str) -> float:
    """Evenly from 0 to 1, and the same for the same text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / (1 << 48)
