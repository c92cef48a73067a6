"""The schemas are valid, complete for an editor, and agree with the code that reads what they let through."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core import names
from gitflow.core.durations import parse_duration
from gitflow.core.errors import NotFound
from gitflow.core.language.definition import ACTION_TYPES
from gitflow.definitions.parser import ACTION_KEYS, STEP_KEYS
from gitflow.definitions.source.reader import read
from gitflow.definitions.source.schema_files import schema_names, schema_text
from gitflow.definitions.source.schemas import problems_of

#: Of what gitflow writes, and nobody types in an editor.
WRITTEN = {"check", "plan"}
SCHEMAS: dict[str, Any] = {name: json.loads(schema_text(name)) for name in schema_names() if name not in WRITTEN}
BASE = "test:///"
REGISTRY = jsonschema_rs.Registry(
    [(f"{BASE}{name}.json", schema) for name, schema in SCHEMAS.items()], draft=jsonschema_rs.Draft202012
)
DEFS = SCHEMAS["workspace"]["$defs"]


def parts(schema: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every subschema with its JSON pointer."""
    if isinstance(schema, dict):
        yield pointer, schema
        for word in ("properties", "patternProperties", "$defs"):
            for name, inner in schema.get(word, {}).items():
                yield from parts(inner, f"{pointer}/{word}/{name}")
        for word in ("items", "additionalProperties", "then", "else", "if"):
            yield from parts(schema.get(word), f"{pointer}/{word}")
        for index, inner in enumerate(schema.get("allOf", ())):
            yield from parts(inner, f"{pointer}/allOf/{index}")


ALL = [(name, pointer, part) for name in SCHEMAS for pointer, part in parts(SCHEMAS[name])]
PROPERTIES = [
    (f"{name}#{pointer}/{key}", field)
    for name, pointer, part in ALL
    if not re.search(r"/(if|then|else)$", pointer)
    for key, field in part.get("properties", {}).items()
]


def validator(name: str, pointer: str = "") -> jsonschema_rs.Draft202012Validator:
    pointer = pointer.replace("^", "%5E")
    return jsonschema_rs.Draft202012Validator({"$ref": f"{BASE}{name}.json#{pointer}"}, registry=REGISTRY)


def resolved(file: str, part: Any) -> Any:
    """The part with what its reference says below what it says itself."""
    if "$ref" not in part:
        return part
    target, _, pointer = part["$ref"].partition("#")
    name = target.removeprefix("../").removesuffix(".json") or file
    found = SCHEMAS[name]
    for step in pointer.split("/")[1:]:
        found = found[step]
    return resolved(name, found) | part


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_of_draft_2020_12(name: str):
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(SCHEMAS[name])
    validator(name)


def test_every_key_tells_an_editor_what_it_is():
    for where, field in PROPERTIES:
        told = resolved(where.partition("#")[0], field)
        assert told.get("title"), where
        assert told.get("description"), where
        assert told.get("examples"), f"{where}: an example says more than a description"


def test_every_example_and_default_is_valid():
    for name, pointer, part in ALL:
        for value in (*part.get("examples", ()), *([part["default"]] if "default" in part else [])):
            errors = [error.message for error in validator(name, pointer).iter_errors(value)]
            assert errors == [], f"{name}#{pointer}: {value!r}"


def test_unknown_keys_are_refused_and_free_ones_are_not():
    for name, pointer, part in ALL:
        if "properties" in part and part.get("additionalProperties") is False:
            assert "^x-" in part["patternProperties"], f"{name}#{pointer}"
        elif "properties" in part:
            dispatches = "allOf" in part or "then" in part
            assert dispatches or pointer.endswith("/if") or pointer == "/$defs/connection", f"{name}#{pointer}"


def test_there_is_a_schema_for_each_type():
    actions = {name.removeprefix("actions/") for name in SCHEMAS if name.startswith("actions/")}
    triggers = {name.removeprefix("triggers/") for name in SCHEMAS if name.startswith("triggers/")}
    assert actions == set(ACTION_TYPES) == set(DEFS["action"]["properties"]["type"]["enum"])
    assert triggers == set(DEFS["trigger"]["properties"]["type"]["enum"])
    for definition, kinds in (("action", actions), ("trigger", triggers)):
        assert {branch["if"]["properties"]["type"]["const"] for branch in DEFS[definition]["allOf"]} == kinds


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name.startswith("actions/")])
def test_an_inline_step_has_the_keys_of_a_step_and_of_its_action(name: str):
    schema = SCHEMAS[name]
    action, step = schema["properties"], schema["$defs"]["step"]["properties"]
    assert set(step) == set(action) | set(DEFS["namedStep"]["properties"]) - {"action"}
    assert set(action) >= ACTION_KEYS
    assert schema["$defs"]["step"]["required"] == schema["required"]
    assert schema["$defs"]["step"].get("oneOf") == schema.get("oneOf")


def test_the_parser_knows_the_keys_of_a_step():
    assert set(DEFS["namedStep"]["properties"]) == STEP_KEYS


@given(st.text(alphabet="aZ0_.- é\n", max_size=4) | st.text(max_size=3) | st.sampled_from(["a" * 100, "a" * 101]))
def test_names_agree_with_the_core(name: str):
    assert validator("workspace", "/$defs/name").is_valid(name) == names.is_definition_name(name)
    fits = len(name) <= names.MAX_NAME_LENGTH and re.fullmatch(names.STEP_NAME, name) is not None
    assert validator("workspace", "/$defs/stepName").is_valid(name) == fits
    assert validator("workspace", "/$defs/identifier").is_valid(name) == bool(re.fullmatch(names.SECRET_NAME, name))


@given(st.text(alphabet="0159dhms ", max_size=7) | st.integers(-5, 10**9) | st.none() | st.booleans())
def test_a_duration_that_passes_can_be_parsed(written: object):
    if validator("workspace", "/$defs/duration").is_valid(written):
        assert parse_duration(written) >= 0


def test_the_text_of_an_unknown_schema_is_not_found():
    assert schema_text("actions/shell").startswith("{")
    with pytest.raises(NotFound, match="workspace"):
        schema_text("workspaces")


def config(text: str) -> list[tuple[str, int]]:
    return [(problem.rule, problem.line) for problem in problems_of(read("c.yaml", text.encode()), "server-config")]


def test_a_server_configuration_is_checked_with_its_lines():
    assert config("listen: 127.0.0.1:8080\nworkspaces:\n  default: {type: folder, path: w}\n") == []
    assert config("listen: 8080\nlisten_on: x\nworkspaces:\n  a: {type: git}\n  'b c': {type: folder, path: w}\n") == [
        ("unknown-key", 2),
        ("wrong-type", 1),
        ("missing-key", 4),
        ("bad-name", 5),
    ]


def scalars(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of the scalars of the server configuration, as far as properties lead."""
    _, _, shared = schema.get("$ref", "").rpartition("#/$defs/")
    schema = SCHEMAS["server-config"]["$defs"][shared] if shared else schema
    for key, value in schema.get("properties", {}).items():
        yield from scalars(value, (*path, key))
    if schema.get("type") not in ("object", "array"):
        yield path


@pytest.mark.parametrize("path", [*scalars(SCHEMAS["server-config"])], ids=".".join)
def test_a_variable_may_stand_for_a_scalar_of_the_server_configuration(path: tuple[str, ...]):
    tree: Any = "${NAME}"
    for key in reversed(path):
        tree = {key: tree}
    rules = [rule for rule, _ in config(json.dumps(tree))]
    assert set(rules) <= {"missing-key", "exactly-one"}  # what else the section needs


def test_a_variable_may_stand_for_a_scalar_in_lists_and_maps_of_the_server_configuration():
    settings = "url: u, poll_interval_secs: '${N}', triggers: '${T}', auth: {type: '${A}'}"
    assert config(f"workspaces: {{a: {{type: git, {settings}}}}}") == []
    assert config("permissions: [{action: '${A}'}]\ndialects: ['${D}']") == []


@pytest.mark.parametrize("value", ["'4'", "'${}'", "'${1A}'", "'${A}x'", "$A", "many", "'x${A}'", '"${A}\\n"'])
def test_other_text_does_not_stand_for_a_number(value: str):
    assert config(f"worker: {{slots: {value}}}") == [("bad-format", 1)]


def test_options_are_named_where_a_variable_may_stand_too():
    [problem] = problems_of(read("c.yaml", b"db: {synchronous: ful}"), "server-config")
    assert problem.rule == "not-an-option"
    assert "full or normal" in problem.message
    assert "full" in problem.hint
    assert config("worker: {slots: -1}") == [("out-of-range", 1)]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("yes", "`true`"),
        ("Off", "`false`"),
        ('"true"', "remove the quotes"),
        ("1_000", "write true or false"),
        ("maybe", "write true or false"),
    ],
)
def test_a_boolean_of_yaml_1_1_is_explained(value: str, hint: str):
    document = read("a.yaml", f"triggers: {{a: {{type: push, task: t, enabled: {value}}}}}".encode())
    [problem] = problems_of(document)
    assert problem.rule == "wrong-type"
    assert hint in problem.hint
    assert bool(hint) == bool(problem.hint)


@pytest.mark.parametrize(
    ("value", "hint"), [("1_0", "`10`"), ("0o7", "`7`"), ("0b1", "`1`"), ('"3"', "quotes"), ("x", "")]
)
def test_a_number_of_yaml_1_1_is_explained(value: str, hint: str):
    text = f"tasks: {{t: {{flow: {{a: {{action: b}}}}, priority: {value}}}}}"
    [problem] = problems_of(read("a.yaml", text.encode()))
    assert hint in problem.hint
