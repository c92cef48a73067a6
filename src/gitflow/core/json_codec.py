"""``loads`` and ``dumps`` of ``json`` for a start that must be quick.

``json`` compiles regular expressions when it is imported, and its import brings ``re`` and ``enum``: together 20
million instructions. Its scanner and its encoder are written in C, and are used here as ``json`` uses them. What they
do not do, or where this Python has other ones, is left to ``json``: texts that are no JSON, or have white space
around it (docs/decisions/0124-a-run-without-re-and-subprocess.md).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitflow.core.values import Json

#: The numbers that Python reads though they are no JSON.
_CONSTANTS = {"-Infinity": float("-inf"), "Infinity": float("inf"), "NaN": float("nan")}


class _Settings:
    """The settings of ``json.loads``, as its scanner asks for them."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = _CONSTANTS.__getitem__


def _refuse(value: object) -> object:
    raise TypeError(f"Object of type {value.__class__.__name__} is not JSON serializable")


try:
    import _json

    _module: Any = _json
    _scan = _module.make_scanner(_Settings)
    _make_encoder = _module.make_encoder
    _quotes = {True: _module.encode_basestring_ascii, False: _module.encode_basestring}
except (ImportError, AttributeError, TypeError):  # a Python that has others, or none
    _scan = _make_encoder = None
    _quotes: dict[bool, Any] = {}


def loads(text: str | bytes) -> Json:
    """The value; bytes are UTF-8. Raises ValueError for anything else than JSON."""
    plain = text if isinstance(text, str) else text.decode()
    if _scan is not None:
        try:
            value, end = _scan(plain, 0)
        except StopIteration:
            pass
        else:
            if end == len(plain):
                return value
    import json

    return json.loads(plain)


def dumps(
    value: Json,
    *,
    ensure_ascii: bool = True,
    allow_nan: bool = True,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
) -> str:
    """The text. Raises ValueError and TypeError for values that JSON does not have."""
    if indent is None and _make_encoder is not None:
        between, after_name = separators or (", ", ": ")
        quote = _quotes[ensure_ascii]
        encode = _make_encoder({}, _refuse, quote, None, after_name, between, False, False, allow_nan)
        return "".join(encode(value, 0))
    import json

    return json.dumps(value, ensure_ascii=ensure_ascii, allow_nan=allow_nan, indent=indent, separators=separators)
