"""The messages of problems with a value: what it is, what it should be, and what was probably meant."""

from __future__ import annotations

from typing import Any

from gitflow.core.names import closest
from gitflow.definitions.source.foreign import CALLED

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
    "str": "string",
    "bool": "boolean",
    "choice": "string",
    "select": "string",
    "password": "string",
    "bash_operator": "shell",
    "command": "shell",
    "exec": "shell",
    "cmd": "shell",
    "py": "python",
    "uri": "http",
    "curl": "http",
    "manual": "approval",
    "pause": "approval",
    "delay": "sleep",
    "workflow": "task",
    "timer": "scheduler",
    "hook": "webhook",
    "http": "webhook",
    "git": "push",
    "timeout": "timed_out",
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
#: Key -> what to write in place of several values, or of another value than a text.
_SINGLE = {
    "cron": 'write `cron: "0 2 * * *"`; for several schedules, several triggers',
    "script": "write the path of one script; commands belong to `cmd: |`",
    "when": "write one expression, with `and` and `or`",
}
#: What to write for a value of a type, where nothing else is known.
EXAMPLES = {
    "integer": "write a number, such as 3",
    "number": "write a number, such as 1.5",
    "boolean": "write true or false",
    "string": "write one text",
    "array": "write a list: [a, b]",
    "object": "write `name: value` pairs below it, without a dash",
}
_YAML_1_1 = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def near_key(key: str, known: list[str], mapping: Any) -> str:
    """A hint with the key that was most likely meant."""
    same = CALLED.get(key.lower().replace("-", "_"), "")
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
        what_belongs = "indent what belongs to it" if "object" in wanted else "write its value"
        return f"{what_belongs}, or leave the key out"
    if key in _SINGLE and not isinstance(value, str):
        return _SINGLE[key]
    if key in _FORMS and {"object", "array"} & set(wanted):
        return _FORMS[key]
    if wanted == ["array"]:
        if isinstance(value, str) and len(value) > 1 and value[0] == "-" and value[1] not in " -":
            return f"a space is missing behind the dash: `- {value[1:]}`"
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
