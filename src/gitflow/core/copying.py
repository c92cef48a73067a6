"""Fast copies of a value (a record, or a frozen and slotted dataclass) with some fields changed.

``replace`` asks for every field by name, which for the wide rows of the engine would take most of the time
of a step; here a class's slots are looked up once. Not for a class with ``__post_init__``.
"""

from __future__ import annotations

from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")


def copier(kind: type[T]) -> Callable[..., T]:
    """A function of a value of this class and its changes by field name; it raises KeyError for any other name."""
    names: tuple[str, ...] = getattr(kind, "__match_args__", ())
    setters: dict[str, Callable[[T, Any], None]] = {name: getattr(kind, name).__set__ for name in names}
    in_order = tuple(setters.values())
    values_of = attrgetter(*names)
    make = object.__new__

    def copy(value: T, **changes: Any) -> T:
        new = make(kind)
        for put, held in zip(in_order, values_of(value), strict=True):
            put(new, held)
        for name, held in changes.items():
            setters[name](new, held)
        return new

    return copy
