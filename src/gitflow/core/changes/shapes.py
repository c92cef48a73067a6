"""What a value can be, as far as the definitions prove it, and whether it certainly fits a field.

A Shape lists the alternatives: a known value, or anything that a declared field can hold. None is a value of which
nothing is known. A value *fits* only when every alternative is accepted, for every value that it can have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import Field
from gitflow.core.language.inputs import check_value
from gitflow.core.record import Record, replace
from gitflow.core.values import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json


class Known(Record):
    """Exactly this value."""

    value: Json


if TYPE_CHECKING:
    Shape = tuple[Known | Field, ...] | None

STRING: Shape = (Field("", "string"),)
INTEGER: Shape = (Field("", "integer"),)
NUMBER: Shape = (Field("", "number"),)
BOOLEAN: Shape = (Field("", "boolean"),)
ARRAY: Shape = (Field("", "array"),)
OBJECT: Shape = (Field("", "object"),)
DATETIME: Shape = (Field("", "datetime"),)
NULL: Shape = (Known(None),)

_TEXT = frozenset({"string", "text"})
#: Type of a value -> the types of fields that take every such value.
_TAKEN: Mapping[str, frozenset[str]] = {
    "string": _TEXT,
    "text": _TEXT,
    "integer": _TEXT | {"integer", "number"},
    "number": _TEXT | {"number"},
    "boolean": _TEXT | {"boolean"},
    "date": _TEXT | {"date"},
    "datetime": _TEXT | {"datetime"},
    "array": frozenset({"array"}),
    "object": frozenset({"object"}),
}


def union(*shapes: Shape) -> Shape:
    """Any of these; nothing is known where one of them is unknown."""
    found: list[Known | Field] = []
    for shape in shapes:
        if shape is None:
            return None
        found += [each for each in shape if each not in found]
    return tuple(found)


def of_options(*options: str) -> Shape:
    return tuple(Known(option) for option in options)


def of_field(field: Field) -> Shape:
    """What a template finds there: a value that was accepted, or null where that is the default."""
    can_be_null = field.has_default and field.default is None
    return (field, Known(None)) if can_be_null else (field,)


def can_be_null(shape: Shape) -> bool:
    """Whether null is known to be among the alternatives."""
    return shape is not None and Known(None) in shape


def fits(shape: Shape, field: Field, connections: Mapping[str, str]) -> bool:
    """Whether the field is sure to take every value of the shape."""
    return shape is not None and all(_fits(each, field, connections) for each in shape)


def _fits(source: Known | Field, field: Field, connections: Mapping[str, str]) -> bool:
    if isinstance(source, Known):
        if source.value is None:
            return not is_needed(field)
        return check_value(field, source.value, connections=connections)[1] is None
    if source.multiple:
        return _list_fits(source, field, connections)
    return not field.multiple and _one_fits(source, field, connections)


def is_needed(field: Field) -> bool:
    """Whether a caller must give it."""
    return field.required and not field.has_default


def _list_fits(source: Field, field: Field, connections: Mapping[str, str]) -> bool:
    if field.multiple:
        one, taker = replace(source, multiple=False), replace(field, multiple=False)
        return _one_fits(one, taker, connections) and field.pattern in (None, source.pattern)
    return field.type == "array" and not _is_bounded(field) and _is_open(field)


def _one_fits(source: Field, field: Field, connections: Mapping[str, str]) -> bool:
    if source.options and not source.allow_custom:
        return all(check_value(field, option, connections=connections)[1] is None for option in source.options)
    if source.type not in _TAKEN:
        return source.type == field.type
    if field.type not in _TAKEN[source.type] or not _is_open(field):
        return False
    return _bounds_fit(source, field) and _pattern_fits(source, field)


def _is_open(field: Field) -> bool:
    return not field.options or field.allow_custom


def _is_bounded(field: Field) -> bool:
    return field.minimum is not None or field.maximum is not None


#: Types whose bounds are about the same thing: a number's value, a text's length, a list's length.
_MEASURED = {"integer": "value", "number": "value", "string": "length", "text": "length", "array": "members"}


def _bounds_fit(source: Field, field: Field) -> bool:
    measure = _MEASURED.get(field.type)
    if measure is None or not _is_bounded(field):
        return True
    is_same = _MEASURED.get(source.type) == measure
    low, high = (source.minimum, source.maximum) if is_same else (None, None)
    if measure != "value" and low is None:
        low = 0
    is_above = field.minimum is None or (low is not None and low >= field.minimum)
    return is_above and (field.maximum is None or (high is not None and high <= field.maximum))


def _pattern_fits(source: Field, field: Field) -> bool:
    """Two patterns are not compared: only the same text is sure to match what it has matched."""
    if field.pattern is None or field.type not in _TEXT:
        return True
    return source.type in _TEXT and source.pattern == field.pattern


def types_of(shape: Shape) -> tuple[str, ...] | None:
    """The types of the alternatives, for a comparison; None where nothing is known."""
    if shape is None:
        return None
    return tuple(sorted({_type_of(each) for each in shape}))


def _type_of(each: Known | Field) -> str:
    if isinstance(each, Field):
        kind = "string" if each.type == "text" else each.type
        return f"list of {kind}" if each.multiple else kind
    return type_of_value(each.value)


def type_of_value(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if is_list(value):
        return "array"
    return "object" if is_mapping(value) else "string"
