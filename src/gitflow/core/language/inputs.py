"""Checks and converts the values that enter a task, an action or a connection.

A scalar is converted to the declared type if nothing is lost; anything else is refused. All wrong fields are
reported at once. Messages say what is expected and never quote the value, which may be a secret.

For a field with ``multiple`` the value is a list, and ``options``, ``minimum``, ``maximum`` and
``pattern`` apply to each of its members. ``minimum`` and ``maximum`` bound a number's value, or the
length of a string or array. ``pattern`` must match the whole text, in linear time (``matching/linear.py``).
"""

from __future__ import annotations

from gitflow.core.json_codec import dumps
from gitflow.core.names import closest
from gitflow.core.patterns import pattern
from gitflow.core.values import is_list, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from gitflow.core.language.definition import Field
    from gitflow.core.values import Json, JsonObject

#: Digits that a number can hold without loss.
_EXACT_DIGITS = 17
_MAX_INTEGER_DIGITS = 1000
#: How many wrong fields get a similar name as a hint: each takes a millisecond, and a body may hold many fields.
_MAX_HINTS = 20

_INTEGER = pattern(r"0|-?[1-9][0-9]*")
_NUMBER = pattern(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE][+-]?[0-9]+)?")
_NO_DIGITS = pattern(r"[eE].*|[^0-9]")
_DATE = pattern(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DATETIME = pattern(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_FROM_TEXT_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True} | {
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


class _Wrong(Exception):
    """A value does not fit its field; the message completes "the field …"."""


def check_input(
    fields: Mapping[str, Field],
    given: Mapping[str, Json],
    *,
    connections: Mapping[str, str] | None = None,
    also_allowed: Collection[str] = (),
    from_text: bool = False,
) -> tuple[JsonObject, tuple[tuple[str, str], ...]]:
    """The values, converted and completed with defaults, and ``(field, message)`` for each wrong field.

    ``connections`` maps the name of each connection to its type. With ``from_text`` (the command line),
    strings are parsed as the declared type. If no fields are declared, every key is unknown.
    A field that is not required, not given and has no default stays absent.
    """
    values: JsonObject = {}
    wrong: list[tuple[str, str]] = []
    for name, field in fields.items():
        try:
            values |= _take_field(name, field, given.get(name), connections, from_text)
        except _Wrong as error:
            wrong.append((name, str(error)))
    for name in given:
        if name in also_allowed and name not in fields:
            values[name] = given[name]
        elif name not in fields:
            hint = closest(name, fields) if len(wrong) < _MAX_HINTS else ""
            wrong.append((name, _with_hint("is not a known field", hint)))
    return values, tuple(wrong)


def check_value(field: Field, value: Json, *, connections: Mapping[str, str] | None = None) -> tuple[Json, str | None]:
    """The converted value of a default or an option, which must not be null, and what is wrong with it."""
    try:
        return _check(field, value, connections, from_text=False), None
    except _Wrong as error:
        return value, str(error)


def read_text(type: str, text: str, *, multiple: bool = False) -> Json:
    """Converts typed text to the field's type. Text that does not fit stays as it is; the later check refuses it."""
    try:
        if multiple:
            return _read_list(text)
        return _READERS[type](text) if type in _READERS else text
    except _Wrong:
        return text


def _take_field(
    name: str, field: Field, value: Json, connections: Mapping[str, str] | None, from_text: bool
) -> JsonObject:
    """The field's entry for the result: empty if the field is absent and not required."""
    if value is None and field.has_default and field.default is not None:
        return {name: _check(field, field.default, connections, from_text=False)}
    if value is not None:
        return {name: _check(field, value, connections, from_text)}
    if field.required and not field.has_default:
        raise _Wrong("is required")
    return {name: None} if field.has_default else {}


def _check(field: Field, value: Json, connections: Mapping[str, str] | None, from_text: bool) -> Json:
    if not field.multiple:
        return _one(field, value, connections, from_text)
    members = _read_list(value) if from_text and isinstance(value, str) else value
    if not is_list(members):
        raise _Wrong("must be a list")
    if field.pattern is not None:
        _refuse_long_lists(field.pattern, members)
    return [_member(field, index, member, connections, from_text) for index, member in enumerate(members)]


def _refuse_long_lists(pattern: str, members: Sequence[Json]) -> None:
    """Applies the limit of one text's length to all texts of a list together."""
    from gitflow.core.matching.grammar import PatternError
    from gitflow.core.matching.linear import linear_pattern

    try:
        longest = linear_pattern(pattern).longest
    except PatternError:  # the check of the first member reports it
        return
    if sum(len(member) for member in members if isinstance(member, str)) > longest:
        raise _Wrong(f"must have at most {longest} characters in all, because its pattern is matched with no more")


def _member(field: Field, index: int, value: Json, connections: Mapping[str, str] | None, from_text: bool) -> Json:
    try:
        return _one(field, value, connections, from_text)
    except _Wrong as error:
        raise _Wrong(f"has a wrong member at index {index}: it {error}") from None


def _one(field: Field, value: Json, connections: Mapping[str, str] | None, from_text: bool) -> Json:
    value = _convert(field, value, connections, from_text)
    for refusal in _refusals(field, value, connections):
        raise _Wrong(refusal)
    return value


def _convert(field: Field, value: Json, connections: Mapping[str, str] | None, from_text: bool) -> Json:
    if from_text and isinstance(value, str) and field.type in _READERS:
        value = _READERS[field.type](value)
    convert = _CONVERTERS.get(field.type)
    return _connection(field, value, connections) if convert is None else convert(value)


def _refusals(field: Field, value: Json, connections: Mapping[str, str] | None) -> Iterator[str]:
    if field.options and not field.allow_custom and not _is_option(field, value, connections):
        shown = ", ".join(dumps(option, ensure_ascii=False) for option in field.options)
        yield f"must be one of {shown}"
    yield from _out_of_bounds(field, value)
    if field.pattern is not None and isinstance(value, str):
        yield from _off_pattern(field.pattern, value)


def _out_of_bounds(field: Field, value: Json) -> Iterator[str]:
    measured, unit = _measure(field, value)
    if measured is None:
        return
    if field.minimum is not None and measured < field.minimum:
        yield f"must be at least {field.minimum:.15g}{unit}"
    if field.maximum is not None and measured > field.maximum:
        yield f"must be at most {field.maximum:.15g}{unit}"


def _measure(field: Field, value: Json) -> tuple[float | None, str]:
    if field.type in ("string", "text"):
        return len(value), " characters long"
    if field.type == "array":
        return len(value), " members long"
    return (value, "") if field.type in ("integer", "number") else (None, "")


def _off_pattern(pattern: str, value: str) -> Iterator[str]:
    from gitflow.core.matching.grammar import PatternError
    from gitflow.core.matching.linear import linear_pattern  # most fields have no pattern

    try:
        known = linear_pattern(pattern)
    except PatternError as error:  # an older version checked this definition
        yield f"cannot be checked: its pattern {error}"
        return
    if len(value) > known.longest:
        yield f"must be at most {known.longest} characters long, because its pattern is matched with no more"
    elif not known.matches(value):
        yield f"must match the pattern {pattern}"


def _is_option(field: Field, value: Json, connections: Mapping[str, str] | None) -> bool:
    for option in field.options:
        try:
            known = _convert(field, option, connections, from_text=False)
        except _Wrong:
            continue
        if known == value and isinstance(known, bool) == isinstance(value, bool):
            return True
    return False


def _string(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int) or (isinstance(value, float) and _is_finite(value)):
        return dumps(value) if _is_short(value) else _refuse("must be a string")
    return _refuse("must be a string")


def _integer(value: Json) -> int:
    if isinstance(value, str) and len(value) <= _MAX_INTEGER_DIGITS and _INTEGER.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return _refuse("must be an integer")


def _number(value: Json) -> float:
    if isinstance(value, str):
        value = _read_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        return _refuse("must be a number")
    return float(value) if isinstance(value, float) or _is_exact(value) else value


def _read_number(text: str) -> float:
    if len(text) <= _MAX_INTEGER_DIGITS and _INTEGER.fullmatch(text):
        return int(text)
    if len(text) > _MAX_INTEGER_DIGITS or not _NUMBER.fullmatch(text):
        return _refuse("must be a number")
    digits = _NO_DIGITS.sub("", text).strip("0")
    value = float(text)
    if len(digits) > _EXACT_DIGITS or not _is_finite(value) or (value == 0 and digits):
        return _refuse("must be a number of at most 17 digits")
    return value


def _boolean(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False}
    return known[value] if isinstance(value, str) and value in known else _refuse("must be true or false")


def _date(value: Json) -> str:
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not _is_moment(*map(int, found.groups())):
        return _refuse("must be a date, like 2026-01-31")
    return found[0]


def _datetime(value: Json) -> str:
    """The time in one spelling: capital T and Z, no trailing zeros in the fraction."""
    found = _DATETIME.fullmatch(value) if isinstance(value, str) else None
    if found is None or not _is_moment(*(int(part) for part in found.groups()[:6])):
        return _refuse("must be a time with its zone, like 2026-01-31T09:30:00Z")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    fraction = (fraction or "").rstrip("0")
    zone = "Z" if zone.upper() == "Z" or zone[1:] == "00:00" else zone
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{'.' + fraction if fraction else ''}{zone}"


def _array(value: Json) -> list[Json]:
    return list(value) if is_list(value) else _refuse("must be a list")


def _object(value: Json) -> JsonObject:
    return value if is_object(value) else _refuse("must be an object")


def _connection(field: Field, value: Json, connections: Mapping[str, str] | None) -> Json:
    if not isinstance(value, str):
        raise _Wrong(f'must be the name of a connection of type "{field.type}"')
    if connections is not None and connections.get(value) != field.type:
        near = closest(value, (name for name, kind in connections.items() if kind == field.type))
        raise _Wrong(_with_hint(f'must be the name of a connection of type "{field.type}"', near))
    return value


def _read_json(text: str) -> Json:
    from gitflow.core.strict_json import NotJson, read_json

    try:
        return read_json(text)
    except NotJson:
        return _refuse("must be written as JSON")


def _read_list(text: str) -> Json:
    """A list, from a JSON list or from texts separated by commas."""
    if text.lstrip().startswith("["):
        return _read_json(text)
    return [part.strip() for part in text.split(",")] if text.strip() else []


def _read_boolean(text: str) -> Json:
    return _FROM_TEXT_BOOLEANS.get(text.strip().lower(), text)


def _is_finite(value: float) -> bool:
    return value - value == 0


def _is_short(value: float) -> bool:
    return not isinstance(value, int) or abs(value) < 10**_MAX_INTEGER_DIGITS


def _is_exact(value: int) -> bool:
    return abs(value) <= 2**1000 and int(float(value)) == value


def _is_moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> bool:
    from datetime import datetime  # only needed by fields of these two types

    try:
        datetime(year, month, day, hour, minute, second)
    except ValueError:
        return False
    return True


def _refuse(message: str) -> Json:
    raise _Wrong(message)


def _with_hint(message: str, hint: str) -> str:
    return f"{message}; {hint}" if hint else message


#: Converters of every type of field except connection types.
_CONVERTERS: Mapping[str, Callable[[Json], Json]] = {
    "string": _string,
    "text": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "array": _array,
    "object": _object,
}

#: How text of the command line is parsed before it is converted.
_READERS: Mapping[str, Callable[[str], Json]] = {
    "integer": str.strip,
    "number": str.strip,
    "boolean": _read_boolean,
    "date": str.strip,
    "datetime": str.strip,
    "array": _read_list,
    "object": _read_json,
}

#: The built-in types of fields; every other type is a connection type.
FIELD_TYPES = frozenset(_CONVERTERS)
