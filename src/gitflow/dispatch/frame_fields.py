"""Readers for the fields of frames. A reader returns a value of the right type, or raises FrameError."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.logs import STREAMS
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitflow.core.values import Json, JsonObject

    Reader = Callable[[Json], Any]

#: The longest text in a field that is a name or a token.
MAX_TEXT = 4096
#: The most attempts, tags and such that one frame lists.
MAX_ITEMS = 10_000
#: No fields.
NONE: Mapping[str, Reader] = {}


class FrameError(ValueError):
    """The message is no frame of this protocol. The text is a clause with the reason, and quotes no value."""


def text(value: Json) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise FrameError(f"must be a text of at most {MAX_TEXT} characters")
    return value


def long_text(value: Json) -> str:
    if not isinstance(value, str):
        raise FrameError("must be a text")
    return value


def optional(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def whole(value: Json) -> int:
    if type(value) is not int or not 0 <= value <= 1 << 53:
        raise FrameError("must be a whole number that is not negative")
    return value


def number(value: Json) -> float:
    if type(value) not in (int, float) or not -1e12 < value < 1e12:
        raise FrameError("must be a number")
    return float(value)


def flag(value: Json) -> bool:
    if type(value) is not bool:
        raise FrameError("must be true or false")
    return value


def stream(value: Json) -> str:
    if value not in STREAMS:
        raise FrameError(f"must be one of {', '.join(STREAMS)}")
    return value


def json_object(value: Json) -> JsonObject:
    if not is_object(value):
        raise FrameError("must be an object")
    return value


def digest(value: Json) -> str:
    given = text(value)
    if len(given) != 64 or not set(given) <= set("0123456789abcdef"):
        raise FrameError("must be a SHA-256 in hex")
    return given


def mode(value: Json) -> int:
    return whole(value) & 0o777


def file_name(value: Json) -> str:
    given = text(value)
    if "\0" in given or any(part in ("", ".", "..") for part in given.split("/")):
        raise FrameError("must be a relative path")
    return given


def many(read: Reader) -> Reader:
    def reader(value: Json) -> tuple[Any, ...]:
        if not is_list(value) or len(value) > MAX_ITEMS:
            raise FrameError(f"must be a list of at most {MAX_ITEMS} values")
        return tuple(read(each) for each in value)

    return reader


def record(kind: type, fields: Mapping[str, Reader], may_lack: Mapping[str, Reader] = NONE) -> Reader:
    def reader(value: Json) -> Any:
        if not is_object(value):
            raise FrameError("must be an object")
        return read_fields(kind, fields, value, may_lack)

    return reader


def read_fields(
    kind: Callable[..., Any], fields: Mapping[str, Reader], given: JsonObject, may_lack: Mapping[str, Reader] = NONE
) -> Any:
    """Fields that this version does not know are ignored, and those of ``may_lack`` may be missing, because the other
    side may run another version."""
    found: dict[str, Any] = {}
    for name, read in (*fields.items(), *may_lack.items()):
        if name not in given:
            if name in may_lack:
                continue
            raise FrameError(f"{name} is missing")
        try:
            found[name] = read(given[name])
        except FrameError as error:
            raise FrameError(f"{name}: {error}") from None
    return kind(**found)
