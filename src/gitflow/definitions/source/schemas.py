"""The language as JSON Schema: finding the schemas, and checking documents with them.

The schemas pick the form of an action, step or trigger by its ``type`` themselves (if/then), so an error
is always about the form that was meant. ``complaints`` puts the errors into words.
"""

from __future__ import annotations

import functools
import json
import os
import re
from typing import TYPE_CHECKING, Any

import gitflow
from gitflow.core.language.definition import ACTION_TYPES
from gitflow.core.names import closest
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.problems import Problem
    from gitflow.definitions.source.reader import Document

    Path = tuple[str | int, ...]
    Finding = tuple[Path, Problem]

_BASE = "gitflow:///"
_PACKAGE = os.path.dirname(gitflow.__file__)
#: Inside the installed package; in a checkout, at its top.
_FOLDERS = (os.path.join(_PACKAGE, "schemas"), os.path.join(_PACKAGE, "..", "..", "schemas"))

_LOST = re.compile(r"\+?[0-9]*")
_SUFFIX = "-._-"


@functools.cache
def schema_names() -> tuple[str, ...]:
    """``workspace``, ``server-config``, ``actions/shell``, …"""
    folder = _folder()
    found = (
        os.path.relpath(os.path.join(at, file), folder)[: -len(".json")]
        for at, _, files in os.walk(folder)
        for file in files
        if file.endswith(".json")
    )
    return tuple(sorted(found))


def schema_text(name: str) -> str:
    """The text of one schema file. Raises NotFound for a name that is not in ``schema_names()``."""
    if name not in schema_names():
        from gitflow.core.errors import NotFound

        raise NotFound("schema", name, closest(name, schema_names()))
    with open(os.path.join(_folder(), name + ".json"), encoding="utf-8") as file:
        return file.read()


def problems_of(document: Document, schema: str = "workspace") -> list[Problem]:
    """What the schema has against the document. An empty document is fine."""
    return [problem for _, problem in findings(document, schema)]


def findings(document: Document, schema: str = "workspace") -> list[Finding]:
    """The same, each with the path of the value it is about."""
    if document.value is None:
        return []
    validator = _validator(schema)
    if validator.is_valid(document.value):
        return []
    from gitflow.definitions.source.schema_errors import complaints  # nothing is wrong with most documents

    return complaints(document, list(validator.iter_errors(_escaped(document.value))))


def _escaped(value: Any) -> Any:
    """The value with a suffix on the keys that the validator's paths would lose: it leaves out the empty key
    and takes digits for an index. A name is as good or bad with the suffix as without it."""
    if is_object(value):
        return {key + _SUFFIX if _LOST.fullmatch(key) else key: _escaped(inner) for key, inner in value.items()}
    return [_escaped(item) for item in value] if is_list(value) else value


def unescaped(part: Any) -> Any:
    """A part of an error's path as the author wrote it."""
    return part.removesuffix(_SUFFIX) if isinstance(part, str) else part


@functools.cache
def _folder() -> str:
    return next((folder for folder in _FOLDERS if os.path.isdir(folder)), _FOLDERS[0])


@functools.cache
def _schemas() -> Mapping[str, Any]:
    read = {name: json.loads(schema_text(name)) for name in schema_names()}
    read["workspace"] = with_action_types(read["workspace"])
    return {f"{_BASE}{name}.json": schema for name, schema in read.items()}


def with_action_types(workspace: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a workspace with a branch for each type of action: ``make docs`` writes the file so."""
    defined = workspace["$defs"]
    action, step = defined["action"], defined["step"]
    filled = {
        "action": {**_with_types(action), "allOf": _branches("actions/{}.json")},
        "step": {**_with_types(step), "then": {"allOf": _branches("actions/{}.json#/$defs/step")}},
    }
    return {**workspace, "$defs": {**defined, **filled}}


def _with_types(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = schema["properties"]
    return {**schema, "properties": {**properties, "type": {**properties["type"], "enum": list(ACTION_TYPES)}}}


def _branches(target: str) -> list[Any]:
    """``if`` the type is this one, ``then`` its own schema, for each type."""
    is_type = {name: {"type": "object", "properties": {"type": {"const": name}}} for name in ACTION_TYPES}
    return [
        {"if": {**condition, "required": ["type"]}, "then": {"$ref": target.format(name)}}
        for name, condition in is_type.items()
    ]


@functools.cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    registry = jsonschema_rs.Registry(list(_schemas().items()), draft=jsonschema_rs.Draft202012)
    return jsonschema_rs.Draft202012Validator({"$ref": f"{_BASE}{name}.json"}, registry=registry)


def schema_of(name: str) -> Any:
    """One schema file, read."""
    return _schemas()[f"{_BASE}{name}.json"]


def around(location: str) -> dict[str, Any]:
    """The schema that holds the keyword at this URI."""
    file, _, pointer = location.partition("#")
    found: Any = _schemas().get(file, {})
    for part in pointer.split("/")[1:-1]:
        name = part.replace("~1", "/").replace("~0", "~").replace("%24", "$")
        found = found.get(name, {}) if hasattr(found, "get") else found[int(name)]
    return found
