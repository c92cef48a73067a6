"""Evaluates templates that are more than a path, with minijinja under limits.

Values are passed as copies whose methods are hidden: the engine would otherwise offer every method of a
Python object, ``input.clear()`` included, and would take ``output.items`` for a method. Results must be
JSON. The engine's messages contain values, so only their kind and position are used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

import minijinja

from gitflow.core.templates.filters import FILTERS
from gitflow.core.templates.parse import MAX_OUTPUT
from gitflow.core.templates.texts import TemplateError
from gitflow.core.values import is_list, is_mapping, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.values import Json

#: How many instructions of the engine one rendering may use.
MAX_FUEL = 50_000

#: How deep lists and objects of a result may be nested.
MAX_DEPTH = 100

#: The engine would return larger numbers as inexact floats.
_MAX_NUMBER = 2**127

#: Filters and functions of the engine that templates do not have: state, HTML and Python's notation of values.
_REMOVED_GLOBALS = ("debug", "cycler", "joiner")
_REMOVED_FILTERS = ("pprint",)

#: Exceptions of a method or a filter that cannot use its value.
_FAILURES = (RuntimeError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, MemoryError)

_READERS = frozenset({"get", "items", "keys", "values"})
_NOTHING: frozenset[str] = frozenset()
#: ``.items`` without a call: a member, which must not be taken for the method.
_MEMBERS = re.compile(r"[.\"'\[]\s*(get|items|keys|values)\b(?!\s*\()")

_REASONS = {
    "UndefinedError": "it uses a value that is not defined",
    "OutOfFuel": f"it takes more than {MAX_FUEL:,} instructions",
    "UnknownFilter": "it uses a filter that does not exist",
    "UnknownTest": "it uses a test that does not exist",
    "UnknownFunction": "it calls a function that does not exist",
    "UnknownMethod": "it calls a method that does not exist",
    "TemplateNotFound": "templates cannot include others",
}
_MISFIT = "an operation in it does not fit its values"
_UNKNOWN = re.compile(r"(?:(?:filter|test) )?(\w+) is unknown")


class EngineError(Exception):
    """``kind`` is the engine's, ``offset`` counts characters of the template, the text holds no value."""

    def __init__(self, kind: str, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.offset = offset


@lru_cache
def _object_type(hidden: frozenset[str]) -> type[dict[str, Json]]:
    """A dict whose methods a template cannot reach, except those that the engine itself uses."""
    shown = _READERS - hidden

    class Object(dict[str, "Json"]):
        def __getattribute__(self, name: str) -> Json:
            if name.startswith("__") or name in shown:
                return object.__getattribute__(self, name)
            raise AttributeError(name)

    return Object


class _Lazy(Mapping[str, "Json"]):
    """A mapping that builds only the members that a template uses: each may cost a file access or be a secret."""

    def __init__(self, members: Mapping[str, Json], object_type: type[dict[str, Json]]) -> None:
        self.__members = members
        self.__object_type = object_type

    def __getitem__(self, name: str) -> Json:
        return _guarded(self.__members[name], self.__object_type)

    def __iter__(self) -> Iterator[str]:
        return iter(self.__members)

    def __len__(self) -> int:
        return len(self.__members)


class _List(list["Json"]):
    """A list whose methods a template cannot reach."""

    def __getattribute__(self, name: str) -> Json:
        if name.startswith("__"):
            return object.__getattribute__(self, name)
        raise AttributeError(name)


@lru_cache(maxsize=1024)
def names_in(template: str) -> frozenset[str]:
    """The names that a template takes from its scope. Raises EngineError if it does not parse."""
    try:
        return frozenset(_environment(str, MAX_FUEL).undeclared_variables_in_str(template))
    except minijinja.TemplateError as error:
        raise _explained(template, error) from None


def knows(kind: str, name: str) -> bool:
    """Whether there is a ``filter``, ``test`` or ``function`` of that name."""
    environment = _environment(str, MAX_FUEL)
    if kind == "function":
        return name in environment.globals
    return environment.render_str(f"{{{{ name is {kind} }}}}", name=name) == "True"


def evaluate(template: str, scope: Mapping[str, Json]) -> Json:
    """The value of a template that is exactly one expression. Raises EngineError."""
    values: list[Json] = []

    def keep(value: Json) -> str:
        values.append(_json(value))
        return ""

    rest = _run(template, scope, keep, MAX_FUEL)
    if rest.strip() or len(values) != 1:
        raise EngineError("SyntaxError", "it is not one expression")
    return values[0]


def render(template: str, scope: Mapping[str, Json], to_text: Callable[[Json], str]) -> str:
    """Renders the template to text. Raises EngineError."""
    left = MAX_OUTPUT

    def write(value: Json) -> str:
        nonlocal left
        text = to_text(_json(value))
        left -= len(text)
        if left < 0:
            raise EngineError("TooLong", too_long())
        return text

    text = _run(template, scope, write, _fuel_for(template))
    if len(text) > MAX_OUTPUT:
        raise EngineError("TooLong", too_long())
    return text


def too_long() -> str:
    return f"its result has more than {MAX_OUTPUT:,} characters"


def _fuel_for(template: str) -> int:
    """The limit of instructions. One can write a whole piece of plain text: the longer that is, the fewer may run."""
    longest = max(len(stretch) for stretch in re.split(r"[}%#]\}", template)) + 1
    return max(1000, min(MAX_FUEL, 4 * MAX_OUTPUT // longest))


def _environment(finalizer: Callable[[Json], str], fuel: int) -> minijinja.Environment:
    environment = minijinja.Environment(
        undefined_behavior="strict",
        fuel=fuel,
        debug=False,
        keep_trailing_newline=True,
        finalizer=finalizer,
        filters=_FILTERS,
    )
    for name in _REMOVED_GLOBALS:
        environment.remove_global(name)
    for name in _REMOVED_FILTERS:
        environment.remove_filter(name)
    return environment


def _run(template: str, scope: Mapping[str, Json], finalizer: Callable[[Json], str], fuel: int) -> str:
    object_type = _object_type(frozenset(_MEMBERS.findall(template)))
    values = {"null": None}
    for name in names_in(template) - {"self"}:
        with suppress(KeyError):
            values[name] = _guarded(scope[name], object_type)
    try:
        return _environment(finalizer, fuel).render_str(template, **values)
    except (EngineError, TemplateError):
        raise
    except minijinja.TemplateError as error:
        raise _explained(template, error) from None
    except _FAILURES:
        raise EngineError("InvalidOperation", _MISFIT) from None


def _guarded(value: Json, object_type: type[dict[str, Json]]) -> Json:
    """A copy that a template can read and not change."""
    if is_object(value):
        return object_type({key: _guarded(member, object_type) for key, member in value.items()})
    if is_mapping(value):
        return _Lazy(value, object_type)
    if is_list(value):
        return _List([_guarded(member, object_type) for member in value])
    return _as_filter(value) if callable(value) else value


def _as_filter(function: Callable[..., Json]) -> Callable[..., Json]:
    """Wraps a function on plain values; a template cannot change its result."""

    def run(*arguments: Json, **named: Json) -> Json:
        return _guarded(function(*map(_json, arguments), **named), _object_type(_NOTHING))

    return run


def _json(value: Json, depth: int = 0) -> Json:
    """Converts a result of the engine to plain JSON values. Raises EngineError for anything else."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int | float):
        return _number(value)
    if depth < MAX_DEPTH and is_list(value):
        return [_json(member, depth + 1) for member in value]
    if depth < MAX_DEPTH and is_object(value):
        return {_key(key): _json(member, depth + 1) for key, member in dict[str, "Json"].items(value)}
    if depth < MAX_DEPTH and is_mapping(value):
        return {_key(key): _json(value[key], depth + 1) for key in value}
    raise EngineError("NotJson", "its result is not a JSON value")


def _number(value: float) -> float:
    if isinstance(value, float) and not -_MAX_NUMBER < value < _MAX_NUMBER:
        raise EngineError("NotJson", "its result is not a number that can be written exactly")
    return value


def _key(key: Json) -> str:
    if not isinstance(key, str):
        raise EngineError("NotJson", "its result has a key that is not a text")
    return str.__str__(key)


def _explained(template: str, error: minijinja.TemplateError) -> EngineError:
    reason = _REASONS.get(error.kind, _MISFIT)
    if error.kind == "SyntaxError":
        reason = error.detail or "it cannot be read"  # its message quotes only the template's text
    unknown = _UNKNOWN.fullmatch(error.detail or "")
    if unknown and re.search(rf"\b{unknown[1]}\b", template):  # otherwise the name came from a value
        reason = f'there is no {error.kind.removeprefix("Unknown").lower()} "{unknown[1]}"'
    return EngineError(error.kind, reason, _characters(template, error.range))


def _characters(template: str, span: tuple[int, int] | None) -> int | None:
    """Converts the engine's offset in bytes to an offset in characters."""
    return None if span is None else len(template.encode()[: span[0]].decode(errors="ignore"))


_FILTERS = {name: _as_filter(function) for name, function in FILTERS.items()}
