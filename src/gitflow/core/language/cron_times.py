"""Finds the local times that match a cron expression by stepping over days instead of trying every time."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.language.cron_grammar import Days, Fields

#: The longest gap between two matches of any expression, in years (29 February on one weekday: 40).
MAX_YEARS = 50

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def next_match(fields: Fields, wall: datetime) -> datetime | None:
    """The first match strictly after ``wall`` (in whole seconds); None if there is none."""
    start = wall + _SECOND
    day = start.date()
    if _has_day(fields, day) and (time := _time_from(fields, start)) is not None:
        return datetime(day.year, day.month, day.day, *time)
    found = _next_day(fields, day)
    return found and datetime(found.year, found.month, found.day, fields.hours[0], fields.minutes[0], fields.seconds[0])


def _next_day(fields: Fields, day: date) -> date | None:
    last_year = min(day.year + MAX_YEARS, date.max.year - 1)
    day += _DAY
    while day.year <= last_year:
        if fields.months is not None and day.month not in fields.months:
            day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        elif _has_day(fields, day):
            return day
        else:
            day += _DAY
    return None


def _has_day(fields: Fields, day: date) -> bool:
    """Whether the day matches. If both the day and the weekday are restricted, one of them is enough."""
    if fields.months is not None and day.month not in fields.months:
        return False
    if fields.days is None or fields.weekdays is None:
        restricted = fields.days or fields.weekdays
        return restricted is None or _names_day(restricted, day)
    return _names_day(fields.days, day) or _names_day(fields.weekdays, day)


def _names_day(named: Days, day: date) -> bool:
    if day.day in named.days or (named.weekdays and day.isoweekday() % 7 in named.weekdays):
        return True
    if named.is_last and day.month != (day + _DAY).month:
        return True
    if named.nth and (day.isoweekday() % 7, (day.day - 1) // 7 + 1) in named.nth:
        return True
    if named.last_weekdays and day.isoweekday() % 7 in named.last_weekdays and day.month != (day + 7 * _DAY).month:
        return True
    return any(_nearest_weekday(day, wanted) == day for wanted in named.near)


def _nearest_weekday(within: date, wanted: int) -> date:
    """The day from Monday to Friday that is nearest to a day of the month or to its last day, in the same month."""
    last = monthrange(within.year, within.month)[1]
    day = within.replace(day=min(wanted, last))
    if day.isoweekday() == 6:
        return day - _DAY if day.day > 1 else day + 2 * _DAY
    if day.isoweekday() == 7:
        return day + _DAY if day.day < last else day - 2 * _DAY
    return day


def _time_from(fields: Fields, at: datetime) -> tuple[int, int, int] | None:
    """The first matching time of a day that is not before ``at``."""
    if at.hour in fields.hours:
        if at.minute in fields.minutes and (second := _first(fields.seconds, at.second)) is not None:
            return at.hour, at.minute, second
        if (minute := _first(fields.minutes, at.minute + 1)) is not None:
            return at.hour, minute, fields.seconds[0]
    hour = _first(fields.hours, at.hour + 1)
    return None if hour is None else (hour, fields.minutes[0], fields.seconds[0])


def _first(values: Sequence[int], least: int) -> int | None:
    return next((value for value in values if value >= least), None)
