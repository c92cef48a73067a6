"""Checking and converting the values that enter a task, an action or a connection."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gitflow.core.definition import Field
    from gitflow.core.values import Json, JsonObject


def check_input(
    fields: Mapping[str, Field],
    given: Mapping[str, Json],
    *,
    connections: Mapping[str, str] | None = None,
    also_allowed: Collection[str] = (),
    from_text: bool = False,
) -> tuple[JsonObject, tuple[tuple[str, str], ...]]:
    """The values converted and completed with defaults, and ``(field, message)`` for each that is wrong.

    ``connections`` maps the name of each connection to its type. ``from_text`` is the command line:
    strings are read as the declared type. With no fields declared, anything but {} is an unknown key.
    """
    raise NotImplementedError
