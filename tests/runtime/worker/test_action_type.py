"""A new type of action is one module, one schema and one line."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitflow.core.language import definition
from gitflow.core.language.definition import PROCESS, ActionType
from gitflow.definitions.source import schema_errors, schema_files, schemas

MODULE = """
from gitflow.runners.process_spec import process_of

def prepare(context):
    return process_of(context, ["printf", "%s", context.fields["text"]])
"""

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"type": {"const": "say"}, "text": {"type": "string"}},
    "required": ["type", "text"],
    "$defs": {"step": {"$ref": "#"}},
}


@pytest.fixture
def say(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``type: say``: the module, the schema, the line."""
    path = tmp_path / "say.py"
    path.write_text(MODULE)
    spec = importlib.util.spec_from_file_location("gitflow.actions.say", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "gitflow.actions.say", module)

    folder = shutil.copytree(root / "schemas", tmp_path / "schemas")
    (folder / "actions" / "say.json").write_text(json.dumps(SCHEMA))
    monkeypatch.setattr(schema_files, "_folder", lambda: str(folder))
    monkeypatch.setitem(definition.ACTION_TYPES, "say", ActionType("say", PROCESS))
    forget_schemas()
    yield
    forget_schemas()


def forget_schemas() -> None:
    for cached in (
        schema_files.schema_names,
        schema_files.schema_of,
        schema_files.schemas,
        schemas._validator,
        schema_errors._inline_keys,
    ):
        cached.cache_clear()


def test_a_step_of_a_new_type_runs(house, say) -> None:
    house.write("tasks: {t: {flow: {s: {type: say, text: 'hello {{ job.task }}'}}}}\n")
    job = house.run("t")
    assert job.status == "completed", job.steps["s"].error_message
    assert house.log(job.id) == "hello t"


def test_its_schema_is_asked(house, say) -> None:
    house.write("tasks: {t: {flow: {s: {type: say, text: 5}}}}\n")
    with pytest.raises(AssertionError, match="text"):
        house.run("t")
    house.write("tasks: {t: {flow: {s: {type: sya, text: a}}}}\n")
    with pytest.raises(AssertionError, match='did you mean "say"'):
        house.run("t")


def test_without_the_line_there_is_no_such_type(house, say, monkeypatch) -> None:
    monkeypatch.delitem(definition.ACTION_TYPES, "say")
    house.write("tasks: {t: {flow: {s: {type: say, text: a}}}}\n")
    with pytest.raises(AssertionError, match="say"):
        house.run("t")
