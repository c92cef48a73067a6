"""A validator reads a schema and what it refers to, and no other."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from gitflow.definitions.source.schema_files import BASE, schema_names, schema_text, schemas, used_by


@pytest.mark.parametrize("name", schema_names())
def test_a_schema_can_be_used_with_what_it_refers_to_alone(name):
    used = used_by(name)
    registry = jsonschema_rs.Registry(list(used.items()), draft=jsonschema_rs.Draft202012)
    jsonschema_rs.Draft202012Validator({"$ref": f"{BASE}{name}.json"}, registry=registry)  # raises for an unknown one
    assert all(schemas()[uri] == schema for uri, schema in used.items())


def test_a_workspace_uses_the_schemas_of_all_actions_and_triggers():
    parts = {name for name in schema_names() if name.startswith(("actions/", "triggers/"))}
    assert set(used_by("workspace")) == {f"{BASE}{name}.json" for name in (*parts, "workspace")}


def test_the_configuration_of_a_server_uses_no_other_schema():
    assert used_by("server-config") == {f"{BASE}server-config.json": json.loads(schema_text("server-config"))}
