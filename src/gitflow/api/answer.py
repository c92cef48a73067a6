"""What a handler answers: bytes that are JSON already, or a value to be made into them."""

from __future__ import annotations

import json
import zlib

from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json

JSON = "application/json; charset=utf-8"

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@record
class Answer:
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {}
    etag: str | None = None  #: without its quotes; a caller who has this one already gets 304
    media: str = JSON


def encoded(value: Json) -> bytes:
    return _encode(value).encode()


def answer(
    value: Json, status: int = 200, *, etag: str | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """A JSON answer."""
    return Answer(encoded(value), status, headers or {}, etag)


def stamped(value: Json, status: int = 200) -> Answer:
    """A JSON answer with an ETag of its content."""
    body = encoded(value)
    return Answer(body, status, {}, f"{zlib.crc32(body):08x}-{len(body)}")
