"""Ids of jobs: UUIDs of version 7 (RFC 9562), which sort by the time of their creation. Also the names of log days."""

from __future__ import annotations

import time

#: The (milliseconds, counter) of the last id of this process.
_last = (0, 0)

_COUNTER_BITS = 12


def new_id(now_s: float, random_bytes: bytes) -> str:
    """A UUIDv7 as text. Later ids of this process sort after earlier ones, even if the clock is set back.

    ``random_bytes`` are 10 random bytes: the first two begin the counter of a new millisecond, the others are the tail.
    """
    global _last
    ms, counter = int(now_s * 1000), int.from_bytes(random_bytes[:2], "big") & 0x7FF  # half of the counter is left
    if ms <= _last[0]:
        ms, counter = _last[0], _last[1] + 1
        if counter >> _COUNTER_BITS:
            ms, counter = ms + 1, 0
    _last = (ms, counter)
    tail = int.from_bytes(random_bytes[2:10], "big") & ((1 << 62) - 1)
    text = f"{ms << 80 | 7 << 76 | counter << 64 | 2 << 62 | tail:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def time_of(id: str) -> float | None:
    """When an id was made, in seconds since the epoch; None if it is not a UUIDv7."""
    if len(id) != 36 or id[14] != "7":
        return None
    try:
        return int(id[:8] + id[9:13], 16) / 1000
    except ValueError:
        return None


def day_of(ts: float) -> str:
    """``2026-01-31``, in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(ts))


def first_day_of(id: str) -> str:
    """The first day that can have log lines of a job: the day in its id, if it has one. The clock has no influence."""
    made = time_of(id)
    return "" if made is None else day_of(made)
