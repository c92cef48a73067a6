"""Times as text: RFC 3339 in UTC with ``Z``, as every face shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0


def rfc3339(at: float) -> str:
    """Seconds since the epoch as text; the fraction, in milliseconds, only where there is one.

    A time beyond the years 1 to 9999, such as a commit may claim, is shown as the first or last that can be written.
    """
    second, thousandths = divmod(round(min(max(at, _FIRST), _LAST) * 1000), 1000)
    return f"{_to_the_second(second)}.{thousandths:03}Z" if thousandths else f"{_to_the_second(second)}Z"


def rfc3339_or_none(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)


@lru_cache(maxsize=4096)
def _to_the_second(second: int) -> str:
    """Kept, since what is shown together has mostly happened together: half of the time of a list went into this."""
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]
