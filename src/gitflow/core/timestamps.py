"""Times as text: RFC 3339 in UTC with ``Z``, as the API and the command line show them."""

from __future__ import annotations

from datetime import UTC, datetime

from gitflow.core.standard import lru_cache

_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0


def rfc3339(at: float) -> str:
    """Formats seconds since the epoch; milliseconds are written only if they are not zero.

    A time outside the years 1 to 9999, such as a commit may claim, is shown as the first or last time in them.
    """
    second, thousandths = divmod(round(min(max(at, _FIRST), _LAST) * 1000), 1000)
    return f"{_to_the_second(second)}.{thousandths:03}Z" if thousandths else f"{_to_the_second(second)}Z"


def rfc3339_or_none(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)


@lru_cache(maxsize=4096)
def _to_the_second(second: int) -> str:
    """The text up to the second. Cached, because times that are shown together are often equal."""
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]
