"""Templates: ``{{ … }}`` in a value, and the expressions of ``when`` and ``for_each``.

A plain path (``input.name``, ``build.output.items[0]``) is looked up here; everything else goes to
minijinja, which is imported when first needed. Both agree (a property test holds it).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json


class TemplateError(Exception):
    """An expression that cannot be evaluated: names the expression, never a value."""


def render(value: Json, scope: Mapping[str, Json]) -> Json:
    """The value with every template in it filled in, nested ones too (keys stay as they are).

    A string that is exactly one ``{{ … }}`` keeps the type of what it names; in longer text true and
    false are written so, null is empty, lists and objects are JSON. Raises TemplateError.
    """
    raise NotImplementedError


def evaluate(expression: str, scope: Mapping[str, Json]) -> Json:
    """The value of an expression, given with or without braces. Raises TemplateError."""
    raise NotImplementedError


def is_truthy(value: Json) -> bool:
    """False for false, 0, null, empty, and the texts ``false 0 null none``."""
    raise NotImplementedError


def to_text(value: Json) -> str:
    """How a value is written inside text."""
    raise NotImplementedError
