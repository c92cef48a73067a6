"""W3C Trace Context: the trace of a request, from its ``traceparent`` header.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

from gitflow.core.record import Record

_HEX = frozenset("0123456789abcdef")
_NO_VERSION = "ff"
_SAMPLED = 1


class Trace(Record):
    trace_id: str  #: 32 hexadecimal digits
    span_id: str  #: 16 hexadecimal digits: the span of the caller
    is_sampled: bool = True  #: whether the caller records the trace


def trace_of(traceparent: str | None) -> Trace | None:
    """Parses a traceparent; None if it is invalid. Later versions may have more parts than this one."""
    parts = (traceparent or "").strip().split("-")
    if len(parts) < 4 or [len(part) for part in parts[:4]] != [2, 32, 16, 2] or not all(map(_is_hex, parts[:4])):
        return None
    version, trace_id, span_id, flags = parts[:4]
    if version == _NO_VERSION or (version == "00" and len(parts) > 4):
        return None
    if not (trace_id.strip("0") and span_id.strip("0")):
        return None
    return Trace(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))


def traceparent_of(trace: Trace) -> str:
    return f"00-{trace.trace_id}-{trace.span_id}-{'01' if trace.is_sampled else '00'}"


def _is_hex(text: str) -> bool:
    return _HEX.issuperset(text)
