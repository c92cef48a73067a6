"""Compares cron expressions with a simple reference around every clock change of every time zone.

The reference looks at the local time of every minute and knows only the values of the fields: repeating expressions
fire whenever the local time matches, fixed times once a day, or at the end of a gap that skips them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from gitflow.core.language.cron import next_fire

#: How many expressions are tried at each change.
EXPRESSIONS = int(os.environ.get("STORM_EXPRESSIONS", "6"))
FIRST_YEAR, LAST_YEAR = 2015, 2037

#: How much before and after a change is compared, in seconds.
BEFORE_S, AFTER_S = 5 * 3600, 26 * 3600

_STEP_S = 5 * 86_400
_RANGES = {"minute": range(60), "hour": range(24)}


class Change(NamedTuple):
    """A change of a zone's clocks at ``at`` (seconds since the epoch), by this many seconds."""

    zone: str
    at: int
    by: int


def storm(seed: int) -> tuple[list[str], dict[str, int]]:
    """The failures and the figures."""
    chance = random.Random(seed)
    wrong: list[str] = []
    compared = changes = 0
    for zone in sorted(available_timezones()):
        for change in changes_of(zone, FIRST_YEAR, LAST_YEAR):
            changes += 1
            for expression in some_expressions(chance, EXPRESSIONS):
                wrong += compare(expression, change)
                compared += 1
    return wrong, {"changes of clocks": changes, "expressions compared": compared}


def changes_of(zone: str, first_year: int, last_year: int) -> Iterator[Change]:
    """Every change of the offset from UTC, found by bisection."""
    info = ZoneInfo(zone)
    at, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (first_year, last_year + 1))
    before = _offset(info, at)
    while at < end:
        at += _STEP_S
        after = _offset(info, at)
        if after != before:
            low, high = at - _STEP_S, at
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
            yield Change(zone, high, after - before)
            before = after


def some_expressions(chance: random.Random, count: int) -> list[str]:
    """A random expression, fixed or repeating; half of them near the hours in which clocks change."""
    return [_expression(chance) for _ in range(count)]


def compare(expression: str, change: Change) -> list[str]:
    """A sentence for each difference from the reference."""
    begin, end = change.at - BEFORE_S, change.at + AFTER_S
    found, at = [], float(begin)
    while (at := next_fire(expression, change.zone, at)) <= end:
        found.append(int(at))
    wanted = [at for at in reference(expression, change) if begin < at <= end]
    if found == wanted:
        return []
    apart = sorted(set(found) ^ set(wanted))[:3] or found[:3]
    text = ", ".join(datetime.fromtimestamp(at, ZoneInfo(change.zone)).isoformat() for at in apart)
    return [f"{expression!r} in {change.zone} around {change.at}: differs at {text}"]


def reference(expression: str, change: Change) -> list[int]:
    """The times at which it fires, by looking at the local time of every minute. The fields have seconds first."""
    fields = expression.split()
    second = int(fields.pop(0)) if len(fields) == 6 else 0
    minutes, hours = _members(fields[0], _RANGES["minute"]), _members(fields[1], _RANGES["hour"])
    days, weekday = fields[2], fields[4]
    zone = ZoneInfo(change.zone)
    begin, end = change.at - BEFORE_S - 86_400, change.at + AFTER_S + 86_400

    def is_day(wall: datetime) -> bool:
        named = [wall.day in _members(days, range(1, 32))] if days != "*" else []
        named += [wall.isoweekday() % 7 in _members(weekday, range(7))] if weekday != "*" else []
        return any(named) or not named

    if any("*" in field or "/" in field for field in fields[:2]):
        start = begin - begin % 60 + second
        walls = ((at, datetime.fromtimestamp(at, zone)) for at in range(start, end, 60))
        return [at for at, wall in walls if wall.minute in minutes and wall.hour in hours and is_day(wall)]
    found: set[int] = set()
    first = datetime.fromtimestamp(begin, zone).replace(tzinfo=None, hour=0, minute=0, second=0)
    for day in (first + timedelta(days=n) for n in range(5)):
        for hour in hours if is_day(day) else ():
            for minute in minutes:
                found.add(_moment(day.replace(hour=hour, minute=minute, second=second), zone, change))
    return sorted(found)


def _moment(wall: datetime, zone: ZoneInfo, change: Change) -> int:
    at = int(wall.replace(tzinfo=zone).timestamp())
    exists = datetime.fromtimestamp(at, zone).replace(tzinfo=None, fold=0) == wall
    return at if exists else change.at


def _members(field: str, all_of: range) -> list[int]:
    """The values of ``*``, ``*/n``, ``a-b`` and lists of them; a range may wrap around."""
    found: list[int] = []
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{all_of[0]}-{all_of[-1]}" if span == "*" else span).partition("-")
        begin, end = int(first), int(last or first)
        end += len(all_of) if end < begin else 0
        found += (all_of[(value - all_of[0]) % len(all_of)] for value in range(begin, end + 1, int(step or 1)))
    return sorted(set(found))


def _expression(chance: random.Random) -> str:
    hour = chance.randrange(4) if chance.random() < 0.5 else chance.randrange(24)
    minutes = ",".join(map(str, sorted(chance.sample(range(60), chance.randint(1, 3)))))
    minute = chance.choice([minutes, minutes, "0", "30", "*/7", "*/30", "10-20", "50-10", "50-10/5", "30-30"])
    hours = chance.choice([str(hour), str(hour), f"{hour},23", "0-3", "*", "*/2", "22-3", "23-3/2", f"{hour}-{hour}"])
    days = chance.choice(["* * *", "* * *", "* * 0,6", "25-31 * *", "* * 6-0", "25-7 * *", "1-31/7 * 0-0"])
    second = chance.choice(["", "", "0 ", f"{chance.randrange(60)} "])
    return f"{second}{minute} {hours} {days}"


def _offset(zone: ZoneInfo, at: int) -> int:
    shift = datetime.fromtimestamp(at, zone).utcoffset()
    return int(shift.total_seconds()) if shift else 0
