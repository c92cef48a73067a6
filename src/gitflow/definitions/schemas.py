"""The language as JSON Schema, and what its errors mean in words.

The schemas pick the form of an action, step or trigger by its ``type`` themselves (if/then), so an error
is always about the form that was meant. Every error knows the URI of its keyword, which leads back to
the schema it stands in: that is where near misses and the words for a pattern come from.
"""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING, Any

from gitflow.core.names import closest
from gitflow.core.problems import Place, Problem
from gitflow.definitions.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.definitions.reader import Document

    Path = tuple[str | int, ...]
    Finding = tuple[Path, Problem]

_BASE = "gitflow:///"
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: Inside the installed package; in a checkout, at its top.
_FOLDERS = (os.path.join(_HERE, "schemas"), os.path.join(_HERE, "..", "..", "schemas"))

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
#: What other systems call a key of ours.
_CALLED = {
    "needs": "depends_on",
    "dependencies": "depends_on",
    "run": "cmd",
    "command": "cmd",
    "if": "when",
    "steps": "flow",
    "jobs": "tasks",
    "workflows": "tasks",
    "environment": "env",
    "schedule": "cron",
    "with": "input",
    "args": "input",
    "inputs": "input",
    "outputs": "output",
    "foreach": "for_each",
    "with_items": "for_each",
    "uses": "action",
    "retries": "retry",
    "working_directory": "workdir",
    "parallelism": "max_parallel",
}
_YAML_1_1 = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


@functools.cache
def schema_names() -> tuple[str, ...]:
    """``workspace``, ``server-config``, ``actions/shell``, …"""
    folder = _folder()
    found = (
        os.path.relpath(os.path.join(at, file), folder)[: -len(".json")]
        for at, _, files in os.walk(folder)
        for file in files
        if file.endswith(".json")
    )
    return tuple(sorted(found))


def schema_text(name: str) -> str:
    """The text of one schema file. Raises NotFound for a name that is not in ``schema_names()``."""
    if name not in schema_names():
        from gitflow.core.errors import NotFound

        raise NotFound("schema", name, closest(name, schema_names()))
    with open(os.path.join(_folder(), name + ".json"), encoding="utf-8") as file:
        return file.read()


def problems_of(document: Document, schema: str = "workspace") -> list[Problem]:
    """What the schema has against the document. An empty document is fine."""
    return [problem for _, problem in findings(document, schema)]


def findings(document: Document, schema: str = "workspace") -> list[Finding]:
    """The same, each with the path of the value it is about."""
    if document.value is None:
        return []
    validator = _validator(schema)
    if validator.is_valid(document.value):
        return []
    return _Translator(document, list(validator.iter_errors(document.value))).findings()


@functools.cache
def _folder() -> str:
    return next((folder for folder in _FOLDERS if os.path.isdir(folder)), _FOLDERS[0])


@functools.cache
def _schemas() -> Mapping[str, Any]:
    return {_BASE + name + ".json": json.loads(schema_text(name)) for name in schema_names()}


@functools.cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    registry = jsonschema_rs.Registry(list(_schemas().items()), draft=jsonschema_rs.Draft202012)
    return jsonschema_rs.Draft202012Validator({"$ref": f"{_BASE}{name}.json"}, registry=registry)


def _around(location: str) -> dict[str, Any]:
    """The schema that holds the keyword at this URI."""
    file, _, pointer = location.partition("#")
    found: Any = _schemas().get(file, {})
    for part in pointer.split("/")[1:-1]:
        name = part.replace("~1", "/").replace("~0", "~").replace("%24", "$")
        found = found.get(name, {}) if hasattr(found, "get") else found[int(name)]
    return found


class _Translator:
    """Turns the validator's errors about one document into Problems."""

    def __init__(self, document: Document, errors: list[Any]) -> None:
        self.document = document
        self.errors = errors
        self.meant: set[tuple[Path, str]] = set()  # (mapping, key) that a misspelt key stands for

    def findings(self) -> list[Finding]:
        # unknown keys first: what they were meant to be is then not missing
        self.errors.sort(key=lambda error: error.kind.name != "additionalProperties")
        seen = {(tuple(error.instance_path), error.kind.name) for error in self.errors}
        told = (error for error in self.errors if not _said_better(error, seen))
        return list(dict.fromkeys(finding for error in told for finding in self.translate(error)))

    def translate(self, error: Any) -> Iterator[Finding]:
        path = tuple(error.instance_path)
        schema = _around(error.absolute_keyword_location or "")
        about = (*path, str(error.kind.value.instance)) if error.kind.name == "propertyNames" else path
        for problem in _WORDS.get(error.kind.name, _Translator.other)(self, path, schema, error):
            yield about, problem

    def at(self, path: Path, key: bool = False) -> Place:
        return place_of(self.document, path, key)

    def value(self, path: Path) -> Any:
        found = self.document.value
        for part in path:
            found = found[part]
        return found

    def unknown_keys(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        known = [str(key) for key in schema.get("properties", {})]
        mapping = self.value(path)
        for key in error.kind.unexpected:
            if _lacks_type(schema, mapping) and key in _inline_keys():
                continue  # said once, by missing_key
            near = _near(key, known, mapping)
            if near:
                self.meant.add((path, near.split('"')[1]))
            if key == "action" and "type" in mapping:
                message, near = "a step has either `action` or `type`, not both", "keep one of them"
                yield Problem.at(self.at((*path, key), key=True), "exclusive-keys", message, near)
                continue
            hint = near or _elsewhere(key, mapping) or f"known here: {', '.join(known)}"
            yield Problem.at(
                self.at((*path, key), key=True), "unknown-key", f'unknown key "{_short(key)}" in {_subject(path)}', hint
            )

    def missing_key(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        key = str(error.kind.property)
        if (path, key) in self.meant:
            return
        where = self.at(path, key=True)
        mapping = self.value(path)
        if _lacks_type(schema, mapping):
            message = f"{_subject(path)} needs `action` (a name) or `type` (an inline action)"
            yield Problem.at(where, "missing-key", message, _type_hint(mapping))
            return
        why = ""
        if "dependentRequired" in (error.absolute_keyword_location or ""):
            given = [name for name, needs in schema.get("dependentRequired", {}).items() if key in needs]
            why = f' beside "{given[0]}"' if given else ""
        hint = _type_hint(mapping) if key == "type" else ""
        yield Problem.at(where, "missing-key", f'{_subject(path)} needs the key "{key}"{why}', hint)

    def wrong_type(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        wanted = error.kind.types
        value = self.value(path)
        message = f"{_subject(path)} must be {_or([_TYPES[name] for name in _natural(wanted)])}, not {_what(value)}"
        yield Problem.at(self.at(path), "wrong-type", message, _meant(value, wanted))

    def option(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        options = [str(option) for option in schema.get("enum", [schema.get("const")])]
        value = self.value(path)
        hint = closest(value, options) if isinstance(value, str) else ""
        if (error.absolute_keyword_location or "").endswith("/then/enum"):
            options.append("a list")  # the branch for text, of a value that may be a list too
        message = f"{_subject(path)} must be {_or(options)}, not {_what(value)}"
        yield Problem.at(self.at(path), "not-an-option", message, hint)

    def pattern(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        says = schema.get("patternErrorMessage", "")
        yield Problem.at(self.at(path), "bad-format", f"{_subject(path)} cannot be {_what(self.value(path))}", says)

    def name(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        inner = error.kind.value
        name = str(inner.instance)
        says = _name_pattern(schema).get("patternErrorMessage", "")
        yield Problem.at(self.at((*path, name), key=True), "bad-name", f'"{_short(name)}" cannot be a name here', says)

    def one_of(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        keys = [branch["required"][0] for branch in schema.get("oneOf", []) if "required" in branch]
        if not keys:
            yield from self.other(path, schema, error)
            return
        mapping = self.value(path)
        if not isinstance(mapping, dict) or any((path, key) in self.meant for key in keys):
            return
        given = [key for key in keys if key in mapping]
        names = _or([f"`{key}`" for key in keys])
        found = "none is given" if not given else _and([f"`{key}`" for key in given]) + " are given"
        message = f"{_subject(path)} needs exactly one of {names}; {found}"
        yield Problem.at(self.at(path, key=True), "exactly-one", message)

    def never_both(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        keys = schema.get("not", {}).get("required")
        if not keys:
            yield from self.other(path, schema, error)
            return
        message = f"{_subject(path)} takes only one of {_or([f'`{key}`' for key in keys])}"
        yield Problem.at(self.at((*path, keys[-1]), key=True), "exclusive-keys", message, "keep one of them")

    def too_few(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        yield Problem.at(self.at(path), "empty", f"{_subject(path)} must not be empty")

    def limit(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        bounds = {"minimum": "at least", "maximum": "at most", "maxItems": "at most", "maxLength": "at most"}
        name = error.kind.name
        value = self.value(path)
        given = f"not {value}" if isinstance(value, (int, float)) else f"but has {len(value)}"
        unit = {"maxItems": " items", "maxLength": " characters"}.get(name, "")
        message = f"{_subject(path)} must be {bounds[name]} {schema.get(name)}{unit}, {given}"
        yield Problem.at(self.at(path), "out-of-range", message)

    def repeated(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        items = self.value(path)
        index = next(i for i, item in enumerate(items) if item in items[:i])
        message = f"{_subject(path)} has {_what(items[index])} twice"
        yield Problem.at(self.at((*path, index)), "repeated-item", message)

    def other(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        message = f"{_subject(path)} cannot be {_what(self.value(path))}"
        hint = schema.get("patternErrorMessage") or schema.get("description", "")
        yield Problem.at(self.at(path), "bad-value", message, hint)


_WORDS: Mapping[str, Any] = {
    "additionalProperties": _Translator.unknown_keys,
    "required": _Translator.missing_key,
    "dependentRequired": _Translator.missing_key,
    "type": _Translator.wrong_type,
    "enum": _Translator.option,
    "const": _Translator.option,
    "pattern": _Translator.pattern,
    "propertyNames": _Translator.name,
    "oneOf": _Translator.one_of,
    "not": _Translator.never_both,
    "uniqueItems": _Translator.repeated,
    "minItems": _Translator.too_few,
    "minLength": _Translator.too_few,
    "minProperties": _Translator.too_few,
    "minimum": _Translator.limit,
    "maximum": _Translator.limit,
    "maxItems": _Translator.limit,
    "maxLength": _Translator.limit,
}


def _near(key: str, known: list[str], mapping: Any) -> str:
    """The key that was most likely meant, as a hint."""
    same = _CALLED.get(key.lower().replace("-", "_"), "")
    if same in known and same not in mapping:
        return f'did you mean "{same}"?'
    return closest(key, [name for name in known if name not in mapping]) or closest(key, known)


def _said_better(error: Any, seen: set[tuple[Path, str]]) -> bool:
    """Whether another error about the same value says more: its options, or which one of its keys is needed."""
    path, name = tuple(error.instance_path), error.kind.name
    if name == "type":
        return (path, "enum") in seen
    depends = name == "required" and "/dependentRequired" in (error.absolute_keyword_location or "")
    return depends and (path, "oneOf") in seen


def _lacks_type(schema: Any, mapping: Any) -> bool:
    """Whether this is a step that says neither which action nor what kind of one."""
    is_step = "depends_on" in schema.get("properties", {})
    return is_step and isinstance(mapping, dict) and "action" not in mapping and "type" not in mapping


@functools.cache
def _inline_keys() -> Mapping[str, tuple[str, ...]]:
    """Every key of an inline action that no step has by itself, with the types that know it."""
    schemas = _schemas()
    step = schemas[_BASE + "workspace.json"]["$defs"]["namedStep"]["properties"]
    found: dict[str, tuple[str, ...]] = {}
    for name in schema_names():
        if name.startswith("actions/"):
            for key in schemas[f"{_BASE}{name}.json"]["properties"]:
                if key not in step:
                    found[key] = (*found.get(key, ()), name.removeprefix("actions/"))
    return found


def _type_hint(mapping: Any) -> str:
    """Which type a mapping without one most likely is, by a key that only one type knows."""
    for key in mapping:
        kinds = _inline_keys().get(key, ())
        if 0 < len(kinds) <= 2:
            return f'"{key}" belongs to `type: {kinds[-1] if key == "cmd" else kinds[0]}`'
    return ""


def _elsewhere(key: str, mapping: Any) -> str:
    """For a key that other types have: which."""
    kinds = _inline_keys().get(key, ())
    if not kinds or ("action" not in mapping and mapping.get("type") in (None, *kinds)):
        return ""
    if "action" in mapping:
        return f'"{key}" belongs to an action: put it there, or write the action inline with `type`'
    return f'"{key}" belongs to {_or([f"`type: {kind}`" for kind in kinds])}'


def _name_pattern(schema: Any) -> Any:
    """The schema of a mapping's names; it stands beside the mapping or in the workspace's schema."""
    names = schema.get("propertyNames", {})
    _, _, reference = names.get("$ref", "").partition("#/$defs/")
    return _schemas()[_BASE + "workspace.json"]["$defs"][reference] if reference else names


def _subject(path: Path) -> str:
    """What a path is called: its last key, with the index after it."""
    if not path:
        return "the file"
    name = ""
    for part in reversed(path):
        name = f"[{part}]{name}" if isinstance(part, int) else f"{part}{name}"
        if isinstance(part, str):
            break
    return f'"{_short(name)}"'


def _natural(types: list[str]) -> list[str]:
    """The types in the order people would name them, without an integer beside a number."""
    return [name for name in _TYPES if name in types and not (name == "integer" and "number" in types)]


def _what(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{_short(value)}"'
    if hasattr(value, "keys"):
        return "a mapping"
    return "a list" if hasattr(value, "append") else str(value)


def _meant(value: Any, wanted: list[str]) -> str:
    """A hint for a value of the wrong type."""
    if value is None:
        return "write its value, or leave the key away"
    if wanted == ["array"]:
        return f"write a list: [{value}]" if isinstance(value, str) and len(value) < 40 else "write a list"
    if not isinstance(value, str):
        return "put it in quotes" if wanted == ["string"] and isinstance(value, (int, float)) else ""
    if "boolean" in wanted and value.lower() in _YAML_1_1:
        return f"`{value}` is text in YAML 1.2; write `{_YAML_1_1[value.lower()]}`"
    if "boolean" in wanted and value.lower() in ("true", "false"):
        return f"leave the quotes away: `{value.lower()}`"
    if {"integer", "number"} & set(wanted):
        return _number_meant(value)
    return ""


def _number_meant(value: str) -> str:
    plain = value.replace("_", "")
    for base, prefix in ((8, "0o"), (2, "0b")):
        if plain.lower().startswith(prefix) and plain[2:].isdigit() and len(plain) < 20:
            try:
                return f"`{value}` is text in YAML 1.2; write `{int(plain[2:], base)}`"
            except ValueError:
                return ""
    try:
        float(plain)
    except ValueError:
        return ""
    return f"`{value}` is text in YAML 1.2; write `{plain}`" if plain != value else "leave the quotes away"


def _or(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
