"""Checks of declared fields: whether a value can fit them, and whether their defaults and options do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.inputs import check_value
from gitflow.core.matching.linear import why_not
from gitflow.core.names import template_name
from gitflow.core.record import replace
from gitflow.core.values import is_list
from gitflow.definitions.checks.context import is_known
from gitflow.definitions.checks.names import FIELD_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.language.definition import Retry
    from gitflow.core.problems import Problem
    from gitflow.definitions.checks.context import Path, Workspace

#: The types of fields that have bounds: of a number's value, or of a length.
_BOUNDED = frozenset({"integer", "number", "string", "text", "array"})


def fields_make_sense(workspace: Workspace) -> Iterator[Problem]:
    seen: dict[tuple[object, ...], str] = {}
    for path, field in workspace.fields():
        if field.pattern is not None and (wrong := why_not(field.pattern)):
            message = f'the pattern of "{field.name}" {wrong}'
            yield workspace.error((*path, "pattern"), "bad-pattern", message, wrong.hint)
        if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
            message = f'"{field.name}" accepts no value: its minimum is over its maximum'
            yield workspace.error((*path, "minimum"), "empty-range", message, "swap them")
        if field.type not in _BOUNDED and (field.minimum is not None or field.maximum is not None):
            key = "minimum" if field.minimum is not None else "maximum"
            yield workspace.warning((*path, key), "no-effect", f"`{key}` has no effect on fields of type {field.type}")
        other = seen.setdefault((*path[:-1], template_name(field.name)), field.name)
        if other != field.name:
            message = f'fields "{other}" and "{field.name}" are both "{template_name(field.name)}" in templates'
            yield workspace.error(path, "field-name-collision", message, "rename one of them", key=True)


def defaults_and_options_fit(workspace: Workspace) -> Iterator[Problem]:
    known = {*FIELD_TYPES, *workspace.snapshot.connection_types}
    connections = workspace.connections
    for path, field in workspace.fields():
        if field.type not in known or (field.pattern is not None and why_not(field.pattern)):
            continue
        single = replace(field, options=(), multiple=False)
        for index, option in enumerate(field.options):
            _, wrong = check_value(single, option, connections=connections)
            if wrong and is_known(option):
                message = f'an option of "{field.name}" does not fit the field: it {wrong}'
                yield workspace.error((*path, "options", index), "bad-option", message, "correct it, or take it out")
        if field.has_default and field.default is not None and is_known(field.default):
            _, wrong = check_value(field, field.default, connections=connections)
            if wrong:
                message = f'the default of "{field.name}" does not fit the field: it {wrong}'
                yield workspace.error(
                    (*path, "default"), "bad-default", message, "correct it, or leave the default out"
                )


def retries_retry(workspace: Workspace) -> Iterator[Problem]:
    for path, retry in _retries(workspace):
        if retry.max_attempts == 1:
            message = "nothing is retried: `max_attempts` is 1 and includes the first attempt"
            yield workspace.warning(path, "no-effect", message, "write max_attempts: 2 or more", key=True)
        if retry.max_delay_s is not None and retry.max_delay_s < retry.delay_s:
            yield workspace.warning((*path, "max_delay"), "no-effect", "`max_delay` is shorter than `delay`")


def _retries(workspace: Workspace) -> Iterator[tuple[Path, Retry]]:
    for name, action in workspace.checked.actions.items():
        if action.retry:
            yield ("actions", name, "retry"), action.retry
    for name, task in workspace.checked.tasks.items():
        if task.retry:
            yield ("tasks", name, "retry"), task.retry
    for path, _, step in workspace.steps():
        if step.retry:
            yield (*path, "retry"), step.retry


#: Words of a shell that are no programs.
_BUILTINS = frozenset({"cd", "export", "source", ".", "set", "if", "for", "while", "eval", "exec", "unset", "alias"})


def lists_are_one_command(workspace: Workspace) -> Iterator[Problem]:
    """A list in ``cmd`` is one program with its arguments; other systems take a list of commands."""
    for path, action in workspace.actions():
        words = action.fields.get("cmd")
        if action.type == "shell" and is_list(words) and _are_commands([str(word) for word in words]):
            message = "a list is one program with its arguments, and this looks like a list of commands"
            hint = "write a script, a command on each line below `cmd: |`"
            yield workspace.warning((*path, "cmd"), "list-of-commands", message, hint)


def _are_commands(words: list[str]) -> bool:
    """The name of a program has no space; and nobody repeats it as the beginning of an argument."""
    first, *others = words
    return " " in first.strip() or first in _BUILTINS or any(word.startswith(f"{first} ") for word in others)
