"""Parses the body of a request by its content type, or by its content if the type is missing or too general."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from gitflow.core.errors import InvalidInput
from gitflow.core.strict_json import NotJson, read_json

if TYPE_CHECKING:
    from gitflow.core.values import Json, JsonObject

FORM = "application/x-www-form-urlencoded"

#: How many fields a form may have.
MAX_FIELDS = 1000

#: Text in other encodings is treated as bytes.
CHARSETS = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "cp1252", "utf-16"}
)


def read_body(content_type: str, body: bytes) -> Json:
    """JSON as a value, a form as a flat map, text as text, anything else as ``{base64, content_type}``; empty: None.

    Raises InvalidInput if the content type is JSON or a form and the body is not.
    """
    media, charset = _media(content_type)
    if not body:
        return None
    if media.endswith(("/json", "+json")):
        return _json(body)
    text = _text(body, charset)
    if media == FORM:
        return _form(text)
    if text is not None and (media.startswith("text/") or media.endswith(("/xml", "+xml", "/yaml"))):
        return text
    if text is not None and not media:
        return _json_or(text)
    return {"base64": base64.b64encode(body).decode(), "content_type": media or None}


def _media(content_type: str) -> tuple[str, str]:
    media, _, parameters = content_type.partition(";")
    charset = "utf-8"
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"') or charset
    return media.strip().lower(), charset


def _text(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset) if charset.lower() in CHARSETS else None
    except UnicodeError:
        return None


def _json(body: bytes) -> Json:
    try:
        return read_json(body.decode())
    except NotJson as error:
        raise InvalidInput(f"the body is not JSON, and its content type says it is: {error}") from None
    except UnicodeError:
        raise InvalidInput("the body is not UTF-8 text, and its content type says it is JSON") from None


def _form(text: str | None) -> Json:
    """A form. JSON that was sent with the content type of a form (as ``curl -d`` does) is read as JSON."""
    if text is None:
        raise InvalidInput("the body is not a form, and its content type says it is")
    if text.lstrip()[:1] in ("{", "["):
        read = _json_or(text)
        if read is not text:
            return read
    try:
        return flat(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise InvalidInput(f"a form has {MAX_FIELDS} fields at most") from None


def _json_or(text: str) -> Json:
    try:
        return read_json(text)
    except NotJson:
        return text


def flat(pairs: list[tuple[str, str]]) -> JsonObject:
    """The last value of each name."""
    return dict(pairs)
