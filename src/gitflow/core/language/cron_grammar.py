"""The grammar of cron expressions: five fields, or six with seconds first, and the forms with ``@``.

A field is a list of parts separated by commas. A part is ``*``, a value or a range ``a-b``, each optionally with a
``/step``. Ranges wrap around the end of the field's values, so ``22-3`` and ``FRI-MON`` are valid; ``a-a`` is one
value. The day field also has ``?``, ``L`` (the last of the month), ``a-L`` and ``15W`` (the weekday nearest to the
15th). The weekday field also has ``?``, ``MON#2`` (the second of the month) and ``L5`` (the last one).
Anything else is refused with a message that says what to write.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from gitflow.core.names import closest
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
#: The longest expression, in characters: more than every value of every field together.
MAX_LENGTH = 1000

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_WEEKDAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELD_NAMES = ("minute", "hour", "day", "month", "weekday")
_ORDINALS = range(1, 6)  #: of a weekday in its month


class CronError(ValueError):
    """The expression is invalid. The message says why, and after ``; `` what to write."""


class Days(Record):
    """The days that a day or weekday field names."""

    days: frozenset[int] = frozenset()  #: of the month
    is_last: bool = False  #: the last of the month
    near: frozenset[int] = frozenset()  #: the weekdays nearest to these days
    weekdays: frozenset[int] = frozenset()  #: Sunday is 0
    nth: frozenset[tuple[int, int]] = frozenset()  #: a weekday, and which one of the month
    last_weekdays: frozenset[int] = frozenset()  #: the last ones of the month


class Fields(Record):
    """The values of each field, in order; None: any value."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days | None
    months: frozenset[int] | None
    weekdays: Days | None


class Cron(Record):
    """A parsed expression."""

    expression: str  #: five or six fields
    elapsed: bool  #: it fires whenever the local time matches, and does not name fixed times of a day
    fields: Fields


class _Kind(Record):
    """The values of one field."""

    name: str
    first: int
    last: int
    names: dict[str, int]
    hint: str

    @property
    def size(self) -> int:
        return self.last - self.first + 1


_KINDS = {
    "second": _Kind("second", 0, 59, {}, "write 0 to 59, a range such as 0-29, or a step such as */10"),
    "minute": _Kind("minute", 0, 59, {}, "write 0 to 59, a range such as 0-29, or a step such as */10"),
    "hour": _Kind("hour", 0, 23, {}, "write 0 to 23, a range such as 22-3, or a step such as */2"),
    "day": _Kind("day", 1, 31, {}, "write 1 to 31, a range such as 1-5, L for the last day, or 15W"),
    "month": _Kind("month", 1, 12, _MONTHS, "write 1 to 12, JAN to DEC, or a range such as NOV-FEB"),
    "weekday": _Kind("weekday", 0, 6, _WEEKDAYS, "write 0 to 7, SUN to SAT, a range such as FRI-MON, MON#2 or L5"),
}


def read_cron(expression: str) -> Cron:
    """Raises CronError."""
    if len(expression) > MAX_LENGTH:
        raise CronError(f"a cron expression has at most {MAX_LENGTH} characters; write ranges and steps")
    text = expression.strip()
    if text.startswith("@") and text.lower() not in ALIASES:
        near = closest(text.lower(), ALIASES) or "write five fields, or @daily"
        raise CronError(f'"{expression}" is not known; {near}')
    text = ALIASES.get(text.lower(), text)
    fields = text.split()
    _refuse_other_forms(text, fields)
    if len(fields) not in (5, 6):
        raise CronError(
            f"a cron expression has 5 fields or 6, this one has {len(fields)}; "
            f"write {' '.join(_FIELD_NAMES)}, with seconds before them if you need them"
        )
    seconds = _times("second", fields[0]) if len(fields) == 6 else (0,)
    minute, hour, day, month, weekday = fields[-5:]
    repeats = any("*" in field or "/" in field for field in fields[:-3])
    months = frozenset(_times("month", month))
    known = Fields(
        seconds,
        _times("minute", minute),
        _times("hour", hour),
        _days(day),
        None if len(months) == 12 else months,
        _weekdays(weekday),
    )
    return Cron(text, repeats, known)


@lru_cache(maxsize=4096)
def _times(name: str, field: str) -> tuple[int, ...]:
    kind = _KINDS[name]
    return tuple(sorted({value for part in field.split(",") for value in _values(kind, part, field)}))


@lru_cache(maxsize=4096)
def _days(field: str) -> Days | None:
    kind = _KINDS["day"]
    plain: set[int] = set()
    near: set[int] = set()
    is_last = False
    for part in ["*"] if field == "?" else field.split(","):
        text = part.upper()
        if text == "L":
            is_last = True
        elif found := re.fullmatch(r"([0-9]+)W|W([0-9]+)", text):
            near.add(_value(kind, found[1] or found[2], field))
        elif text == "LW":
            _refuse(kind, field, "write 31W for the last weekday of the month")
        elif found := re.fullmatch(r"([0-9]+)-L(/.*)?", text):
            plain |= set(_values(kind, f"{found[1]}-31{found[2] or ''}", field))
        else:
            plain |= set(_values(kind, part, field))
    return None if len(plain) == kind.size else Days(days=frozenset(plain), is_last=is_last, near=frozenset(near))


@lru_cache(maxsize=4096)
def _weekdays(field: str) -> Days | None:
    kind = _KINDS["weekday"]
    plain: set[int] = set()
    nth: set[tuple[int, int]] = set()
    last: set[int] = set()
    for part in ["*"] if field == "?" else field.split(","):
        text, sign, which = part.upper().partition("#")
        if sign:
            if which not in map(str, _ORDINALS) or "/" in text or "*" in text:
                _refuse(kind, field, "write MON#1 for the first Monday of the month, to MON#5")
            nth |= {(value, int(which)) for value in _values(kind, text, field)}
        elif re.fullmatch(r"L([0-9]+|[A-Z]{3})", text):
            last.add(_value(kind, text[1:], field) % 7)
        elif re.fullmatch(r"([0-9]+|[A-Z]{3})?L", text):
            _refuse(kind, field, "write L5 for the last Friday of the month")
        else:
            plain |= set(_values(kind, part, field))
    if len(plain) == kind.size:
        return None
    return Days(weekdays=frozenset(plain), nth=frozenset(nth), last_weekdays=frozenset(last))


def _values(kind: _Kind, part: str, field: str) -> Iterator[int]:
    """The values of a part without special characters."""
    span, slash, step_text = part.partition("/")
    step = _step(kind, step_text, field) if slash else 1
    if span == "*":
        return iter(range(kind.first, kind.last + 1, step))
    begin, dash, end = span.partition("-")
    low = _value(kind, begin, field)
    if dash:
        return _circle(kind, low, _value(kind, end, field), step)
    if slash:  # from there to the end
        return _circle(kind, low, kind.last if low <= kind.last else low, step)
    return _circle(kind, low, low, 1)


def _circle(kind: _Kind, low: int, high: int, step: int) -> Iterator[int]:
    """The values from one to the other; Sunday is also 7, after Saturday."""
    if low > kind.last and high < low:
        low -= kind.size
    length = high - low if low <= high else high - low + kind.size
    return (kind.first + (low - kind.first + at) % kind.size for at in range(0, length + 1, step))


def _step(kind: _Kind, text: str, field: str) -> int:
    step = _number(text)
    if not step:
        _refuse(kind, field, f"a step is a number from 1 to {kind.size}")
    if step > kind.size:
        message = f'"{field}" in {kind.name}: a step of {step} is longer than the whole range'
        raise CronError(f"{message}; write at most {kind.size}")
    return step


def _value(kind: _Kind, text: str, field: str) -> int:
    value = kind.names.get(text.lower(), _number(text))
    if value is None and text[:1] in ("h", "H"):
        raise CronError(f'"{field}" in {kind.name}: H is not known; write the value you want')
    if value is None and text[:1] in ("r", "R"):
        raise CronError(f'"{field}" in {kind.name}: R is not known; give the trigger a `jitter` instead')
    also = kind.last + 1 if kind.name == "weekday" else kind.last
    if value is None or not kind.first <= value <= also:
        _refuse(kind, field, kind.hint)
    return value


def _number(text: str) -> int | None:
    return int(text) if 0 < len(text) <= 9 and text.isascii() and text.isdecimal() else None


def _refuse_other_forms(text: str, fields: Sequence[str]) -> None:
    """A line of a crontab, and a word without its sign."""
    if f"@{text.lower()}" in ALIASES:
        raise CronError(f'"{text}" is not known; write "@{text.lower()}"')
    program = next((field for field in fields if field[0] in "/.~" and any(map(str.isalpha, field))), "")
    if program:
        raise CronError(f'"{program}" is not a time; a schedule has no command: what it runs is a step of the task')


def _refuse(kind: _Kind, field: str, hint: str) -> NoReturn:
    raise CronError(f'"{field}" is not a value for {kind.name}; {hint}')
