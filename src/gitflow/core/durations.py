"""Parses durations and times as authors write them."""

from __future__ import annotations

from gitflow.core.patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import Json

_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = pattern(r"([0-9]+)(ms|[dhms])")
_WHOLE = pattern(r"(?:[0-9]+(?:ms|[dhms]))+")
#: Some 3,000 years: a time that far away can still be written. The schema allows less.
MAX_S = 1e11
_MAX_LENGTH = 50
#: The first time whose year has more than four digits.
_END_OF_TIME = 253_402_300_800.0


def seconds(value: Json) -> float:
    """``90``, ``"90"``, ``1h30m``, ``45s``, ``500ms`` as seconds. Raises ValueError with a sentence."""
    found = -1.0
    text = value.strip() if isinstance(value, str) else ""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_S:
        found = float(value)
    elif text.isascii() and text.isdigit() and len(text) <= _MAX_LENGTH:
        found = float(text)
    elif len(text) <= _MAX_LENGTH and _WHOLE.fullmatch(text):
        found = float(sum(int(amount) * _UNITS[unit] for amount, unit in _PART.findall(text)))
    if not 0 <= found <= MAX_S:
        raise ValueError("a duration is a number of seconds or a text such as 1h30m, 45s or 500ms, at most 99999d")
    return found


def rough(duration_s: float) -> str:
    """A duration for people, in its largest unit: ``33 ms``, ``12 s``, ``5 min``, ``2 h``, ``3 days``."""
    for unit, length in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0)):
        if duration_s >= length:
            amount = int(duration_s / length)
            return "1 day" if (unit, amount) == ("days", 1) else f"{amount} {unit}"
    return f"{max(0, round(duration_s * 1000))} ms"


def exact(duration_s: float) -> str:
    """A duration as authors write it, to the millisecond: ``1h30m`` for 5400."""
    left, parts = round(duration_s * 1000), ""
    for unit, length in _UNITS.items():
        amount, left = divmod(left, round(length * 1000))
        if amount:
            parts += f"{amount}{unit}"
    return parts or "0s"


def moment(value: Json) -> float:
    """An RFC 3339 time as seconds since the epoch; without an offset it is UTC. Raises ValueError with a sentence."""
    from datetime import UTC, datetime  # only a sleep until a moment needs it

    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value.strip())
            found = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            found = _END_OF_TIME
        if found < _END_OF_TIME:
            return found
    raise ValueError("a time is written as 2026-01-31T09:00:00Z and lies before the year 10000")


#: The name definitions know it by; schemas/workspace.json holds the form that may be written there.
parse_duration = seconds
