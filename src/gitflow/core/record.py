"""``@record``: what ``@dataclass(frozen=True, slots=True)`` is, for a tenth of the start-up.

The standard decorator compiles half a dozen functions a class and imports ``inspect``; with some sixty
classes on the path of ``gitflow run`` that was half of its time (docs/decisions/0011-records.md). Here
only ``__init__`` is compiled; the rest is shared. Type checkers see an ordinary frozen dataclass.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar, dataclass_transform

    T = TypeVar("T")

    def field(*, default_factory: Callable[[], T]) -> T: ...

else:

    class field:  # noqa: N801 - it stands for the standard library's function of that name
        """A default that is made anew for each record."""

        __slots__ = ("default_factory",)

        def __init__(self, *, default_factory):
            self.default_factory = default_factory

    def dataclass_transform(**_):
        return lambda decorator: decorator


class Frozen(AttributeError):
    """Somebody tried to change a record in place."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A class of values: its annotations are its fields, in order, kept in slots; equal when all fields are."""
    names = tuple(cls.__dict__.get("__annotations__", ()))
    given = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    body: dict[str, Any] = {key: value for key, value in cls.__dict__.items() if key not in given and key not in _OWN}
    body.update(__slots__=names, __match_args__=names, __init__=_init(cls, names, given))
    for key, function in _SHARED.items():
        body.setdefault(key, function)
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


def replace(value: T, /, **changes: Any) -> T:
    """The record with some fields changed. Raises TypeError for a field it does not have."""
    cls = type(value)
    new = object.__new__(cls)
    for name in cls.__match_args__:  # type: ignore[attr-defined]
        _set(new, name, changes.pop(name) if name in changes else getattr(value, name))
    if changes:
        raise TypeError(f"{cls.__name__} has no field {', '.join(changes)}")
    return new


def fields_of(value: object) -> Iterator[tuple[str, Any]]:
    """Name and value of every field, in order."""
    for name in type(value).__match_args__:  # type: ignore[attr-defined]
        yield name, getattr(value, name)


_set = object.__setattr__
_OWN = frozenset({"__dict__", "__weakref__", "__annotations__"})


def _init(cls: type, names: tuple[str, ...], given: dict[str, Any]) -> Callable[..., None]:
    """``def __init__(self, a, b=_d_b): _set(self, "a", a) …``, with factories called where nothing was given."""
    scope: dict[str, Any] = {"_set": _set, "_missing": _MISSING}
    parameters, lines = [], []
    for name in names:
        value, default = name, given.get(name, _MISSING)
        parameters.append(name if name not in given else f"{name}=_d_{name}")
        if isinstance(default, field):  # type: ignore[arg-type]
            scope[f"_f_{name}"], scope[f"_d_{name}"] = default.default_factory, _MISSING  # type: ignore[union-attr]
            value = f"_f_{name}() if {name} is _missing else {name}"
        elif name in given:
            scope[f"_d_{name}"] = default
        lines.append(f" _set(self, {name!r}, {value})")
    exec(f"def __init__(self, {', '.join(parameters)}):\n" + ("\n".join(lines) or " pass"), scope)
    made = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__module__ = cls.__module__
    return made


_MISSING = object()


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__match_args__])


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _repr(self: Any) -> str:
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{self.__class__.__qualname__}({inside})"


def _refuse(self: Any, name: str, value: Any = None) -> None:
    raise Frozen(f"{self.__class__.__name__} is a value: {name!r} cannot be changed")


def _reduce(self: Any) -> tuple[Any, ...]:
    return self.__class__, _values(self)


_SHARED = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__reduce__": _reduce,
}
