"""``gitflow schema``: prints or writes the JSON Schemas of the language, for editors and other tools."""

from __future__ import annotations

import os
import sys

from gitflow.core.errors import NotFound
from gitflow.core.names import closest
from gitflow.definitions.source.one_file import one_file
from gitflow.definitions.source.schema_files import schema_names, schema_text


def print_schema(name: str | None, folder: str | None) -> int:
    """Prints one schema with all that it refers to, or the names of all. Raises NotFound."""
    if folder is not None:
        for path in write_all(folder):
            print(path, file=sys.stderr)
        return 0
    if name is None:
        sys.stdout.write("\n".join(schema_names()) + "\n")
        return 0
    if name not in schema_names():
        raise NotFound("schema", name, closest(name, schema_names()) or "gitflow schema lists them")
    sys.stdout.write(one_file(name))
    return 0


def write_all(folder: str) -> list[str]:
    """Writes all schemas and returns their paths. Raises OSError."""
    written: list[str] = []
    for name in schema_names():
        path = os.path.join(folder, f"{name}.json")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(schema_text(name))
        written.append(path)
    return written
