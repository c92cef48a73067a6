"""A noun of the API, declared once: its fields give both its JSON and its JSON Schema.

``writer(noun)`` makes the function that builds the JSON, ``component(noun)`` the entry of the OpenAPI document. Both
keep the order in which the fields are declared. A new field of a noun is one line there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from gitflow.core.values import JsonObject

    #: Where a value comes from: the path of an attribute, or a function of what the noun is made from.
    Read = str | Callable[[Any], Any]


@record
class Field:
    name: str  #: in the JSON
    type: JsonObject  #: its JSON Schema, which also decides how the value is written
    read: Read = ""  #: without it: the attribute of the same name
    about: str = ""  #: one line for the reader of the document
    omit: Callable[[Any], bool] | None = None  #: the values with which it is left out; None: it is always there


@record
class Spread:
    """Further keys, such as those that only one type of action has: the items of what ``read`` gives."""

    read: Read


@record
class Noun:
    name: str  #: of its component; empty for one that has none of its own
    about: str
    fields: tuple[Field | Spread, ...]
    list_name: str = ""  #: of the component that is a list of it, if there is one
    is_open: bool = False  #: clients must expect keys that are not declared


class Absent:
    """The type of ABSENT, the value of a field that is left out, where None, False and empty values are values."""


ABSENT = Absent()


def is_none(value: object) -> bool:
    return value is None


def is_absent(value: object) -> bool:
    return value is ABSENT


def is_unwritten(value: object) -> bool:
    """Whether a value is as if its author had not written it: null, false or empty; not so a zero."""
    return not value and type(value) not in (int, float)


def maybe(name: str, type: JsonObject, read: Read = "", about: str = "") -> Field:
    """A field that is left out where its value is as if its author had not written it."""
    return Field(name, type, read, about, omit=is_unwritten)


def component(noun: Noun) -> JsonObject:
    """The JSON Schema of a noun."""
    always: JsonObject = {}
    sometimes: JsonObject = {}
    for field in noun.fields:
        if isinstance(field, Field):
            schema = described(field.type, field.about) if field.about else field.type
            (always if field.omit is None else sometimes)[field.name] = schema
    return object_of(noun.about, always, sometimes, is_open=noun.is_open)


def components(nouns: Iterable[Noun]) -> JsonObject:
    """The components of nouns and of lists of them, by name."""
    found: JsonObject = {}
    for noun in nouns:
        schema = component(noun)
        if noun.list_name:
            found[noun.list_name] = list_of(ref(noun.name) if noun.name else schema)
        if noun.name:
            found[noun.name] = schema
    return found


#: How a value becomes JSON, by the type of its field. A value of any other type is JSON already.
_WRITERS: tuple[tuple[JsonObject, Callable[[Any], Any]], ...] = (
    (TIME, rfc3339),
    (or_null(TIME), rfc3339_or_none),
    (JOB_STATUS, str),
    (STEP_STATUS, str),
    (list_of(TEXT), list),
    (map_of(TEXT), dict),
)


def writer(noun: Noun, reads: Mapping[str, Read] | None = None, *, start: str = "") -> Callable[[Any], JsonObject]:
    """Compiles the function that makes a noun's JSON: a dict as it would be written out in the source.

    ``reads`` says, by the name of a field, where another source than the declared one has its value. ``start`` is put
    before each path (``job.``). It is compiled since a list of a thousand jobs must not wait for a loop over fields.
    """
    scope: dict[str, Any] = {}
    items = [_item(field, reads or {}, start, scope, str(number)) for number, field in enumerate(noun.fields)]
    exec(f"def write(it): return {{{', '.join(items)}}}", scope)
    return scope["write"]


def _item(field: Field | Spread, reads: Mapping[str, Read], start: str, scope: dict[str, Any], number: str) -> str:
    """The source of a field in the dict; ``scope`` gets the functions that it calls."""
    if isinstance(field, Spread):
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
