"""When a schedule fires: cron expressions in a time zone, across the days when its clocks change.

Five fields, or six with seconds first; names, ``L``, ``#`` and the forms with ``@``. An expression of fixed
times fires once on a day whose clocks skip its time (when they have) and once where its time comes twice.
With ``*`` or a step in its seconds, minutes or hours it fires whenever a clock on the wall would match.
"""

from __future__ import annotations

from functools import lru_cache

from gitflow.core.names import closest
from gitflow.core.record import record
from gitflow.core.wall_times import MAX_YEARS, Fields, next_match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = ("minute", "hour", "day", "month", "weekday")
_SPANS = {"second": 60, "minute": 60, "hour": 24, "day": 31, "month": 12, "weekday": 7}

_WEEK_S = 7 * 86400


class CronError(ValueError):
    """An expression that is no schedule; the message says why."""


@record
class Cron:
    """An expression that has been checked."""

    expression: str  #: five or six fields
    elapsed: bool  #: matches the wall at every moment, instead of naming fixed times of a day
    fields: Fields | None = None  #: None for the forms that only croniter knows


@record
class _Values:
    """What one field holds."""

    values: frozenset[int] | None  #: None: anything
    is_plain: bool  #: neither ``L`` nor ``#``


@lru_cache(maxsize=20_000)
def parse_cron(expression: str) -> Cron:
    """Raises CronError."""
    from datetime import datetime

    text = expression.strip().lower()
    if text.startswith("@") and text not in ALIASES:
        raise CronError(f'"{expression}" is not known; {closest(text, ALIASES) or "write five fields, or @daily"}')
    text = ALIASES.get(text, text)
    fields = text.split()
    if len(fields) not in (5, 6):
        raise CronError(
            f"a cron expression has 5 fields or 6, this one has {len(fields)}; "
            f"write {' '.join(_FIELDS)}, with seconds before them if you need them"
        )
    names = _FIELDS if len(fields) == 5 else ("second", *_FIELDS)
    read = {name: _read_field(name, field) for name, field in zip(names, fields, strict=True)}
    repeats = any("*" in field or "/" in field for field in fields[: len(fields) - 3])
    cron = Cron(" ".join(fields), repeats, _fields(read))
    try:
        _match_after(cron, datetime(2000, 1, 1))
    except CronError as error:
        raise CronError("no day ever matches this expression") from error
    return cron


def check_cron(expression: str) -> str | None:
    """Why the expression is no schedule."""
    try:
        parse_cron(expression)
    except CronError as error:
        return str(error)
    return None


def check_timezone(name: str) -> str | None:
    """Why the name is no time zone, with a near name."""
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


def fires_between(expression: str, timezone: str, after: float, until: float, at_most: int) -> tuple[list[float], bool]:
    """The last ``at_most`` times after ``after`` and up to ``until``, and whether there were more before them.

    Costs about as much as there are times to give, however long the stretch is. Raises as ``next_fire``.
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


@lru_cache(maxsize=4096)
def _read_field(name: str, field: str) -> _Values:
    """Raises CronError."""
    from croniter import CroniterError, croniter

    if "h" in field and not _is_name(name, field):
        raise CronError(f'"{field}" in {name}: H is not known; write the value you want')
    if field.startswith("r"):
        raise CronError(f'"{field}" in {name}: R is not known; give the trigger a `jitter` instead')
    for part in field.split(","):
        step = part.partition("/")[2]
        if step.isdecimal() and int(step) > _SPANS[name]:
            raise CronError(f'"{field}" in {name}: a step of {step} is longer than the whole range')
    whole = ["0", *(field if each == name else "*" for each in _FIELDS)]
    if name == "second":
        whole[0] = field
    try:
        expanded, nth_weekdays = croniter.expand(" ".join(whole), second_at_beginning=True)
    except (CroniterError, ValueError, KeyError, IndexError, TypeError) as error:
        raise CronError(f'"{field}" is not a value for {name}') from error
    given = expanded[(*_FIELDS, "second").index(name)]
    is_plain = not nth_weekdays and all(isinstance(each, int) or each == "*" for each in given)
    values = frozenset(each for each in given if isinstance(each, int))
    return _Values(None if "*" in given else values, is_plain)


def _is_name(name: str, field: str) -> bool:
    return name in ("month", "weekday") and any(part in field for part in ("mar", "thu"))


def _fields(read: Mapping[str, _Values]) -> Fields | None:
    if not all(each.is_plain for each in read.values()):
        return None

    def times(name: str) -> tuple[int, ...]:
        values = read[name].values if name in read else frozenset({0})
        return tuple(range(_SPANS[name])) if values is None else tuple(sorted(values))

    days, months, weekdays = (read[name].values for name in ("day", "month", "weekday"))
    return Fields(times("second"), times("minute"), times("hour"), days, months, weekdays)


def _match_after(cron: Cron, wall: datetime) -> datetime:
    """The first time on the wall that matches, strictly after ``wall``. Raises CronError."""
    found = _croniter_match(cron, wall) if cron.fields is None else next_match(cron.fields, wall)
    if found is None:
        raise CronError(f'nothing matches "{cron.expression}" any more')
    return found


def _croniter_match(cron: Cron, wall: datetime) -> datetime | None:
    from datetime import datetime

    from croniter import CroniterError, croniter

    try:
        found = croniter(cron.expression, wall, second_at_beginning=True, max_years_between_matches=MAX_YEARS)
        return found.get_next(datetime)
    except CroniterError:
        return None


def _next_fixed(cron: Cron, zone: tzinfo, after: float) -> float:
    wall = _wall(zone, after)
    while True:
        wall = _match_after(cron, wall)
        fires = _moment(zone, wall)
        if fires > after:
            return fires


def _next_elapsed(cron: Cron, zone: tzinfo, after: float) -> float:
    """Looks for a match within each stretch of time in which the clocks do not change."""
    from datetime import timedelta

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
    """When the wall shows this: the first time of two; when it never does, the end of what is skipped."""
    first = wall.replace(tzinfo=zone).timestamp()
    if _wall(zone, first) == wall:
        return first
    last = wall.replace(tzinfo=zone, fold=1).timestamp()
    return _change(zone, min(first, last) - 1, max(first, last) + 1)


def _wall(zone: tzinfo, at: float) -> datetime:
    """What a clock on the wall shows, in whole seconds."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at // 1, UTC).astimezone(zone).replace(tzinfo=None, fold=0)


def _as_utc(wall: datetime) -> float:
    from datetime import UTC

    return wall.replace(tzinfo=UTC).timestamp()


def _offset(zone: tzinfo, at: float) -> float:
    from datetime import UTC, datetime

    shift = datetime.fromtimestamp(at // 1, UTC).astimezone(zone).utcoffset()
    return shift.total_seconds() if shift else 0.0
