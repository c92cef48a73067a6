"""Renders templates: ``{{ … }}`` in a value, and the expressions of ``when`` and ``for_each``.

What evaluates them (evaluation.py) is imported for the first one, because many flows have none.
"""

from __future__ import annotations

from gitflow.core.templates.texts import has_template
from gitflow.core.templates.texts import write as to_text
from gitflow.core.values import is_list, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.values import Json

__all__ = ["evaluate", "render", "render_expressions", "to_text"]


def render(value: Json, scope: Mapping[str, Json], encode: Callable[[str], str] | None = None) -> Json:
    """Renders every template in a value, at any depth (keys stay as they are).

    A string that is exactly one ``{{ … }}`` becomes the value with its type. Inside longer text, true and
    false are written as such, null is empty, lists and objects are JSON. ``encode`` is applied to each value
    inside longer text (percent-encoding, for a URL). Raises TemplateError.
    """
    if isinstance(value, str):
        return _render_text(value, scope, encode) if has_template(value) else value
    if is_object(value):
        return {key: render(member, scope, encode) for key, member in value.items()}
    if is_list(value):
        return [render(member, scope, encode) for member in value]
    return value


def _render_text(text: str, scope: Mapping[str, Json], encode: Callable[[str], str] | None) -> Json:
    from gitflow.core.templates.evaluation import render_text

    return render_text(text, scope, to_text if encode is None else lambda value: encode(to_text(value)))


def render_expressions(text: str, scope: Mapping[str, Json]) -> str:
    """Renders only the ``{{ … }}`` of a text: for shell scripts, where ``${#x}`` is not a comment.

    Raises TemplateError.
    """
    from gitflow.core.templates import evaluation

    return evaluation.render_expressions(text, scope)


def evaluate(expression: str, scope: Mapping[str, Json]) -> Json:
    """Evaluates an expression that is written with or without braces. Raises TemplateError.

    A text with ``{% … %}`` is rendered; expressions in braces among other text are refused.
    """
    from gitflow.core.templates import evaluation

    return evaluation.evaluate(expression, scope)
