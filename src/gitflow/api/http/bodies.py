"""Reads JSON bodies: checks their size, that they arrive in time, and the schema of their route."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import jsonschema_rs

from gitflow.api.http.errors import HttpError, bad_request
from gitflow.core.durations import seconds
from gitflow.core.strict_json import NotJson, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp.web import BaseRequest

    from gitflow.api.http.route import Route
    from gitflow.config.settings import LimitsConfig
    from gitflow.core.values import Json, JsonObject

#: How long a body may take to arrive, in seconds.
BODY_S = 30.0


def seconds_in(body: JsonObject, name: str) -> float | None:
    """The duration in a field of a body; None if it is left out. Raises HttpError."""
    given = body.get(name)
    if given is None:
        return None
    try:
        return seconds(given)
    except ValueError:
        raise bad_request(f"{name}: {given!r} is not a duration", [(name, "is not a duration")]) from None


class Bodies:
    def __init__(self, schemas: Callable[[], Mapping[str, JsonObject]], limits: LimitsConfig) -> None:
        """``schemas``: name -> schema of all bodies; called with the first body that has one."""
        self._schemas = schemas
        self._limits = limits
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    async def read(self, request: BaseRequest, route: Route) -> Json:
        """The JSON body; an empty object without a body. Raises HttpError."""
        data = await read_bytes(request, getattr(self._limits, route.limit))
        if not data.strip():
            value: Json = {}
        elif not _is_json(request.content_type):
            raise HttpError(415, f"the body must be JSON, but its content type is {request.content_type}")
        else:
            value = parse_json(data)
        if route.body is not None:
            self._check(route.body, value)
        return value

    def _check(self, name: str, value: Json) -> None:
        errors = [
            (".".join(map(str, error.instance_path)), _shorten(error.message))
            for error in self._validator(name).iter_errors(value)
        ]
        if errors:
            listed = "; ".join(f"{field}: {message}" if field else message for field, message in errors[:10])
            raise bad_request(f"invalid body: {listed}", errors[:100])

    def _validator(self, name: str) -> jsonschema_rs.Draft202012Validator:
        found = self._validators.get(name)
        if found is None:
            schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": dict(self._schemas())}}
            found = self._validators[name] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        return found


async def read_bytes(request: BaseRequest, limit: int) -> bytes:
    """The body. Raises HttpError: 413 once it exceeds ``limit`` bytes, 408 if it does not arrive in time."""
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            while piece := await request.content.readany():
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)
                pieces.append(piece)
    except TimeoutError:
        raise HttpError(
            408, f"the body did not arrive within {BODY_S:.0f} s", headers={"Connection": "close"}
        ) from None
    return b"".join(pieces)


def parse_json(data: bytes) -> Json:
    """The value of a JSON text. Raises HttpError if it is not strict JSON."""
    try:
        return read_json(data.decode())
    except NotJson as error:
        raise bad_request(f"the body is not JSON: {error}") from None
    except UnicodeError:
        raise bad_request("the body is not UTF-8 text") from None


def _is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _too_large(limit: int) -> HttpError:
    return HttpError(413, f"the body is larger than {limit} bytes", headers={"Connection": "close"})


def _shorten(message: str) -> str:
    return message if len(message) <= 300 else message[:300] + "…"
