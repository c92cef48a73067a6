"""Times as text: RFC 3339 in UTC with ``Z``, as every face shows them."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at: float) -> str:
    """Seconds since the epoch as text; the fraction, in milliseconds, only where there is one."""
    moment = datetime.fromtimestamp(round(at, 3), UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds") + "Z"


def rfc3339_or_none(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)
