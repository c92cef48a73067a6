"""``/openapi.json`` (3.1), made from the route table and from the schemas that validate requests."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from gitflow import __version__
from gitflow.api.http.errors import MEANING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitflow.api.http.parameters import QueryParameter
    from gitflow.api.http.route import Route
    from gitflow.core.values import Json, JsonObject

_NAME = re.compile(r"\{(\w+)(\*?)\}")
_UUID: JsonObject = {"type": "string", "format": "uuid"}
_NAMED: JsonObject = {"type": "string", "minLength": 1}

#: The face without dialects; types for clients are generated from its document.
NATIVE = "native"

#: Media types that are no JSON: what an answer of them is to clients.
TEXTS: Mapping[str, JsonObject] = {
    "text/plain": {"type": "string"},
    "text/html": {"type": "string"},
    "text/event-stream": {"type": "string"},
    "application/x-ndjson": {"type": "string"},
    "application/octet-stream": {"type": "string", "format": "binary"},
}

#: The descriptions of path parameters.
SEGMENTS = {
    "ws": "A workspace's name.",
    "workspace": "A workspace's name.",
    "id": "An id (UUID).",
    "other": "The id of another job (UUID).",
    "name": "Name of the task, action, trigger, webhook or artifact.",
    "step": "A step's name.",
    "attempt": "The number of an attempt, from 1.",
    "digest": "SHA-256 of a file's content, in hex.",
    "type": "An event's type.",
    "session": "The id of a session.",
    "provider": "An identity provider's id.",
    "path": "A path that begins with `.workflows/`.",
    "account_id": "A workspace's name.",
    "workflow_name": "A task's name.",
    "instance_id": "The id that the caller gave the job, or the job's own id.",
    "version_id": "The id of a version (UUID).",
    "event_type": "An event's type.",
}


def describe(routes: Iterable[Route], schemas: Mapping[str, JsonObject]) -> JsonObject:
    paths: dict[str, JsonObject] = {}
    named: Counter[str] = Counter()
    for route in routes:
        if route.listed:
            path = _NAME.sub(r"{\1}", route.path)
            named[route.operation] += 1
            paths.setdefault(path, {})[route.method.lower()] = _operation(route, named[route.operation], schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gitflow",
            "version": __version__,
            "description": "Workflows that are committed in git: what is defined, what runs, and what ran.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": dict(schemas),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An access token or an API key."}
            },
        },
    }


def statuses(route: Route) -> list[int]:
    """Every status that a route may answer with."""
    found = {route.status, *route.also, 400, 403, 500}
    if route.needs != "public":
        found |= {401, 503}
    if route.starts_jobs:
        found.add(503)
    if route.method in ("POST", "PUT", "PATCH"):
        found |= {408, 413, 415}
    return sorted(found)


def _operation(route: Route, number: int, schemas: Mapping[str, JsonObject]) -> JsonObject:
    """``number`` counts the operations of the same handler, from 1."""
    made: JsonObject = {
        "summary": route.summary,
        "operationId": route.operation if number == 1 else f"{route.operation}.{number}",
        "tags": [route.noun],
        "parameters": [
            *map(_segment, _NAME.findall(route.path)),
            *map(_parameter, route.query),
            *map(_header, route.headers.items()),
        ],
        "responses": {str(status): _response(route, status) for status in statuses(route)},
        "x-needs": route.needs,
    }
    if route.needs != "public":
        made["security"] = [{"bearer": []}, {}]
    if route.body is not None:
        needs_body = bool(schemas[route.body].get("required"))
        made["requestBody"] = {"required": needs_body, "content": _content("application/json", route.body)}
    elif route.body_media:
        made["requestBody"] = {"required": True, "content": _content(route.body_media, None)}
    return made


def _segment(found: tuple[str, str]) -> JsonObject:
    name, _ = found
    schema = _UUID if name in ("id", "other") else _NAMED
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": SEGMENTS.get(name, "")}


def _parameter(parameter: QueryParameter) -> JsonObject:
    schema: Mapping[str, Json] = parameter.schema
    if parameter.many:
        schema = {"type": "array", "items": schema}
    elif parameter.default is not None:
        schema = {**schema, "default": parameter.default}
    return {"name": parameter.name, "in": "query", "description": parameter.description, "schema": schema}


def _header(found: tuple[str, str]) -> JsonObject:
    name, description = found
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def _response(route: Route, status: int) -> JsonObject:
    if status == 304:
        return {"description": "Not modified"}
    if status >= 400 and not (status == 503 and route.path == "/readyz"):
        return {"description": MEANING.get(status, "Refused"), "content": _content("application/json", route.error)}
    if status == 101:
        return {"description": "A WebSocket"}
    if status in (204, 302):
        return {"description": route.summary}
    content = _content(route.media, route.answer)
    for media, schema in route.others.items():
        content |= _content(media, schema or None)
    return {"description": route.summary, "content": content}


def _content(media: str, schema: str | None) -> JsonObject:
    media = media.partition(";")[0]
    return {media: {"schema": {"$ref": f"#/components/schemas/{schema}"} if schema else TEXTS.get(media, {})}}
