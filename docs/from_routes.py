"""The reference page of the HTTP API, from the table of routes and the schemas that answer requests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitflow.api.http.errors import STATUS_OF
from gitflow.api.http.openapi import describe
from gitflow.api.route_table import routes, schemas

HEAD = """\
# HTTP API

Every path, parameter and answer that a server has, in the order of its table of routes. The same is served as
`/openapi.json`, and to read at `/docs`. `/openapi.json?face=native` leaves the dialects out: to generate types from.

## Conventions

- JSON in and out. A missing body means `{}`. A refusal is `{"error", "code"}`, with `details` (`field`, `message`)
  where fields are wrong, and `problems` where definitions are; its code never changes.
- A query parameter that a path under `/api` does not list is refused (400), with the nearest one that it does.
- Lists are bare arrays, newest first where they grow: `limit` (1 to 500) and `offset`, or the `cursor` in the
  `Link: rel="next"` of the page before, which stays fast however long the list.
- Times are RFC 3339 in UTC with `Z`; `next_runs` carry their offset. Ids are UUIDs.
- Definitions and ended jobs have an `ETag`; `If-None-Match` answers 304.
- `Idempotency-Key` on what creates a job: the same request with the same key, within a day, is the same job; another
  request with it is refused.
- `X-Request-ID` is taken in and given back, and stands in the server's log.
- 403: the `Host` is none that the server goes by (its address, `public_url`, or a name of this machine), or the request
  comes from a page of another site.

"""


def page() -> str:
    description = describe(routes(), schemas())
    lines = [HEAD, *_codes(), *_operations(description["paths"]), *_schemas(description["components"]["schemas"])]
    return "\n".join(lines)


def _codes() -> Iterator[str]:
    yield "| code | status |"
    yield "|---|---|"
    yield from (f"| `{code}` | {status} |" for code, status in STATUS_OF.items())
    yield ""


def _operations(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    noun = ""
    for path, methods in paths.items():
        for method, operation in methods.items():
            if operation["tags"][0] != noun:
                noun = operation["tags"][0]
                yield f"## {noun.replace('_', ' ').capitalize()}\n"
            yield from _operation(path, method.upper(), operation)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {operation['summary']}\n"
    yield f"```\n{method} {path}\n```\n"
    yield f"Needs: {operation['x-needs']}.{_body(operation)} {_good(operation)}\n"
    if parameters := [one for one in operation["parameters"] if one["in"] != "path"]:
        yield "| parameter | default | what it means |"
        yield "|---|---|---|"
        yield from (_row(one) for one in parameters)
        yield ""
    refused = ", ".join(status for status in operation["responses"] if int(status) >= 400)
    yield f"Refused with {refused}.\n"


def _row(parameter: Mapping[str, Any]) -> str:
    default = parameter["schema"].get("default")
    shown = "—" if default is None else f"`{json.dumps(default)}`"
    options = parameter["schema"].get("items", parameter["schema"]).get("enum")
    choices = f" One of {', '.join(f'`{each}`' for each in options)}." if options else ""
    return f"| `{parameter['name']}` | {shown} | {parameter['description']}{choices} |"


def _body(operation: Mapping[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    names = [_link(_name(one["schema"])) if "$ref" in one["schema"] else f"`{media}`" for media, one in content.items()]
    return f" Body: {names[0]}." if names else ""


def _good(operation: Mapping[str, Any]) -> str:
    answers = []
    for status, response in operation["responses"].items():
        if int(status) < 400:
            shown = [
                _link(_name(one["schema"])) if "$ref" in one.get("schema", {}) else f"`{media}`"
                for media, one in response.get("content", {}).items()
            ]
            answers.append(f"{status} {' or '.join(shown)}".strip())
    return f"Answers {', '.join(answers)}."


def _schemas(schemas: Mapping[str, Any]) -> Iterator[str]:
    yield "## Schemas\n"
    for name, schema in schemas.items():
        yield f"### {name}\n"
        if description := schema.get("description"):
            yield f"{description}\n"
        if properties := schema.get("properties"):
            yield "| field | type | |"
            yield "|---|---|---|"
            yield from _fields(properties, schema.get("required", ()))
            yield ""
            yield from _alternatives(schema.get("oneOf", ()))
        else:
            yield f"{_type(schema)}\n"


def _alternatives(schemas: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What some fields of an object may be together: a row each."""
    for number, schema in enumerate(schemas):
        properties = schema["properties"]
        if not number:
            yield f"| {' | '.join(f'`{name}`' for name in properties)} | |"
            yield "|---" * len(properties) + "|---|"
        yield f"| {' | '.join(map(_shape, properties.values()))} | {schema['description']} |"
    yield ""


def _shape(schema: Mapping[str, Any]) -> str:
    if "properties" not in schema:
        return _type(schema)
    needed = schema.get("required", ())
    shown = (f"`{name}`{'' if name in needed else '?'}: {_type(field)}" for name, field in schema["properties"].items())
    return "; ".join([*shown, *(["or null"] if "null" in schema["type"] else [])])


def _fields(properties: Mapping[str, Any], needed: Iterable[str]) -> Iterator[str]:
    for name, schema in properties.items():
        description = schema.get("description", "")
        yield f"| `{name}`{'' if name in needed else '?'} | {_type(schema)} | {description} |"


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _link(_name(schema))
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
    kinds = schema.get("type", "anything")
    if kinds == "array" and schema.get("items"):
        return f"list of {_type(schema['items'])}"
    if kinds == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    shown = " or ".join(kinds) if isinstance(kinds, list) else kinds
    return f"{shown} ({schema['format']})" if "format" in schema else shown


def _name(schema: Mapping[str, Any]) -> str:
    return schema["$ref"].rpartition("/")[2]


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
