"""The strict JSON parser for all texts that come from outside.

Python's own parser accepts more than JSON, and the API would then return ``Infinity`` or could not write the value
at all. Refused are ``NaN`` and ``Infinity``, numbers that do not fit a double (``1e999``), very long integers, half
a surrogate pair, and nesting that other parsers refuse. Messages name a place or a reason and never a value, which
may be a secret.
"""

from __future__ import annotations

import json

from gitflow.core.patterns import pattern
from gitflow.core.values import is_list, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.core.values import Json, JsonObject

#: How deep a value may be nested.
MAX_DEPTH = 100
#: How many digits an integer may have; Python itself reads and writes as many.
MAX_DIGITS = 4300
_LONG_DIGITS = pattern(rf"[0-9]{{{MAX_DIGITS + 1}}}")


class NotJson(ValueError):
    """The text is not JSON that can be passed on; the message is a clause that completes a sentence."""


def read_json(text: str, *, unique: bool = False) -> Json:
    """Parses the text. With ``unique``, a key that occurs twice in an object is refused. Raises NotJson."""
    long_digits = None if _LONG_DIGITS.search(text) is None else _read_integer
    pairs = _unique if unique else None
    try:
        text.encode()
        value = json.loads(
            text, parse_constant=_refuse, parse_float=_read_float, parse_int=long_digits, object_pairs_hook=pairs
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at line {error.lineno} column {error.colno}") from None
    except UnicodeEncodeError:
        raise NotJson("it has half of a surrogate pair") from None
    except RecursionError:
        raise NotJson(_TOO_DEEP) from None
    if text.count("[") + text.count("{") > MAX_DEPTH and not is_shallow(value):
        raise NotJson(_TOO_DEEP)
    return value


_TOO_DEEP = f"it is nested too deeply: more than {MAX_DEPTH} levels"


def is_shallow(value: Json) -> bool:
    """Whether a value is nested at most MAX_DEPTH levels deep."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _members(each)]
        if not level:
            return True
    return not any(is_object(each) or is_list(each) for each in level)


def _members(value: Json) -> Iterable[Json]:
    if is_object(value):
        return value.values()
    return value if is_list(value) else ()


def _refuse(name: str) -> Json:
    raise NotJson(f"{name} is not a JSON number")


def _read_float(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise NotJson("it has a number that is too large, such as 1e999")
    return value


def _read_integer(text: str) -> int:
    if len(text.removeprefix("-")) > MAX_DIGITS:
        raise NotJson(f"it has a number of more than {MAX_DIGITS:,} digits")
    return int(text)


def _unique(pairs: list[tuple[str, Json]]) -> JsonObject:
    value: JsonObject = {}
    for key, inner in pairs:
        if key in value:
            raise NotJson(f"the key {key!r} occurs twice in one object")
        value[key] = inner
    return value
