"""Checks documents with the schemas of the language.

The schemas pick the form of an action, step or trigger by its ``type`` themselves (if/then), so an error
is always about the form that was meant. schema_errors.py puts the errors into words.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from gitflow.definitions.source.locations import escape_keys
from gitflow.definitions.source.schema_errors import translate_errors
from gitflow.definitions.source.schema_files import BASE, schemas

if TYPE_CHECKING:
    from gitflow.core.problems import Problem
    from gitflow.definitions.source.reader import Document

    Path = tuple[str | int, ...]
    Finding = tuple[Path, Problem]


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
    return translate_errors(document, list(validator.iter_errors(escape_keys(document.value))))


@functools.cache
def _validator(name: str) -> Any:
    registry = jsonschema_rs.Registry(list(schemas().items()), draft=jsonschema_rs.Draft202012)
    return jsonschema_rs.Draft202012Validator({"$ref": f"{BASE}{name}.json"}, registry=registry)
