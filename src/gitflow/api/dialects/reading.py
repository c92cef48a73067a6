"""Reads requests of dialects leniently, as their clients write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.bodies import parse_json, read_bytes
from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import query_texts
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from gitflow.api.http.request import Request
    from gitflow.core.values import Json, JsonObject


async def json_body(request: Request) -> Json:
    """The JSON body under any content type; None without a body. For routes with ``raw_body``. Raises HttpError."""
    data = await read_bytes(request.http_request, request.context.config.limits.body_bytes)
    return parse_json(data) if data.strip() else None


async def object_body(request: Request) -> JsonObject:
    """The JSON body as an object, empty without a body. Callers ignore unknown fields. Raises HttpError."""
    body = await json_body(request)
    if body is None:
        return {}
    if not is_object(body):
        raise bad_request("the body must be an object")
    return body


def query_of(request: Request) -> dict[str, str]:
    """The last value of each query parameter, also empty values."""
    return {name: values[-1] for name, values in query_texts(request.http_request).items()}
