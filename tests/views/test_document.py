"""The OpenAPI document is a promise to clients: it stays what the stored copy says.

A change that is meant is stored by ``python tests/views/test_document.py``; its diff shows what clients will see.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gitflow.api.dialects.base import Dialects
from gitflow.api.http.openapi import describe
from gitflow.api.route_table import routes, schemas

STORED = Path(__file__).with_name("openapi.json")
NATIVE = Path(__file__).with_name("openapi-native.json")


def normalised(part: Any) -> Any:
    """The same for documents of the same meaning: neither the order of keys nor that of ``required`` counts."""
    if isinstance(part, dict):
        return {key: sorted(part[key]) if _is_required(key, part) else normalised(part[key]) for key in sorted(part)}
    return [normalised(each) for each in part] if isinstance(part, list | tuple) else part


def _is_required(key: str, part: dict[str, Any]) -> bool:
    return key == "required" and isinstance(part[key], list)


def document(dialects: Dialects | None = None) -> dict[str, Any]:
    """By part: ``GET /path``, the name of a schema, or what else the document has at its top."""
    made = normalised(describe(routes(dialects), schemas(dialects)))
    made["info"]["version"] = "any"
    operations = {
        f"{method.upper()} {path}": found
        for path, methods in made.pop("paths").items()
        for method, found in methods.items()
    }
    return {**operations, **made["components"].pop("schemas"), **made}


def test_the_document_is_the_stored_one():
    stored, made = json.loads(STORED.read_text()), document()
    assert list(made) == list(stored)
    for name, part in stored.items():
        assert made[name] == part, name


def native() -> list[str]:
    """The parts of ``/openapi.json?face=native``, from which the pages have their types."""
    return list(document(Dialects(())))


def test_the_native_face_has_the_stored_parts_as_the_whole_document_has_them():
    assert native() == json.loads(NATIVE.read_text())
    stored = json.loads(STORED.read_text())
    for name, part in document(Dialects(())).items():
        assert part == stored[name], name


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(part, ensure_ascii=False)}" for name, part in document().items()]
    STORED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    NATIVE.write_text(json.dumps(native(), indent=0) + "\n")
