"""The filters that add to the engine's own or replace them. All are pure functions.

A filter that cannot use its value raises ValueError or TypeError. The message is never shown, because it could
contain the value.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from gitflow.core.templates.texts import to_json, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.values import Json


def join(values: list[Json], separator: str = "", attribute: str | None = None) -> str:
    """Joins the members of a list, or one attribute of each, to one text."""
    for name in attribute.split(".") if attribute else ():
        values = [value[name] for value in values]
    return separator.join(map(to_text, values))


def from_json(text: str) -> Json:
    """Parses a JSON text."""
    from gitflow.core.strict_json import read_json

    return read_json(_text(text))


def to_base64(text: str) -> str:
    """Encodes the text's UTF-8 bytes in Base64."""
    import base64

    return base64.b64encode(_bytes(text)).decode()


def from_base64(text: str) -> str:
    """Decodes Base64 to UTF-8 text."""
    import base64

    return base64.b64decode(_bytes(text), validate=True).decode()


def sha256(text: str) -> str:
    """The SHA-256 digest of the text's UTF-8 bytes, in hexadecimal."""
    import hashlib

    return hashlib.sha256(_bytes(text)).hexdigest()


def basename(path: str) -> str:
    """The last part of a path."""
    return posixpath.basename(_text(path))


def dirname(path: str) -> str:
    """A path without its last part."""
    return posixpath.dirname(_text(path))


def raw(value: Json) -> Json:
    """The value itself. In a shell ``cmd`` it is pasted as code; elsewhere values are never quoted anyway."""
    return value


#: Name of the filter in templates -> function.
FILTERS: Mapping[str, Callable[..., Json]] = {
    "tojson": to_json,
    "fromjson": from_json,
    "string": to_text,
    "join": join,
    "b64encode": to_base64,
    "b64decode": from_base64,
    "sha256": sha256,
    "basename": basename,
    "dirname": dirname,
    "raw": raw,
}


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("the value must be a text")
    return value


def _bytes(value: Json) -> bytes:
    return _text(value).encode()
