"""A schema with every other schema that it refers to, as one file: for an editor, and for a repository."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any

from gitflow.core.values import is_list, is_object
from gitflow.definitions.source.schema_files import schema_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.values import Json, JsonObject


def one_file(name: str) -> str:
    """The text of the file, a line for each definition, so that a new version changes few lines. Raises NotFound."""
    whole: dict[str, Any] = json.loads(schema_text(name))
    found: dict[str, Any] = {name: whole}
    left = [name]
    while left:
        file = left.pop()
        for other in sorted(set(_files_of(found[file], file)) - found.keys()):
            found[other] = json.loads(schema_text(other))
            left.append(other)
    placed: dict[str, Any] = {other: _moved(schema, other, name) for other, schema in found.items()}
    for other, schema in placed.items():
        if other != name:
            schema.pop("$schema", None)
            placed[name].setdefault("$defs", {})[_key(other)] = schema
    return _lines(placed[name])


def _files_of(node: Json, file: str) -> Iterator[str]:
    """The schemas that a node of ``file`` refers to."""
    if is_object(node):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield _target(value, file)[0]
            else:
                yield from _files_of(value, file)
    elif is_list(node):
        for value in node:
            yield from _files_of(value, file)


def _moved(node: Json, file: str, root: str) -> Json:
    """The node with every reference as it is in the one file."""
    if is_object(node):
        return {key: _reference(key, value, file, root) for key, value in node.items()}
    return [_moved(value, file, root) for value in node] if is_list(node) else node


def _reference(key: str, value: Json, file: str, root: str) -> Json:
    if key != "$ref" or not isinstance(value, str):
        return _moved(value, file, root)
    target, pointer = _target(value, file)
    return f"#{pointer}" if target == root else f"#/$defs/{_key(target)}{pointer}"


def _target(reference: str, file: str) -> tuple[str, str]:
    """The name of the schema, and the pointer into it."""
    path, _, pointer = reference.partition("#")
    if not path:
        return file, pointer
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), path)).removesuffix(".json"), pointer


def _key(name: str) -> str:
    return name.replace("/", ".")


def _lines(schema: JsonObject) -> str:
    lines = [_member(key, value) for key, value in schema.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _member(key: str, value: Json) -> str:
    if key == "$defs" and is_object(value):
        return '"$defs":{\n' + ",\n".join(_member(name, each) for name, each in value.items()) + "\n}"
    return f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
