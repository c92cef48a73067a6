"""Reference pages read off the JSON Schemas: a table of keys for everything an author can write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"

#: The definitions that get a chapter of their own, in the order one meets them.
CHAPTERS = (
    "task",
    "namedStep",
    "need",
    "field",
    "retry",
    "concurrency",
    "hook",
    "connectionType",
    "connection",
    "secret",
)

#: The same of the schema of test files.
TEST_CHAPTERS = ("test", "mock", "event", "approval", "expect", "expectedStep", "log")

#: How a reference to a shared definition is named in a column of types.
NAMES = {
    "name": "name",
    "stepName": "name of a step",
    "title": "text",
    "description": "text",
    "identifier": "name",
    "duration": "[duration](#durations)",
    "field": "[field](#field)",
    "fields": "map of [fields](#field)",
    "retry": "[retry](#retry)",
    "env": "map of texts",
    "values": "map of values",
    "hook": "[hook](#hook)",
    "hooks": "list of [hooks](#hook)",
    "need": "[dependency](#dependency)",
    "action": "[action](#actions)",
    "step": "[step](#step)",
    "task": "[task](#task)",
    "trigger": "[trigger](#triggers)",
    "concurrency": "[concurrency](#concurrency)",
    "connectionType": "[connection type](#connection-type)",
    "connection": "[connection](#connection)",
    "match": "[match](#match)",
    "actions": "[actions](#actions)",
    "exception": "[exception](#exception)",
    "glob": "[glob](#glob)",
    "secret": "[secret](#secret)",
    "test": "[test](#test)",
    "mock": "[mock](#mock)",
    "event": "[event](#event)",
    "approval": "[approval](#approval)",
    "expect": "[expectations](#expectations)",
    "expectedStep": "[expected step](#expected-step)",
    "log": "[expected line](#expected-line)",
    "key": "name of a step",
}

#: The words for the types of JSON.
WORDS = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}

Schema = dict[str, Any]


class Pages:
    """The schemas of a folder, with their references followed."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))
        }

    def file(self, name: str) -> Schema:
        return self._files[name]

    def in_folder(self, folder: str) -> Iterator[tuple[str, Schema]]:
        for name, schema in self._files.items():
            if name.startswith(folder + "/"):
                yield name.removeprefix(folder + "/").removesuffix(".json"), schema

    def definition(self, reference: str, inside: Schema) -> Schema:
        """What ``file.json#/$defs/name`` (or, within one file, ``#/$defs/name``) names."""
        file, _, pointer = reference.partition("#")
        found: Schema = self._files[Path(file).name] if file else inside
        for part in pointer.strip("/").split("/"):
            found = found[part] if part else found
        return found

    def whole(self, schema: Schema, inside: Schema) -> Schema:
        """The schema with what it refers to filled in; what stands beside a reference wins."""
        if "$ref" not in schema:
            return schema
        return {**self.whole(self.definition(schema["$ref"], inside), inside), **schema}

    def kind(self, schema: Schema, inside: Schema) -> str:
        """A few words for what values it takes."""
        name = schema.get("$ref", "").rpartition("/")[2]
        if name in NAMES:
            return NAMES[name]
        schema = self.whole(schema, inside)
        if "enum" in schema:
            return ", ".join(f"`{value if isinstance(value, str) else json.dumps(value)}`" for value in schema["enum"])
        if "const" in schema:
            return f"`{json.dumps(schema['const'])}`" if schema["const"] is True else f"`{schema['const']}`"
        for word in ("oneOf", "anyOf"):
            if word in schema and "type" not in schema:
                return " or ".join(dict.fromkeys(self.kind(choice, inside) for choice in schema[word]))
        types = schema.get("type", [])
        words = [self._word(one, schema, inside) for one in ([types] if isinstance(types, str) else types)]
        return " or ".join(dict.fromkeys(word for word in words if not _is_shadowed(word, words))) or "any value"

    def _word(self, type: str, schema: Schema, inside: Schema) -> str:
        if type == "array":
            return f"list of {self.kind(schema['items'], inside)}" if "items" in schema else "list"
        if type == "object":
            values = schema.get("additionalProperties")
            return f"map of {self.kind(values, inside)}" if isinstance(values, dict) and values else "map"
        return WORDS.get(type, type)


def _is_shadowed(word: str, words: list[str]) -> bool:
    """``number or whole number`` says the same as ``number``."""
    return word == WORDS["integer"] and WORDS["number"] in words


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _default(schema: Schema, required: bool) -> str:
    if required:
        return "*required*"
    return f"`{json.dumps(schema['default'])}`" if "default" in schema else ""


def _table(pages: Pages, schema: Schema, inside: Schema, hidden: Iterable[str] = ()) -> Iterator[str]:
    yield "| key | takes | default | what it means |"
    yield "|---|---|---|---|"
    for key, field in schema.get("properties", {}).items():
        if key in hidden:
            continue
        whole = pages.whole(field, inside)
        cells = (
            f"`{key}`",
            _cell(pages.kind(field, inside)),
            _default(whole, key in schema.get("required", ())),
            _cell(whole.get("description", "")),
        )
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _example(schema: Schema) -> Iterator[str]:
    for example in schema.get("examples", [])[:1]:
        text = yaml.safe_dump(example, sort_keys=False, allow_unicode=True, width=110)
        yield from ("```yaml", text.rstrip().removesuffix("\n..."), "```", "")


def _chapter(
    pages: Pages, title: str, level: str, schema: Schema, inside: Schema, hidden: Iterable[str] = ()
) -> list[str]:
    lines = [f"{level} {title}", "", schema.get("description", ""), ""]
    if set(schema.get("properties", {})) - set(hidden):
        lines += _table(pages, schema, inside, hidden)
    return lines + list(_example(schema))


def with_action_types(text: str) -> str:
    """The schema of a workspace, with the types of action that there are."""
    from gitflow.definitions.source.schema_files import with_action_types as filled

    return json.dumps(filled(json.loads(text)), indent=2, ensure_ascii=False) + "\n"


def language() -> str:
    """The page about definitions."""
    pages = Pages(SCHEMAS)
    workspace = pages.file("workspace.json")
    duration = workspace["$defs"]["duration"]
    lines = [
        "# The definition language",
        "",
        "Definitions are the `*.yaml` and `*.yml` files under a workspace's `.workflows` folder, at any depth.",
        "Unknown keys are refused; keys that begin with `x-` are yours. The same schemas check the files in an",
        "editor: see [Editor set-up](../how-to/editor.md).",
        "",
        *_chapter(pages, "Sections of a file", "##", workspace, workspace),
    ]
    for name in CHAPTERS:
        schema = workspace["$defs"][name]
        lines += _chapter(pages, schema["title"], "##", schema, workspace)
    lines += ["## Durations", "", duration["description"], ""]
    for title, folder in (("Actions", "actions"), ("Triggers", "triggers")):
        lines += [f"## {title}", ""]
        for name, schema in pages.in_folder(folder):
            lines += _chapter(pages, f"`{name}`", "###", schema, workspace, hidden=("type",))
    return "\n".join(lines)


#: The definitions of a policy that get a chapter of their own.
OF_POLICY = ("rule", "match", "actions", "exception", "glob")


def policy() -> str:
    """The page about policy.yaml."""
    pages = Pages(SCHEMAS)
    schema = pages.file("policy.json")
    lines = ["# policy.yaml", "", schema["description"], "", *_example(schema)]
    for name in OF_POLICY:
        part = schema["$defs"][name]
        lines += _chapter(pages, part["title"], "##", part, schema)
    return "\n".join(lines).replace("](#duration", "](language.md#duration")


def _branches(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """``if type is x, then …``: the words of the condition, and what holds then."""
    for branch in schema.get("allOf", ()):
        for key, wanted in branch.get("if", {}).get("properties", {}).items():
            if "const" in wanted and "then" in branch:
                yield f"{key}: {wanted['const']}", branch["then"]


def _levels(pages: Pages, schema: Schema, inside: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """A setting's own table, then those of the settings below it."""
    schema = pages.whole(schema, inside)
    if "properties" in schema:
        yield path, schema
    for words, branch in _branches(schema):
        yield from _levels(pages, branch, inside, f"{path} ({words})")
    for key, field in schema.get("properties", {}).items():
        yield from _levels(pages, field, inside, f"{path}.{key}".strip("."))
    for name, key in (("<name>", "additionalProperties"), ("<number>", "items")):
        if isinstance(schema.get(key), dict):
            yield from _levels(pages, schema[key], inside, f"{path}.{name}")


def server_config() -> str:
    """The page about server-config.yaml."""
    pages = Pages(SCHEMAS)
    schema = pages.file("server-config.json")
    lines = ["# server-config.yaml", "", schema["description"], ""]
    for path, part in _levels(pages, schema, schema, ""):
        lines += [f"## `{path}`", "", part.get("description", ""), ""] if path else []
        lines += _table(pages, part, schema)
    return "\n".join(lines).replace("](#", "](language.md#")


def test_files() -> str:
    """The page about ``*.test.yaml`` files."""
    pages = Pages(SCHEMAS)
    schema = pages.file("test.json")
    lines = [
        "# Test files",
        "",
        schema["description"],
        "[How to test workflows](../how-to/testing-workflows.md) says how they are used.",
        "",
        *_chapter(pages, "Sections of a file", "##", schema, schema),
    ]
    for name in TEST_CHAPTERS:
        lines += _chapter(pages, schema["$defs"][name]["title"], "##", schema["$defs"][name], schema)
    return "\n".join(lines).replace("](#durations)", "](language.md#durations)")
