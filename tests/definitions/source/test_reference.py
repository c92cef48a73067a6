"""jsonschema-rs, which checks definitions, agrees with jsonschema, the reference implementation in Python.

Over every schema, every example and default in them, every file of the examples and every case of a wrong definition:
both find the same values wrong, by the same keywords.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from referencing import Registry, Resource

from gitflow.definitions.source.locations import escape_keys, unescape
from gitflow.definitions.source.reader import read
from gitflow.definitions.source.schema_files import schema_names, schema_text

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SCHEMAS: dict[str, Any] = {name: json.loads(schema_text(name)) for name in schema_names()}
URIS = {f"https://schemas.invalid/{name}.json": schema for name, schema in SCHEMAS.items()}
OURS = jsonschema_rs.Registry(list(URIS.items()), draft=jsonschema_rs.Draft202012)
THEIRS = Registry().with_resources((uri, Resource.from_contents(schema)) for uri, schema in URIS.items())

CASES = sorted((ROOT / "tests/definitions/cases").glob("*.yaml"))
EXAMPLES = sorted([*ROOT.glob("examples/*/.workflows/*.yaml"), *ROOT.glob("workspaces/*/.workflows/*.yaml")])
EXAMPLES.append(ROOT / "server-config.yaml")


def compared(name: str, value: Any, pointer: str = "") -> tuple[set[tuple[Any, str]], set[tuple[Any, str]]]:
    """The path of each wrong value and the keyword that says so, by ours and by theirs."""
    schema = {"$ref": f"https://schemas.invalid/{name}.json#{pointer.replace('^', '%5E')}"}
    ours = jsonschema_rs.Draft202012Validator(schema, registry=OURS)
    theirs = jsonschema.Draft202012Validator(schema, registry=THEIRS)
    return (
        {
            (tuple(map(unescape, error.instance_path)), _of_ours(error))
            for error in ours.iter_errors(escape_keys(value))
        },
        {(tuple(error.absolute_path), _of_theirs(error)) for error in theirs.iter_errors(value)},
    )


def _of_ours(error: Any) -> str:
    """The keyword; a key that another needs is said to be missing by the keyword of that."""
    is_dependent = "dependentRequired" in (error.absolute_keyword_location or "")
    return "dependentRequired" if is_dependent else error.kind.name


def _of_theirs(error: Any) -> str:
    """The keyword; what is wrong with a name is said by the keyword that is about names."""
    return "propertyNames" if "propertyNames" in error.absolute_schema_path else str(error.validator)


def values_in(schema: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every example and default of the schema, with the pointer of the part that it is of."""
    if isinstance(schema, list):
        for at, inner in enumerate(schema):
            yield from values_in(inner, f"{pointer}/{at}")
    elif isinstance(schema, dict):
        yield from ((pointer, value) for value in _given(schema))
        for key, inner in schema.items():
            if key not in ("examples", "default", "enum", "const"):
                yield from values_in(inner, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")


def _given(schema: dict[str, Any]) -> Iterator[Any]:
    if isinstance(schema.get("examples"), list):
        yield from schema["examples"]
    if "default" in schema and not isinstance(schema["default"], dict):
        yield schema["default"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_to_both(name: str):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    jsonschema_rs.meta.validate(SCHEMAS[name])


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_example_and_default_is_valid_to_both(name: str):
    given = list(values_in(SCHEMAS[name]))
    assert given or name in ("check", "plan")  # nobody types one
    for pointer, value in given:
        assert compared(name, value, pointer) == (set(), set()), f"{pointer}: {value!r}"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_an_example_is_valid_to_both(path: Path):
    document = read(path.name, path.read_bytes())
    schema = path.stem if path.stem in ("server-config", "policy") else "workspace"
    schema = "test" if path.name.endswith(".test.yaml") else schema
    assert compared(schema, document.value) == (set(), set())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_both_find_the_same_wrong_with_a_case(path: Path):
    document = read(path.name, path.read_bytes())
    ours, theirs = compared("workspace", document.value)
    assert ours == theirs
