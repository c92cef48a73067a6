"""Lengths and moments of time as authors write them."""

from __future__ import annotations

from gitflow.core.patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import Json

_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = pattern(r"(\d+)(ms|[dhms])")
_WHOLE = pattern(r"(?:\d+(?:ms|[dhms]))+")


def seconds(value: Json) -> float:
    """``90``, ``"90"``, ``1h30m``, ``45s``, ``500ms`` as seconds. Raises ValueError with a sentence."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12:
        return float(value)
    text = value.strip() if isinstance(value, str) else ""
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return float(text)
    if not _WHOLE.fullmatch(text) or len(text) > 40:
        raise ValueError("a duration is a number of seconds or a text such as 1h30m, 45s or 500ms")
    return sum(int(amount) * _UNITS[unit] for amount, unit in _PART.findall(text))


def moment(value: Json) -> float:
    """An RFC 3339 time as seconds since the epoch; without an offset it is UTC. Raises ValueError with a sentence."""
    from datetime import UTC, datetime  # only a sleep until a moment needs it

    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value.strip())
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            pass
    raise ValueError("a moment is a time such as 2026-01-31T09:00:00Z")


#: The name definitions know it by; schemas/workspace.json holds the form that may be written there.
parse_duration = seconds
