"""Values: the JSON that passes between steps.

Modules on the path of ``gitflow run`` set ``TYPE_CHECKING = False`` themselves
instead of importing ``typing``, which would cost every start several milliseconds.
"""

from __future__ import annotations

from _collections_abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias, TypeGuard

    #: null, bool, int, float, str, or lists and string-keyed dicts of these.
    Json: TypeAlias = Any
    #: A JSON object.
    JsonObject: TypeAlias = dict[str, Any]

#: The text that replaces a secret wherever a person could read it.
MASK = "••••••"
#: Shorter secret values are not masked: they would hide ordinary words.
MIN_SECRET_LENGTH = 4


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    return isinstance(value, dict)


def is_mapping(value: Json) -> TypeGuard[Mapping[str, Json]]:
    """Whether the value is an object, or a mapping that builds its members on access."""
    return isinstance(value, Mapping)


def is_list(value: Json) -> TypeGuard[list[Json]]:
    """Whether the value is a list or a tuple: definitions may hold their lists as tuples."""
    return isinstance(value, list | tuple)
