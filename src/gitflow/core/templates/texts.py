"""What templates and texts are, before any expression is read: most values have none."""

from __future__ import annotations

from gitflow.core.json_codec import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import Json

_FALSE_TEXTS = frozenset({"", "false", "0", "null", "none"})


class TemplateError(Exception):
    """An expression cannot be evaluated. The message quotes the expression, never a value.

    ``offset``: where the expression begins in its text, in characters.
    """

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


def has_template(text: str) -> bool:
    return "{{" in text or "{%" in text or "{#" in text


def is_truthy(value: Json) -> bool:
    """Whether the value counts as true: not false, 0, null, empty or one of the texts ``false 0 null none``."""
    if isinstance(value, str):
        return value.strip().lower() not in _FALSE_TEXTS
    return bool(value)


def to_json(value: Json, indent: int | None = None) -> str:
    """The value as JSON, on one line or indented by this many spaces; non-ASCII characters are not escaped."""
    separators = (",", ":") if indent is None else (",", ": ")
    return dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)


def to_text(value: Json) -> str:
    """The value as it is written inside text: null is empty, a string stays, everything else is JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else to_json(value)


def write(value: Json) -> str:
    """The same inside a rendered text. Raises TemplateError if JSON cannot express the value."""
    try:
        return to_text(value)
    except (ValueError, TypeError, RecursionError):
        raise TemplateError("a value cannot be written as JSON") from None
