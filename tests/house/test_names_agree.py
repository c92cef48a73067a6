"""What exists in code, in schemas and in the documentation is one list, not three."""

from __future__ import annotations

import importlib.util
import json

import pytest

from gitflow.core.language.definition import ACTION_TYPES


def files(folder):
    return {path.stem for path in folder.glob("*.json")}


def registry(name):
    """A wing's table of types; skips where the wing is not built yet."""
    if (
        importlib.util.find_spec(f"gitflow.{name.partition('.')[0]}") is None
        or importlib.util.find_spec(f"gitflow.{name}") is None
    ):
        pytest.skip(f"gitflow.{name} is not there yet")
    return importlib.import_module(f"gitflow.{name}")


@pytest.fixture(scope="module")
def workspace_schema(root):
    return json.loads((root / "schemas" / "workspace.json").read_text())


@pytest.fixture(scope="module")
def language_page(root):
    return (root / "docs" / "reference" / "language.md").read_text()


def test_every_action_type_has_a_schema(root, workspace_schema):
    assert files(root / "schemas" / "actions") == set(ACTION_TYPES)
    assert set(workspace_schema["$defs"]["action"]["properties"]["type"]["enum"]) == set(ACTION_TYPES)


def test_every_trigger_type_has_a_schema(root, workspace_schema):
    assert files(root / "schemas" / "triggers") == set(
        workspace_schema["$defs"]["trigger"]["properties"]["type"]["enum"]
    )


def test_what_runs_in_a_worker_is_registered():
    for known in ACTION_TYPES.values():
        assert known.suspends or callable(registry("actions.registry").find(known.name).prepare)


def test_every_trigger_type_is_registered(root):
    assert set(registry("triggers.registry").TRIGGERS) == files(root / "schemas" / "triggers")


def test_every_type_is_in_the_reference(root, language_page):
    for name in files(root / "schemas" / "actions") | files(root / "schemas" / "triggers"):
        assert f"### `{name}`" in language_page


def test_every_section_of_a_file_is_in_the_reference(workspace_schema, language_page):
    for section in workspace_schema["properties"]:
        assert f"| `{section}` |" in language_page


def test_every_example_is_listed_with_what_it_shows(root):
    listed = (root / "examples" / "README.md").read_text()
    folders = {path.name for path in (root / "examples").iterdir() if path.is_dir()}
    assert {name for name in folders if f"[{name}]({name}/)" not in listed} == set()
