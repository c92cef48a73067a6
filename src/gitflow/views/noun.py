"""A noun of the API, declared once: both its JSON and its JSON Schema are made from its fields.

``writer(noun)`` compiles the function that builds the JSON; ``component(noun)`` is the entry of the OpenAPI document.
Both keep the order in which the fields are declared. A new field of a noun is one line there.
"""

from __future__ import annotations

from gitflow.core.record import Record
from gitflow.core.timestamps import rfc3339, rfc3339_or_none
from gitflow.views.schema import (
    JOB_STATUS,
    STEP_STATUS,
    TEXT,
    TIME,
    described,
    list_of,
    map_of,
    object_of,
    or_null,
    ref,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from gitflow.core.values import JsonObject

    #: Where a value comes from: the path of an attribute of the source object, or a function of that object.
    Read = str | Callable[[Any], Any]


class JsonField(Record):
    name: str  #: in the JSON
    type: JsonObject  #: its JSON Schema; also selects how the value is written (_WRITERS)
    read: Read = ""  #: empty: the attribute of the same name
    about: str = ""  #: its description in the OpenAPI document
    omit: Callable[[Any], bool] | None = None  #: whether the field is left out for a value; None: never


class ExtraFields(Record):
    """Undeclared keys, such as those of one type of action: the items of the object that ``read`` returns."""

    read: Read


class Noun(Record):
    name: str  #: of its component; empty if the document has no component for it
    about: str
    fields: tuple[JsonField | ExtraFields, ...]
    list_name: str = ""  #: of the component that is a list of it; empty: no such component
    is_open: bool = False  #: whether clients must expect undeclared keys


class Absent:
    """The type of ABSENT: a field with this value is left out, whereas None, False and empty values are written."""


ABSENT = Absent()


def is_none(value: object) -> bool:
    return value is None


def is_absent(value: object) -> bool:
    return value is ABSENT


def is_unset(value: object) -> bool:
    """Whether a value means the same as leaving the key out: null, false or empty. Zero is a value."""
    return not value and type(value) not in (int, float)


def optional(name: str, type: JsonObject, read: Read = "", about: str = "") -> JsonField:
    """A field that is left out while it is unset."""
    return JsonField(name, type, read, about, omit=is_unset)


def component(noun: Noun) -> JsonObject:
    """The JSON Schema of a noun."""
    always: JsonObject = {}
    sometimes: JsonObject = {}
    for field in noun.fields:
        if isinstance(field, JsonField):
            schema = described(field.type, field.about) if field.about else field.type
            (always if field.omit is None else sometimes)[field.name] = schema
    return object_of(noun.about, always, sometimes, is_open=noun.is_open)


def components(nouns: Iterable[Noun]) -> JsonObject:
    """The components of nouns, and of lists of them, by name."""
    found: JsonObject = {}
    for noun in nouns:
        schema = component(noun)
        if noun.list_name:
            found[noun.list_name] = list_of(ref(noun.name) if noun.name else schema)
        if noun.name:
            found[noun.name] = schema
    return found


#: How a value is converted to JSON, by the type of its field. Values of other types are JSON already.
_WRITERS: tuple[tuple[JsonObject, Callable[[Any], Any]], ...] = (
    (TIME, rfc3339),
    (or_null(TIME), rfc3339_or_none),
    (JOB_STATUS, str),
    (STEP_STATUS, str),
    (list_of(TEXT), list),
    (map_of(TEXT), dict),
)


def writer(noun: Noun, reads: Mapping[str, Read] | None = None, *, start: str = "") -> Callable[[Any], JsonObject]:
    """Compiles the function that makes a noun's JSON: one dict literal.

    ``reads`` overrides, by name, where a field's value comes from. ``start`` is put before each path (``job.``).
    It is compiled because a loop over the fields is too slow for lists of a thousand jobs.
    """
    scope: dict[str, Any] = {}
    items = [_item(field, reads or {}, start, scope, str(number)) for number, field in enumerate(noun.fields)]
    exec(f"def write(it): return {{{', '.join(items)}}}", scope)
    return scope["write"]


def _item(
    field: JsonField | ExtraFields, reads: Mapping[str, Read], start: str, scope: dict[str, Any], number: str
) -> str:
    """The source code of one field in the dict literal; adds to ``scope`` the functions that it calls."""
    if isinstance(field, ExtraFields):
        return f"**{_value(field.read, start, scope, number)}"
    value = _value(reads.get(field.name) or field.read or field.name, start, scope, number)
    write = next((write for type, write in _WRITERS if type == field.type), None)
    scope.update({f"write{number}": write, f"omit{number}": field.omit})
    written = "{}" if write is None else f"write{number}({{}})"
    if field.omit is None:
        return f"{field.name!r}: {written.format(value)}"
    return f"**({{}} if omit{number}(value := {value}) else {{{field.name!r}: {written.format('value')}}})"


def _value(read: Read, start: str, scope: dict[str, Any], number: str) -> str:
    if isinstance(read, str):
        return f"it.{start}{read}"
    scope[f"read{number}"] = read
    return f"read{number}(it)"
