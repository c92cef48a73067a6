"""``StrEnum`` like the standard one, without importing ``enum``: 6 million instructions at every start.

Type checkers see ``enum.StrEnum`` (docs/decisions/0124-a-run-without-re-and-subprocess.md).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum as StrEnum
    from typing import Any
else:

    class _Kind(type):
        """Makes each text of the class a member, in order."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            values = {key: value for key, value in body.items() if type(value) is str and not key.startswith("__")}
            rest = {key: value for key, value in body.items() if key not in values}
            made = type.__new__(cls, name, bases, rest)
            made._members = {}
            for key, value in values.items():
                member = str.__new__(made, value)
                member.name, member.value = key, str(value)
                made._members[value] = member
                type.__setattr__(made, key, member)
            return made

        def __setattr__(cls, name: str, value: object) -> None:
            if name in cls.__dict__.get("_members", ()) or isinstance(cls.__dict__.get(name), cls):
                raise AttributeError(f"cannot reassign member {name!r}")
            type.__setattr__(cls, name, value)

        def __iter__(cls) -> Iterator[Any]:
            return iter(cls._members.values())

        def __len__(cls) -> int:
            return len(cls._members)

        def __contains__(cls, value: object) -> bool:
            return isinstance(value, str) and value in cls._members

    class StrEnum(str, metaclass=_Kind):
        """A text that is one of a fixed set."""

        name: str
        value: str

        def __new__(cls, value: object) -> StrEnum:
            """The member with this value. Raises ValueError if there is none."""
            try:
                return cls._members[value]
            except (KeyError, TypeError):
                raise ValueError(f"{value!r} is not a valid {cls.__name__}") from None

        def __str__(self) -> str:
            return self.value

        def __format__(self, spec: str) -> str:
            return format(self.value, spec)

        def __repr__(self) -> str:
            return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

        def __reduce_ex__(self, _protocol: int) -> tuple[Any, ...]:
            return type(self), (self.value,)

        def __copy__(self) -> StrEnum:
            return self

        def __deepcopy__(self, _memo: object) -> StrEnum:
            return self
