"""Evaluates templates and expressions; render.py calls it for values that have any.

A plain path (``input.name``, ``build.output.items[0]``) is looked up here; everything else goes to
minijinja, which is imported when it is first needed. Both give the same results (a property test checks it), with
one exception: the engine returns a float with a whole value as an integer.
"""

from __future__ import annotations

from itertools import islice

from gitflow.core.names import LITERALS, closest
from gitflow.core.templates.parse import (
    MAX_EXPRESSION_LENGTH,
    MAX_OUTPUT,
    Expression,
    Text,
    condition_of,
    expressions_only,
    parse,
    path_of,
    quoted,
    show_path,
    tags_in,
    uses_in,
)
from gitflow.core.templates.texts import TemplateError, write
from gitflow.core.values import is_list, is_mapping, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    from gitflow.core.templates.engine import EngineError
    from gitflow.core.templates.parse import Path
    from gitflow.core.values import Json

#: How many names are compared for a "did you mean".
_NAMES_TO_COMPARE = 1000

_LITERAL_VALUES: Mapping[Json, Json] = {"true": True, "True": True, "false": False, "False": False}


def render_expressions(text: str, scope: Mapping[str, Json]) -> str:
    """Renders only the ``{{ … }}`` of a text: for shell scripts, where ``${#x}`` is not a comment.

    Raises TemplateError.
    """
    return _join(expressions_only(text), scope, write)


def evaluate(expression: str, scope: Mapping[str, Json]) -> Json:
    """Evaluates an expression that is written with or without braces. Raises TemplateError.

    A text with ``{% … %}`` is rendered; expressions in braces among other text are refused.
    """
    source = condition_of(expression)
    if source is None:
        return render_text(expression.strip(), scope, write)
    if len(source) > MAX_EXPRESSION_LENGTH:
        raise TemplateError(f"an expression is longer than {MAX_EXPRESSION_LENGTH} characters")
    return _value(Expression(source, 0, path_of(source)), scope, shown=expression.strip())


def render_text(text: str, scope: Mapping[str, Json], write: Callable[[Json], str]) -> Json:
    """Renders a text that has templates; ``write`` writes each value inside longer text. Raises TemplateError."""
    parsed = parse(text)
    if parsed.has_blocks:
        return _engine(text, text, scope, lambda engine: engine.render(text, scope, write))
    if len(parsed.parts) == 1 and isinstance(parsed.parts[0], Expression):
        return _value(parsed.parts[0], scope)
    return _join(parsed, scope, write)


def _join(parsed: Text, scope: Mapping[str, Json], write: Callable[[Json], str]) -> str:
    texts: list[str] = []
    length = 0
    for part in parsed.parts:
        text = part if isinstance(part, str) else write(_value(part, scope))
        length += len(text)
        if length > MAX_OUTPUT:
            raise TemplateError(f"a rendered text has more than {MAX_OUTPUT:,} characters")
        texts.append(text)
    return "".join(texts)


def _value(expression: Expression, scope: Mapping[str, Json], shown: str = "") -> Json:
    shown = shown or "{{ " + expression.source + " }}"
    if expression.path is not None:
        return _look_up(expression.path, scope, shown)
    template = "{{ " + expression.source + "\n}}"
    return _engine(template, shown, scope, lambda engine: engine.evaluate(template, scope))


def _look_up(path: Path, scope: Mapping[str, Json], shown: str) -> Json:
    if path[0] in LITERALS:
        return _LITERAL_VALUES.get(path[0])
    value, missing = _find(path, scope)
    if missing is not None:
        raise _cannot(shown, _not_defined(missing, scope))
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise _cannot(shown, "its result is not a finite number")
    return dict(value) if is_mapping(value) and not is_object(value) else value


def _find(path: Path, scope: Mapping[str, Json]) -> tuple[Json, Path | None]:
    """The value of a path, or the shortest prefix of the path that is not defined."""
    value: Json = scope
    for depth, part in enumerate(path):
        try:
            value = _member(value, part)
        except (KeyError, IndexError):
            return None, path[: depth + 1]
    return value, None


def _member(value: Json, part: str | int) -> Json:
    if is_mapping(value) and isinstance(part, str):
        return value[part]
    if is_list(value) and isinstance(part, int):
        return value[part]
    if isinstance(value, str) and isinstance(part, int):
        return value[part]
    raise KeyError(part)


def _not_defined(missing: Path, scope: Mapping[str, Json]) -> str:
    """A sentence about a path that is not defined, with the most similar name that is."""
    parent, _ = _find(missing[:-1], scope)
    hint = ""
    if isinstance(missing[-1], str) and (len(missing) == 1 or is_mapping(parent)):
        names: Iterable[Json] = islice(parent, _NAMES_TO_COMPARE)
        near = closest(missing[-1], [name for name in names if isinstance(name, str) and path_of(name)])
        hint = near.replace(f'"{_quoted_in(near)}"', f'"{show_path((*missing[:-1], _quoted_in(near)))}"')
    here = " here" if len(missing) == 1 else ""
    return f'"{show_path(missing)}" is not defined{here}' + (f"; {hint}" if hint else "")


def _quoted_in(hint: str) -> str:
    return hint.split('"')[1] if hint else ""


def _cannot(shown: str, why: str) -> TemplateError:
    return TemplateError(f"cannot evaluate {quoted(shown)}: {why}")


def _engine(template: str, shown: str, scope: Mapping[str, Json], run: Callable[[ModuleType], Json]) -> Json:
    from gitflow.core.templates import engine as template_engine

    try:
        return run(template_engine)
    except template_engine.EngineError as error:
        raise _cannot(shown, _reason(template, scope, error)) from None


def _reason(template: str, scope: Mapping[str, Json], error: EngineError) -> str:
    """Says which path is not defined, if one can be found; the engine reports only a position."""
    if error.kind != "UndefinedError":
        return str(error)
    from gitflow.core.templates.engine import names_in

    taken = names_in(template)
    missing: list[Path] = []
    for use in (use for tag in tags_in(template) for use in uses_in(tag.source, tag.offset)):
        path = use.path[:-1] if use.guarded else use.path
        found = _find(path, scope)[1] if path and path[0] in taken else None
        if found and (not missing or error.offset is None or use.offset <= error.offset):
            missing = [found]
    return _not_defined(missing[0], scope) if missing else str(error)
