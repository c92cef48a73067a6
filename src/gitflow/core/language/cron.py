"""Computes when a cron expression fires in a time zone, also on days when the clocks change.

``cron_grammar.py`` has the syntax. An expression of fixed times fires once on a day when the clocks skip its time
(right after the change), and once when its time occurs twice. An expression with ``*`` or a step in its seconds,
minutes or hours fires whenever the local time matches.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from gitflow.core.language.cron_grammar import CronError, read_cron
from gitflow.core.language.cron_times import next_match
from gitflow.core.names import closest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from gitflow.core.language.cron_grammar import Cron

_WEEK_S = 7 * 86400


@lru_cache(maxsize=20_000)
def parse_cron(expression: str) -> Cron:
    """Raises CronError."""
    cron = read_cron(expression)
    try:
        _match_after(cron, datetime(2000, 1, 1))
    except CronError as error:
        raise CronError("no day matches this expression; name days that its months have") from error
    return cron


def check_cron(expression: str) -> str | None:
    """Why the expression is invalid; None if it is valid."""
    try:
        parse_cron(expression)
    except CronError as error:
        return str(error)
    return None


def check_timezone(name: str) -> str | None:
    """Why the name is not a time zone, with a similar name if there is one; None if it is one."""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        known = {zone.lower(): zone for zone in available_timezones()}
        near = known.get(name.lower().replace(" ", "_"))
        hint = f'did you mean "{near}"?' if near else closest(name, known.values())
        return f'there is no time zone "{name}"' + (f"; {hint}" if hint else "")
    return None


def next_fire(expression: str, timezone: str, after: float) -> float:
    """The first time strictly after ``after`` (seconds since the epoch) at which the schedule fires.

    Raises CronError for a bad expression, and LookupError or ValueError for an unknown time zone.
    """
    from zoneinfo import ZoneInfo

    cron, zone = parse_cron(expression), ZoneInfo(timezone)
    return _next_elapsed(cron, zone, after) if cron.elapsed else _next_fixed(cron, zone, after)


def upcoming(expression: str, timezone: str, after: float, count: int) -> Iterator[tuple[float, str]]:
    """The next times, at most ``count``, each with how it is written in the schedule's own zone (RFC 3339).

    Raises as ``next_fire``; ends where nothing will match any more.
    """
    from zoneinfo import ZoneInfo

    for _ in range(count):
        try:
            after = next_fire(expression, timezone, after)
        except CronError:
            return
        yield after, datetime.fromtimestamp(after, ZoneInfo(timezone)).isoformat()


def fires_between(expression: str, timezone: str, after: float, until: float, at_most: int) -> tuple[list[float], bool]:
    """The last ``at_most`` times after ``after`` and up to ``until``, and whether there were more before them.

    The cost grows with the number of times returned, not with the length of the interval. Raises as ``next_fire``.
    """
    span = 3600.0
    while True:
        begin = max(after, until - span)
        found = _times(expression, timezone, begin, until)
        if len(found) > at_most:
            return found[-at_most:], True
        if begin == after:
            return found, False
        span *= 4


def _times(expression: str, timezone: str, after: float, until: float) -> list[float]:
    found: list[float] = []
    while True:
        try:
            after = next_fire(expression, timezone, after)
        except CronError:
            return found
        if after > until:
            return found
        found.append(after)


def _match_after(cron: Cron, wall: datetime) -> datetime:
    """The first matching local time strictly after ``wall``. Raises CronError."""
    found = next_match(cron.fields, wall)
    if found is None:
        raise CronError(f'no later time matches "{cron.expression}"')
    return found


def _next_fixed(cron: Cron, zone: tzinfo, after: float) -> float:
    wall = _wall(zone, after)
    while True:
        wall = _match_after(cron, wall)
        fires = _moment(zone, wall)
        if fires > after:
            return fires


def _next_elapsed(cron: Cron, zone: tzinfo, after: float) -> float:
    """Looks for a match within each interval in which the clocks do not change."""
    begin, wall = after // 1, _wall(zone, after)
    while True:
        offset = _offset(zone, begin)
        fires = _as_utc(_match_after(cron, wall)) - offset
        until = min(fires, begin + _WEEK_S)
        if _offset(zone, until) != offset:
            begin = _change(zone, begin, until)
            wall = _wall(zone, begin) - timedelta(seconds=1)  # so that the first second counts
        elif fires == until:
            return fires
        else:
            begin = fires - _WEEK_S / 2  # nothing matches before, however clocks change
            wall = _wall(zone, begin)


def _change(zone: tzinfo, before: float, behind: float) -> int:
    """The second at which the clocks change between the two."""
    low, high, offset = int(before), int(behind), _offset(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
    return high


def _moment(zone: tzinfo, wall: datetime) -> float:
    """The time at which local clocks show ``wall``: the first of two; if they skip it, the time of the change."""
    first = wall.replace(tzinfo=zone).timestamp()
    if _wall(zone, first) == wall:
        return first
    last = wall.replace(tzinfo=zone, fold=1).timestamp()
    return _change(zone, min(first, last) - 1, max(first, last) + 1)


def _wall(zone: tzinfo, at: float) -> datetime:
    """The local time, in whole seconds."""
    return datetime.fromtimestamp(at // 1, UTC).astimezone(zone).replace(tzinfo=None, fold=0)


def _as_utc(wall: datetime) -> float:
    return wall.replace(tzinfo=UTC).timestamp()


def _offset(zone: tzinfo, at: float) -> float:
    shift = datetime.fromtimestamp(at // 1, UTC).astimezone(zone).utcoffset()
    return shift.total_seconds() if shift else 0.0
