"""Validates documents with the schemas of the language.

The schemas choose the form of an action, step or trigger by its ``type`` (if/then), so an error
is always about the intended form. schema_errors.py translates the errors.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from gitflow.definitions.source.locations import escape_keys, unescape
from gitflow.definitions.source.schema_files import BASE, used_by

if TYPE_CHECKING:
    from gitflow.core.problems import Problem
    from gitflow.core.values import Json
    from gitflow.definitions.source.reader import Document

    Path = tuple[str | int, ...]
    Finding = tuple[Path, Problem]


def problems_of(document: Document, schema: str = "workspace") -> list[Problem]:
    """The problems of the document. An empty document has none."""
    return [problem for _, problem in findings(document, schema)]


def findings(document: Document, schema: str = "workspace") -> list[Finding]:
    """The problems, each with the path of its value."""
    if document.value is None:
        return []
    validator = _validator(schema)
    if validator.is_valid(document.value):
        return []
    from gitflow.definitions.source.schema_errors import translate_errors  # few files have errors

    return translate_errors(document, list(validator.iter_errors(escape_keys(document.value))))


def faults_of(value: Json, schema: str = "workspace") -> list[Path]:
    """The path of each value that breaks the schema; of a key that is not known, or whose name is wrong, its own."""
    return [path for error in _validator(schema).iter_errors(escape_keys(value)) for path in _paths_of(error)]


def _paths_of(error: Any) -> list[Path]:
    path: Path = tuple(map(unescape, error.instance_path))
    match error.kind.name:
        case "additionalProperties":
            return [(*path, unescape(key)) for key in error.kind.unexpected]
        case "propertyNames":
            return [(*path, unescape(error.kind.value.instance))]
        case _:
            return [path]


@functools.cache
def _validator(name: str) -> Any:
    registry = jsonschema_rs.Registry(list(used_by(name).items()), draft=jsonschema_rs.Draft202012)
    return jsonschema_rs.Draft202012Validator({"$ref": f"{BASE}{name}.json"}, registry=registry)
