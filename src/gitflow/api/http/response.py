"""The response of a handler, and the functions that encode JSON."""

from __future__ import annotations

import json
import zlib
from math import isfinite
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json

JSON = "application/json; charset=utf-8"

_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class Response(Record):
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {}
    etag: str | None = None  #: without quotes; a client that sends it in If-None-Match gets 304
    media: str = JSON


def encode(value: Json) -> bytes:
    """Compact JSON; NaN and infinity become null."""
    try:
        return _to_json(value).encode()
    except ValueError:
        return _to_json(_without_nan(value)).encode()


def _without_nan(value: Json) -> Json:
    """Replaces NaN and infinity, which JSON cannot express, by null. Older versions have stored such values."""
    if is_object(value):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if is_list(value):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def respond(
    value: Json, status: int = 200, *, etag: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON response."""
    return Response(encode(value), status, headers or {}, etag)


def respond_with_etag(value: Json, status: int = 200) -> Response:
    """A JSON response with an ETag made from its content."""
    body = encode(value)
    return Response(body, status, {}, f"{zlib.crc32(body):08x}-{len(body)}")
