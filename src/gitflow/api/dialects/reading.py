"""How requests of other APIs are read: leniently, as their clients write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.bodies import parsed, read_bytes
from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import query_texts
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from gitflow.api.http.request import Request
    from gitflow.core.values import Json, JsonObject


async def json_body(request: Request) -> Json:
    """Under any content type; a missing one is None. For routes with ``raw_body``. Raises HttpError."""
    data = await read_bytes(request.http_request, request.context.config.limits.body_bytes)
    return parsed(data) if data.strip() else None


async def object_body(request: Request) -> JsonObject:
    """A missing one is empty; fields that nobody knows are for the caller to ignore. Raises HttpError."""
    body = await json_body(request)
    if body is None:
        return {}
    if not is_object(body):
        raise bad_request("the body must be an object")
    return body


def query_of(request: Request) -> dict[str, str]:
    """The last value of each parameter, also empty ones."""
    return {name: values[-1] for name, values in query_texts(request.http_request).items()}
