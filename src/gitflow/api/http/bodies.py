"""JSON bodies: within their limit, whole, and of the schema that their route names."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import jsonschema_rs

from gitflow.api.http.errors import HttpError, bad_request
from gitflow.core.strict_json import NotJson, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.web import BaseRequest

    from gitflow.api.http.route import Route
    from gitflow.config.settings import LimitsConfig
    from gitflow.core.values import Json, JsonObject

#: How long a body may take to arrive, in seconds.
BODY_S = 30.0


class Bodies:
    def __init__(self, schemas: Mapping[str, JsonObject], limits: LimitsConfig) -> None:
        self._schemas = schemas
        self._limits = limits
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    async def read(self, request: BaseRequest, route: Route) -> Json:
        """A missing body is an empty object. Raises HttpError."""
        data = await read_bytes(request, getattr(self._limits, route.limit))
        if not data.strip():
            value: Json = {}
        elif not _is_json(request.content_type):
            raise HttpError(415, f"the body must be JSON, and is said to be {request.content_type}")
        else:
            value = parsed(data)
        if route.body is not None:
            self._check(route.body, value)
        return value

    def _check(self, name: str, value: Json) -> None:
        wrong = [
            (".".join(map(str, error.instance_path)), _short(error.message))
            for error in self._validator(name).iter_errors(value)
        ]
        if wrong:
            listed = "; ".join(f"{field}: {message}" if field else message for field, message in wrong[:10])
            raise bad_request(f"the body is wrong: {listed}", wrong[:100])

    def _validator(self, name: str) -> jsonschema_rs.Draft202012Validator:
        found = self._validators.get(name)
        if found is None:
            schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": dict(self._schemas)}}
            found = self._validators[name] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        return found


async def read_bytes(request: BaseRequest, most: int) -> bytes:
    """Raises HttpError: 413 as soon as it is too much, 408 when it takes too long."""
    if request.content_length is not None and request.content_length > most:
        raise _too_large(most)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            while piece := await request.content.readany():
                size += len(piece)
                if size > most:
                    raise _too_large(most)
                pieces.append(piece)
    except TimeoutError:
        raise HttpError(
            408, f"the body did not arrive within {BODY_S:.0f} s", headers={"Connection": "close"}
        ) from None
    return b"".join(pieces)


def parsed(data: bytes) -> Json:
    """Raises HttpError for what is not JSON, or could not be written as JSON again."""
    try:
        return read_json(data.decode())
    except NotJson as error:
        raise bad_request(f"the body is not JSON: {error}") from None
    except UnicodeError:
        raise bad_request("the body is not UTF-8 text") from None


def _is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _too_large(most: int) -> HttpError:
    return HttpError(413, f"the body is larger than {most} bytes", headers={"Connection": "close"})


def _short(message: str) -> str:
    return message if len(message) <= 300 else message[:300] + "…"
