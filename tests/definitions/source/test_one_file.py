"""A schema in one file says of every document what the schemas in many files say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from gitflow.definitions.source.locations import escape_keys
from gitflow.definitions.source.one_file import one_file
from gitflow.definitions.source.reader import read
from gitflow.definitions.source.schema_files import BASE, schema_names, schemas

ROOT = Path(__file__).resolve().parent.parent.parent.parent
REGISTRY = jsonschema_rs.Registry(list(schemas().items()), draft=jsonschema_rs.Draft202012)
DOCUMENTS = {
    "workspace": [*ROOT.glob("tests/definitions/cases/*.yaml"), *ROOT.glob("examples/*/.workflows/*.yaml")],
    "server-config": [ROOT / "server-config.yaml"],
    "test": [*ROOT.glob("examples/*/.workflows/*.test.yaml")],
}


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


@pytest.mark.parametrize("name", schema_names())
def test_every_reference_stays_in_the_file_and_leads_somewhere(name: str):
    text = one_file(name)
    whole = json.loads(text)
    for reference in references(whole):
        assert reference.startswith("#"), reference
        found = whole
        for part in reference.split("/")[1:]:
            found = found[part]
    assert max(map(len, text.splitlines())) < 30_000


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_has_the_same_errors_by_one_file_as_by_all(name: str):
    one = jsonschema_rs.Draft202012Validator(json.loads(one_file(name)))
    all_ = jsonschema_rs.Draft202012Validator({"$ref": f"{BASE}{name}.json"}, registry=REGISTRY)
    wrong = 0
    for path in DOCUMENTS[name]:
        value = escape_keys(read(path.name, path.read_bytes()).value)
        errors = [{(tuple(e.instance_path), e.kind.name) for e in each.iter_errors(value)} for each in (one, all_)]
        assert errors[0] == errors[1], path
        wrong += bool(errors[0])
    assert wrong > 20 or name != "workspace"
