"""The schema files of the language: their location, texts and contents."""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING, Any

import gitflow
from gitflow.core.errors import NotFound
from gitflow.core.language.definition import ACTION_TYPES
from gitflow.core.names import closest
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json

#: The URI of a schema is this, its name and ``.json``.
BASE = "gitflow:///"
_PACKAGE = os.path.dirname(gitflow.__file__)
#: The folder of the schemas: inside the installed package, or at the top of a checkout.
_FOLDERS = (os.path.join(_PACKAGE, "schemas"), os.path.join(_PACKAGE, "..", "..", "schemas"))


@functools.cache
def schema_names() -> tuple[str, ...]:
    """The names of all schemas: ``workspace``, ``server-config``, ``actions/shell``, …"""
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
        raise NotFound("schema", name, closest(name, schema_names()))
    with open(os.path.join(_folder(), name + ".json"), encoding="utf-8") as file:
        return file.read()


@functools.cache
def schemas() -> Mapping[str, Any]:
    """Every schema by its URI."""
    return {f"{BASE}{name}.json": schema_of(name) for name in schema_names()}


def used_by(name: str) -> Mapping[str, Any]:
    """A schema, and all that it refers to, by their URIs: the others need not be read to validate with it."""
    found: dict[str, Any] = {}
    left = [name]
    while left:
        name = left.pop()
        uri = f"{BASE}{name}.json"
        if uri not in found:
            found[uri] = schema_of(name)
            folder = os.path.dirname(name)
            left += [os.path.normpath(os.path.join(folder, file)) for file in _files_in(found[uri])]
    return found


def _files_in(schema: Any) -> set[str]:
    """The other schemas that ``$ref`` names, without ``.json``, as seen from the schema's own folder."""
    found = set[str]()
    left: list[Json] = [schema]
    while left:
        part = left.pop()
        if is_object(part):
            target = part.get("$ref")
            if isinstance(target, str) and not target.startswith("#"):
                found.add(target.partition("#")[0].removesuffix(".json"))
            left += part.values()
        elif is_list(part):
            left += part
    return found


def with_action_types(workspace: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a workspace with a branch for each type of action, as ``make docs`` writes it."""
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
    """For each type, a branch: ``if`` the type is this one, ``then`` its own schema."""
    is_type = {name: {"type": "object", "properties": {"type": {"const": name}}} for name in ACTION_TYPES}
    return [
        {"if": {**condition, "required": ["type"]}, "then": {"$ref": target.format(name)}}
        for name, condition in is_type.items()
    ]


@functools.cache
def schema_of(name: str) -> Any:
    """The content of one schema file; that of a workspace with a branch for each type of action."""
    read = json.loads(schema_text(name))
    return with_action_types(read) if name == "workspace" else read


def around(location: str) -> dict[str, Any]:
    """The schema that contains the keyword at this URI."""
    file, _, pointer = location.partition("#")
    found: Any = schemas().get(file, {})
    for part in pointer.split("/")[1:-1]:
        name = part.replace("~1", "/").replace("~0", "~").replace("%24", "$")
        found = found.get(name, {}) if hasattr(found, "get") else found[int(name)]
    return found


@functools.cache
def _folder() -> str:
    return next((folder for folder in _FOLDERS if os.path.isdir(folder)), _FOLDERS[0])
