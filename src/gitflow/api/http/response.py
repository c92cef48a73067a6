"""What a handler answers: bytes that are JSON already, or a value to be made into them."""

from __future__ import annotations

import json
import zlib
from math import isfinite
from typing import TYPE_CHECKING

from gitflow.core.record import record
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json

JSON = "application/json; charset=utf-8"

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


@record
class Response:
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {}
    etag: str | None = None  #: without its quotes; a caller who has this one already gets 304
    media: str = JSON


def encoded(value: Json) -> bytes:
    try:
        return _encode(value).encode()
    except ValueError:
        return _encode(_readable(value)).encode()


def _readable(value: Json) -> Json:
    """What no JSON can say is null. Nothing takes it any more; what an older version stored may hold it."""
    if is_object(value):
        return {key: _readable(inner) for key, inner in value.items()}
    if is_list(value):
        return [_readable(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def respond(
    value: Json, status: int = 200, *, etag: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer."""
    return Response(encoded(value), status, headers or {}, etag)


def stamped(value: Json, status: int = 200) -> Response:
    """A JSON answer with an ETag of its content."""
    body = encoded(value)
    return Response(body, status, {}, f"{zlib.crc32(body):08x}-{len(body)}")
