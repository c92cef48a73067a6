"""The messages of problems with a value: what it is, what it should be, and what was probably meant."""

from __future__ import annotations

from typing import Any

from gitflow.core.names import closest

Path = tuple["str | int", ...]

TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
#: Names that other systems use for a key.
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
#: Words that other systems use for a value of ours.
_MEANT = {
    "bash": "shell",
    "sh": "shell",
    "script": "shell",
    "run": "shell",
    "container": "docker",
    "request": "http",
    "cron": "scheduler",
    "schedule": "scheduler",
    "success": "completed",
    "succeeded": "completed",
    "failure": "failed",
    "error": "failed",
    "canceled": "cancelled",
    "int": "integer",
    "float": "number",
    "double": "number",
    "list": "array",
    "dict": "object",
    "map": "object",
}
_HOOK = "write a list: [{action: NAME}]"
#: Key -> what to write in place of a value of another type.
_FORMS = {
    "tasks": "write each task under its name",
    "actions": "write each action under its name",
    "flow": "write each step under its name: `build: {type: shell, cmd: make}`",
    "input": "write `name: …` pairs; a declaration is `name: {type: string}`",
    "env": "write `NAME: value` pairs",
    "labels": "write `name: value` pairs",
    "retry": "write `retry: {max_attempts: 3}`",
    "concurrency": "write `concurrency: {group: NAME, limit: 1}`",
    "on_success": _HOOK,
    "on_error": _HOOK,
    "on_cancel": _HOOK,
    "on_suspended": _HOOK,
    "on_late": _HOOK,
}
_YAML_1_1 = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def near_key(key: str, known: list[str], mapping: Any) -> str:
    """A hint with the key that was most likely meant."""
    same = _CALLED.get(key.lower().replace("-", "_"), "")
    if same in known and same not in mapping:
        return f'did you mean "{same}"?'
    return closest(key, [name for name in known if name not in mapping]) or closest(key, known)


def near_option(value: str, options: list[str]) -> str:
    """A hint with the option that was most likely meant."""
    same = _MEANT.get(value.lower(), "")
    return f'did you mean "{same}"?' if same in options else closest(value, options)


def subject(path: Path) -> str:
    """The name of a path in a message: its last key, with the indexes after it."""
    if not path:
        return "the file"
    name = ""
    for part in reversed(path):
        name = f"[{part}]{name}" if isinstance(part, int) else f"{part}{name}"
        if isinstance(part, str):
            break
    return f'"{short(name)}"'


def natural(types: list[str]) -> list[str]:
    """The types in the order in which a sentence lists them, without integer if number is among them."""
    return [name for name in TYPES if name in types and not (name == "integer" and "number" in types)]


def what(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{short(value)}"'
    if hasattr(value, "keys"):
        return "a mapping"
    return "a list" if hasattr(value, "append") else str(value)


def hint_for(key: str, value: Any, wanted: list[str]) -> str:
    """A hint for a value of the wrong type."""
    if value is None:
        return "write its value, or leave the key out"
    if key in _FORMS and {"object", "array"} & set(wanted):
        return _FORMS[key]
    if wanted == ["array"]:
        return f"write a list: [{value}]" if isinstance(value, str) and len(value) < 40 else "write a list"
    if not isinstance(value, str):
        return "put it in quotes" if wanted == ["string"] and isinstance(value, (int, float)) else ""
    if "boolean" in wanted and value.lower() in _YAML_1_1:
        return f"`{value}` is text in YAML 1.2; write `{_YAML_1_1[value.lower()]}`"
    if "boolean" in wanted and value.lower() in ("true", "false"):
        return f"remove the quotes: `{value.lower()}`"
    if {"integer", "number"} & set(wanted):
        return _hint_for_number(value)
    return ""


def _hint_for_number(value: str) -> str:
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
    return f"`{value}` is text in YAML 1.2; write `{plain}`" if plain != value else "remove the quotes"


def or_(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def and_(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
