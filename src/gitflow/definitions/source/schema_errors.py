"""Translates the schema validator's errors to Problems: where, what, and what would be right.

Every error has the URI of its keyword. It leads to the schema, which has the known keys and the message of a
pattern. There is one method for each keyword, in the table at the end.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, cast

from gitflow.core.problems import Place, Problem
from gitflow.definitions.source.foreign import CALLED, elsewhere, kind_of
from gitflow.definitions.source.locations import place_of, unescape
from gitflow.definitions.source.messages import (
    EXAMPLES,
    TYPES,
    and_,
    hint_for,
    natural,
    near_key,
    near_option,
    or_,
    short,
    subject,
    what,
)
from gitflow.definitions.source.schema_files import around, schema_names, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.definitions.source.reader import Document

    Path = tuple[str | int, ...]
    Finding = tuple[Path, Problem]


#: Key that is missing -> what to write.
_MISSING = {
    "flow": "write its steps: `flow: {build: {type: shell, cmd: make}}`",
    "cron": 'write when it fires: `cron: "0 2 * * *"`',
    "task": "write the name of a task: `task: NAME`",
    "type": "write its `type`",
}
#: Key that is empty -> what to write.
_EMPTY = {"flow": "write its steps: `flow: {build: {type: shell, cmd: make}}`", "cmd": "write a command"}


def translate_errors(document: Document, errors: list[Any]) -> list[Finding]:
    """The Problems, each with the path of its value."""
    return _Translator(document, errors).findings()


class _Translator:
    """Translates the validator's errors about one document to Problems."""

    def __init__(self, document: Document, errors: list[Any]) -> None:
        self.document = document
        self.errors = errors
        self.intended: set[tuple[Path, str]] = set()  # (mapping, key) that a misspelt key probably means

    def findings(self) -> list[Finding]:
        # unknown keys first, so that the keys that they mean are not reported as missing
        self.errors.sort(key=lambda error: error.kind.name != "additionalProperties")
        seen = {(tuple(error.instance_path), error.kind.name) for error in self.errors}
        uncovered = (error for error in self.errors if not _is_covered(error, seen))
        return list(dict.fromkeys(finding for error in uncovered for finding in self.translate(error)))

    def translate(self, error: Any) -> Iterator[Finding]:
        path = tuple(map(unescape, error.instance_path))
        schema = around(error.absolute_keyword_location or "")
        about = (*path, unescape(error.kind.value.instance)) if error.kind.name == "propertyNames" else path
        for problem in _WORDS.get(error.kind.name, _Translator.other)(self, path, schema, error):
            yield about, problem

    def at(self, path: Path, key: bool = False) -> Place:
        return place_of(self.document, path, key)

    def unknown_keys(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        known = [str(key) for key in schema.get("properties", {})]
        mapping = error.instance
        for key in map(unescape, error.kind.unexpected):
            if _lacks_type(schema, mapping) and key in _inline_keys():
                continue  # missing_key reports it once
            belongs = _spaced(key) or elsewhere(path, key)
            near = "" if belongs else near_key(key, known, mapping) or _inline(key, path, mapping)
            if near.startswith("did you mean"):
                self.intended.add((path, near.split('"')[1]))
            if key == "action" and "type" in mapping:
                message, near = "a step has either `action` or `type`, not both", "keep one of them"
                yield Problem.at(self.at((*path, key), key=True), "exclusive-keys", message, near)
                continue
            hint = belongs or near or _elsewhere(key, mapping) or f"known keys: {', '.join(known)}"
            yield Problem.at(
                self.at((*path, key), key=True), "unknown-key", f'unknown key "{short(key)}" in {subject(path)}', hint
            )

    def missing_key(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        key = str(error.kind.property)
        if (path, key) in self.intended:
            return
        where = self.at(path, key=True)
        mapping = error.instance
        if _lacks_type(schema, mapping):
            message = f"{subject(path)} needs `action` (a name) or `type` (an inline action)"
            yield Problem.at(where, "missing-key", message, _type_hint(mapping) or "write `action: NAME`, or a `type`")
            return
        why = ""
        if "dependentRequired" in (error.absolute_keyword_location or ""):
            given = [name for name, needs in schema.get("dependentRequired", {}).items() if key in needs]
            why = f' beside "{given[0]}"' if given else ""
        hint = _type_hint(mapping) if key == "type" else _MISSING.get(key, f"write `{key}: …` here")
        yield Problem.at(where, "missing-key", f'{subject(path)} needs the key "{key}"{why}', hint)

    def wrong_type(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        wanted = error.kind.types
        value = error.instance
        message = f"{subject(path)} must be {or_([TYPES[name] for name in natural(wanted)])}, not {what(value)}"
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        hint = _of_place(path, value) or hint_for(key, value, wanted) or schema.get("patternErrorMessage", "")
        hint = hint or EXAMPLES.get(natural(wanted)[0], "")
        yield Problem.at(self.at(path), "wrong-type", message, hint)

    def any_of(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        """An option, or an environment variable in place of one."""
        branches = schema.get("anyOf", [])
        is_option = any(branch.get("$ref") == "#/$defs/variable" for branch in branches)
        yield from self.option(path, branches[0], error) if is_option else self.other(path, schema, error)

    def option(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        options = [str(option) for option in schema.get("enum", [schema.get("const")])]
        value = error.instance
        hint = near_option(value, options) if isinstance(value, str) else ""
        hint = hint or (f"write one of them, such as {options[0]}" if len(options) > 1 else f"write {options[0]}")
        if (error.absolute_keyword_location or "").endswith("/then/enum"):
            options.append("a list")  # the schema's branch for a text; the value may also be a list
        message = f"{subject(path)} must be {or_(options)}, not {what(value)}"
        yield Problem.at(self.at(path), "not-an-option", message, hint)

    def pattern(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        says = schema.get("patternErrorMessage", "")
        yield Problem.at(self.at(path), "bad-format", f"{subject(path)} cannot be {what(error.instance)}", says)

    def name(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        inner = error.kind.value
        name = unescape(inner.instance)
        says = _name_pattern(schema).get("patternErrorMessage", "")
        yield Problem.at(
            self.at((*path, name), key=True), "bad-name", f'"{short(name)}" is not a valid name here', says
        )

    def one_of(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        keys = [branch["required"][0] for branch in schema.get("oneOf", []) if "required" in branch]
        if not keys:
            yield from self.other(path, schema, error)
            return
        mapping = error.instance
        if not isinstance(mapping, dict) or any((path, key) in self.intended for key in keys):
            return
        given = [key for key in keys if key in mapping]
        names = or_([f"`{key}`" for key in keys])
        found = "none is given" if not given else and_([f"`{key}`" for key in given]) + " are given"
        message = f"{subject(path)} needs exactly one of {names}; {found}"
        hint = "write one of them" if not given else "keep one of them"
        yield Problem.at(self.at(path, key=True), "exactly-one", message, hint)

    def never_both(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        keys = schema.get("not", {}).get("required")
        if not keys:
            yield from self.other(path, schema, error)
            return
        message = f"{subject(path)} takes only one of {or_([f'`{key}`' for key in keys])}"
        yield Problem.at(self.at((*path, keys[-1]), key=True), "exclusive-keys", message, "keep one of them")

    def too_few(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        hint = _EMPTY.get(str(path[-1]) if path else "", "write its value, or leave the key out")
        yield Problem.at(self.at(path), "empty", f"{subject(path)} must not be empty", hint)

    def limit(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        bounds = {"minimum": "at least", "maximum": "at most", "maxItems": "at most", "maxLength": "at most"}
        name = error.kind.name
        value = error.instance
        given = f"not {value}" if isinstance(value, (int, float)) else f"but has {len(value)}"
        unit = {"maxItems": " items", "maxLength": " characters"}.get(name, "")
        message = f"{subject(path)} must be {bounds[name]} {schema.get(name)}{unit}, {given}"
        yield Problem.at(self.at(path), "out-of-range", message)

    def duplicate_item(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        items = error.instance
        index = next(i for i, item in enumerate(items) if item in items[:i])
        message = f"{subject(path)} has {what(items[index])} twice"
        yield Problem.at(self.at((*path, index)), "repeated-item", message)

    def other(self, path: Path, schema: Any, error: Any) -> Iterator[Problem]:
        message = f"{subject(path)} cannot be {what(error.instance)}"
        hint = schema.get("patternErrorMessage") or schema.get("description", "")
        yield Problem.at(self.at(path), "bad-value", message, hint)


_WORDS: Mapping[str, Any] = {
    "additionalProperties": _Translator.unknown_keys,
    "required": _Translator.missing_key,
    "dependentRequired": _Translator.missing_key,
    "type": _Translator.wrong_type,
    "enum": _Translator.option,
    "const": _Translator.option,
    "anyOf": _Translator.any_of,
    "pattern": _Translator.pattern,
    "propertyNames": _Translator.name,
    "oneOf": _Translator.one_of,
    "not": _Translator.never_both,
    "uniqueItems": _Translator.duplicate_item,
    "minItems": _Translator.too_few,
    "minLength": _Translator.too_few,
    "minProperties": _Translator.too_few,
    "minimum": _Translator.limit,
    "maximum": _Translator.limit,
    "maxItems": _Translator.limit,
    "maxLength": _Translator.limit,
}


def _is_covered(error: Any, seen: set[tuple[Path, str]]) -> bool:
    """Whether another error about the same value says more: its options, or the keys of which one is needed."""
    path, name = tuple(error.instance_path), error.kind.name
    if name == "type":
        return (path, "enum") in seen
    depends = name == "required" and "/dependentRequired" in (error.absolute_keyword_location or "")
    return depends and (path, "oneOf") in seen


def _lacks_type(schema: Any, mapping: Any) -> bool:
    """Whether this is a step with neither an `action` nor a `type`."""
    is_step = "depends_on" in schema.get("properties", {})
    return is_step and isinstance(mapping, dict) and "action" not in mapping and "type" not in mapping


@functools.cache
def _inline_keys() -> Mapping[str, tuple[str, ...]]:
    """Every key of an inline action that is not a key of steps, with the types that have it."""
    step = schema_of("workspace")["$defs"]["namedStep"]["properties"]
    found: dict[str, tuple[str, ...]] = {}
    for name in schema_names():
        if name.startswith("actions/"):
            for key in schema_of(name)["properties"]:
                if key not in step:
                    found[key] = (*found.get(key, ()), name.removeprefix("actions/"))
    return found


def _type_hint(mapping: Any) -> str:
    """A hint with the type that a mapping without one most likely has, from a key that only one type has."""
    for key in mapping:
        kinds = _inline_keys().get(key, ())
        if 0 < len(kinds) <= 2:
            return f'"{key}" belongs to `type: {kinds[-1] if key == "cmd" else kinds[0]}`'
    for key in mapping:
        meant = CALLED.get(key.lower().replace("-", "_"), "")
        if 0 < len(kinds := _inline_keys().get(meant, ())) <= 2:
            return f"write `type: {kinds[-1] if meant == 'cmd' else kinds[0]}`, and `{meant}` instead of `{key}`"
    return ""


def _spaced(key: str) -> str:
    """A hint for ``type:shell``, which YAML reads as one key."""
    name, colon, value = key.partition(":")
    return f"a space is missing behind the colon: `{name}: {value}`" if colon and name and value[:1] not in " /" else ""


def _inline(key: str, path: Path, mapping: Any) -> str:
    """A hint for a step without a type that says what it runs in another system's words."""
    meant = CALLED.get(key.lower().replace("-", "_"), "")
    is_bare = kind_of(path) == "step" and "action" not in mapping and "type" not in mapping
    return f'did you mean "{meant}"?' if is_bare and meant in _inline_keys() else ""


def _of_place(path: Path, value: Any) -> str:
    """A hint that depends on where a value of the wrong type stands."""
    if not path:
        return "write `tasks:` and below it each task under its name" if isinstance(value, list) else ""
    if value is not None and kind_of(path) == "field" and not isinstance(value, list):
        kind = value if isinstance(value, str) and value in ("string", "integer", "number", "boolean") else "string"
        default = "" if kind == value else f", default: {value}"
        return f"a declaration is a mapping: `{path[-1]}: {{type: {kind}{default}}}`"
    if kind_of(path) == "step" and path[0] == "tasks" and isinstance(value, str):
        return f"write `{path[-1]}: {{type: shell, cmd: …}}`, or `{{action: NAME}}`"
    return _written_inline(path, cast("dict[str, Any]", value)) if isinstance(value, dict) else ""


def _written_inline(path: Path, value: Mapping[str, Any]) -> str:
    """A hint for a whole definition in the place of its name."""
    match path:
        case ("tasks", _, "flow", _, "action"):
            inline = ", ".join(f"`{short(str(key))}`" for key in ("type", *(key for key in value if key != "type")))
            return f"leave `action:` out and write {inline} in the step itself; `action` is for the name of an action"
        case (*_, int(), "action"):
            return "define the action under `actions`, and write its name here"
        case ("triggers", _, "task"):
            return "define the task under `tasks`, and write its name here"
        case _:
            return ""


def _elsewhere(key: str, mapping: Any) -> str:
    """A hint with the types that have this key."""
    kinds = _inline_keys().get(key, ())
    if not kinds or ("action" not in mapping and mapping.get("type") in (None, *kinds)):
        return ""
    if "action" in mapping:
        return f'"{key}" belongs to an action: put it there, or write the action inline with `type`'
    return f'"{key}" belongs to {or_([f"`type: {kind}`" for kind in kinds])}'


def _name_pattern(schema: Any) -> Any:
    """The schema of a mapping's names, from the mapping's schema or from that of the workspace."""
    names = schema.get("propertyNames", {})
    _, _, reference = names.get("$ref", "").partition("#/$defs/")
    return schema_of("workspace")["$defs"][reference] if reference else names
