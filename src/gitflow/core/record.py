"""``Record``: like ``@dataclass(frozen=True, slots=True)``, at a tenth of its start-up time.

The standard decorator makes each class twice, compiles half a dozen functions for it and imports ``inspect``. With the
classes on the path of ``gitflow run`` that was half of its time (docs/decisions/0011-records.md). Here a class is made
once, and all classes share their functions; only a class that makes many records gets a compiled ``__init__``, and
only then. Type checkers see an ordinary frozen dataclass.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeVar, dataclass_transform

    T = TypeVar("T")

    def field(*, default_factory: Callable[[], T]) -> T:
        """A default that is made anew for each record."""
        ...

else:

    class field:
        """A default that is made anew for each record."""

        __slots__ = ("default_factory",)

        def __init__(self, *, default_factory):
            self.default_factory = default_factory

    def dataclass_transform(**_):
        return lambda decorator: decorator


class Frozen(AttributeError):
    """The code tried to change a record in place."""


def names_of(kind: type) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    return kind.__match_args__  # type: ignore[attr-defined]


def fields_of(value: object) -> Iterator[tuple[str, Any]]:
    """Name and value of every field, in order."""
    for name in names_of(type(value)):
        yield name, getattr(value, name)


def replace(value: T, /, **changes: Any) -> T:
    """A copy of the record with some fields changed. Raises TypeError for an unknown field."""
    kind = value.__class__
    new = (_copiers.get(kind) or _plain_copy)(value)
    try:
        for name, held in changes.items():
            _set(new, name, held)
    except AttributeError:
        unknown = sorted(changes.keys() - set(names_of(kind)))
        raise TypeError(f"{kind.__name__} has no field {', '.join(map(repr, unknown))}") from None
    _set(new, "__class__", kind)
    return new


#: A class whose records were copied this often gets a compiled copy function.
_COPIED_OFTEN = 20

#: How often records of each class were copied, and the compiled copy functions of classes that are copied often.
_copies: dict[type, int] = {}
_copiers: dict[type, Callable[[Any], Any]] = {}


def _plain_copy(value: object) -> Any:
    kind = value.__class__
    names = names_of(kind)
    times = _copies[kind] = _copies.get(kind, 0) + 1
    if times == _COPIED_OFTEN:
        _copiers[kind] = _compiled_copy(kind, names)
    new = object.__new__(kind)
    for name in names:
        _set(new, name, getattr(value, name))
    return new


def _compiled_copy(kind: type, names: tuple[str, ...]) -> Callable[[Any], Any]:
    """Compiles ``def copy(old): …``. An assignment in source code takes a tenth of the time of ``setattr``.

    The copy has another class with the same base and slots, which is not frozen; the caller sets its ``__class__`` at
    the end.
    """
    body = {
        "__slots__": names,
        "__init__": object.__init__,
        "__setattr__": _set,
        "__delattr__": object.__delattr__,
    }
    open_kind = type.__new__(type(kind), kind.__name__, kind.__bases__, body)
    lines = "".join(f" new.{name} = old.{name}\n" for name in names)
    scope: dict[str, Any] = {"make": open_kind}
    exec(f"def copy(old):\n new = make()\n{lines} return new", scope)
    return scope["copy"]


_set = object.__setattr__
_MISSING = object()


#: A class that has made this many records gets a compiled ``__init__`` of its own. Compiling costs as much as two
#: hundred calls save; a copy saves more (``_COPIED_OFTEN``).
_OFTEN = 200


def _init(names: tuple[str, ...], defaults: Mapping[str, Any]) -> Callable[..., None]:
    """An ``__init__`` without compiling, which costs more than it saves for classes that make few records."""
    calls = 0
    factories: list[str] | None = None

    def __init__(self: object, /, *given: Any, **named: Any) -> None:
        nonlocal calls, factories
        calls += 1
        if calls == _OFTEN:
            kind = self.__class__
            kind.__init__ = _compiled_init(kind, names, defaults)
        values = named
        if len(given) == len(names) and not named:
            for name, value in zip(names, given, strict=True):
                _set(self, name, value)
            return
        if given:
            values = dict(zip(names, given, strict=False))
            values.update(named)
            if len(values) != len(given) + len(named):
                raise _wrong_arguments(self.__class__, names, defaults, given, named)
        if len(values) != len(names):
            values = {**defaults, **values}
            if len(values) != len(names):
                raise _wrong_arguments(self.__class__, names, defaults, given, named)
            if factories is None:
                factories = [name for name in defaults if isinstance(defaults[name], field)]  # pyright: ignore[reportArgumentType]
            for name in factories:
                if values[name] is defaults[name]:
                    values[name] = defaults[name].default_factory()
        try:
            for name, value in values.items():
                _set(self, name, value)
        except AttributeError:
            raise _wrong_arguments(self.__class__, names, defaults, given, named) from None

    return __init__


def _wrong_arguments(
    kind: type, names: tuple[str, ...], defaults: Mapping[str, Any], given: Sequence[Any], named: Mapping[str, Any]
) -> TypeError:
    if len(given) > len(names):
        return TypeError(f"{kind.__name__} has {len(names)} fields, not {len(given)}")
    rest = names[len(given) :]
    if unknown := [name for name in named if name not in names]:
        return TypeError(f"{kind.__name__} has no field {', '.join(map(repr, unknown))}")
    if twice := [name for name in named if name not in rest]:
        return TypeError(f"{kind.__name__} is given {', '.join(map(repr, twice))} twice")
    missing = [name for name in rest if name not in named and name not in defaults]
    return TypeError(f"{kind.__name__} needs a value for {', '.join(map(repr, missing))}")


def _compiled_init(cls: type, names: tuple[str, ...], defaults: Mapping[str, Any]) -> Callable[..., None]:
    """Compiles ``def __init__(self, a, b=…): …``, which calls the factory of each field that is not given."""
    scope: dict[str, Any] = {"_set": _set, "_missing": _MISSING}
    parameters: list[str] = []
    lines: list[str] = []
    for name in names:
        value = name
        if name in defaults:
            scope[f"_default_{name}"] = default = defaults[name]
            if isinstance(default, field):  # pyright: ignore[reportArgumentType]
                scope[f"_make_{name}"], scope[f"_default_{name}"] = default.default_factory, _MISSING
                value = f"_make_{name}() if {name} is _missing else {name}"
        parameters.append(f"{name}=_default_{name}" if name in defaults else name)
        lines.append(f" _set(self, {name!r}, {value})")
    exec(f"def __init__(self, {', '.join(parameters)}):\n" + ("\n".join(lines) or " pass"), scope)
    made = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__module__ = cls.__module__
    return made


class _Kind(type):
    """Makes the class of a record. Its annotations are the fields, and become its slots before the class exists."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
        names: tuple[str, ...] = tuple(body.pop("__annotations__", ()))
        defaults = {field: body.pop(field) for field in names if field in body}
        body.update(__slots__=names, __match_args__=names, __init__=_init(names, defaults))
        return type.__new__(cls, name, bases, body)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record(metaclass=_Kind):
    """The base of classes of values: annotations are the fields, kept in slots; equal fields make equal records."""

    def __eq__(self, other: object) -> bool:
        return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self) -> int:
        return hash(_values(self))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in fields_of(self))
        return f"{type(self).__qualname__}({inside})"

    def __setattr__(self, name: str, value: object) -> None:
        raise Frozen(f"{type(self).__name__} is a value: {name!r} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise Frozen(f"{type(self).__name__} is a value: {name!r} cannot be changed")

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), _values(self)


def _values(record: object) -> tuple[Any, ...]:
    return tuple([getattr(record, name) for name in names_of(type(record))])
