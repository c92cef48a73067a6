"""The templates of a definition, and what they mention: secrets, outputs of steps, ``| raw``.

Only reads: nothing is rendered, so no secret, variable or file is looked up.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gitflow.core.language.definition import OCCASIONS
from gitflow.core.record import Record
from gitflow.core.templates.parse import (
    Expression,
    Use,
    calls_in,
    condition_of,
    expressions_only,
    path_of,
    tags_in,
    tokens_of,
    uses_in,
)
from gitflow.core.templates.texts import TemplateError, has_template
from gitflow.core.values import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.language.definition import Action, Hooks, Step, Task
    from gitflow.core.values import Json

#: Fields of an action that hold no templates.
VERBATIM = frozenset({"code", "script", "task", "dependencies", "shell", "errexit"})


class Template(Record):
    """A text with templates, or a condition, and where it stands in its definition."""

    path: tuple[str, ...]
    text: str
    kind: str = "text"  #: text, condition, or script: there only ``{{ … }}`` counts


def of_task(task: Task) -> Iterator[Template]:
    for step in task.flow.values():
        yield from of_step(step)
    if task.output is not None:
        yield from of_value(task.output, ("output",))
    if task.concurrency:
        yield from of_value(task.concurrency.group, ("concurrency", "group"))
    yield from of_hooks(task.hooks)


def of_step(step: Step) -> Iterator[Template]:
    path = ("flow", step.name)
    if step.when is not None:
        yield Template((*path, "when"), step.when, "condition")
    if isinstance(step.for_each, str):
        yield Template((*path, "for_each"), step.for_each, "condition")
    else:
        yield from of_value(step.for_each, (*path, "for_each"))
    yield from of_value(step.input, (*path, "input"))
    if step.inline is not None:
        yield from of_action(step.inline, path)


def of_action(action: Action, path: tuple[str, ...] = ()) -> Iterator[Template]:
    for key, value in action.fields.items():
        if key == "cmd" and isinstance(value, str):
            yield Template((*path, key), value, "script")
        elif key not in VERBATIM:
            yield from of_value(value, (*path, key))
    yield from of_value(action.env, (*path, "env"))


def of_hooks(hooks: Hooks) -> Iterator[Template]:
    for occasion in OCCASIONS:
        for hook in getattr(hooks, occasion):
            yield from of_value(hook.input, (occasion, hook.action, "input"))


def of_value(value: Json, path: tuple[str, ...]) -> Iterator[Template]:
    if isinstance(value, str):
        if has_template(value):
            yield Template(path, value)
    elif is_mapping(value):
        for key, member in value.items():
            yield from of_value(member, (*path, str(key)))
    elif is_list(value):
        for index, member in enumerate(value):
            yield from of_value(member, (*path, str(index)))


@lru_cache(maxsize=8192)
def expressions(text: str, kind: str = "text") -> tuple[Expression, ...]:
    """Those of a text, and the insides of its blocks; none where it cannot be read, which its check has said."""
    try:
        if kind == "script":
            return expressions_only(text).expressions
        if kind == "condition":
            source = condition_of(text)
            if source is not None:
                return (Expression(source, 0, path_of(source)),)
        return tags_in(text)
    except TemplateError:
        return ()


def uses(template: Template) -> Iterator[Use]:
    """Every name that it mentions, with its members."""
    for found in expressions(template.text, template.kind):
        if found.path is not None:
            yield Use(found.path, found.offset)
        else:
            yield from uses_in(found.source, found.offset)


def secrets_in(templates: Iterator[Template]) -> dict[str, None]:
    """The names of the secrets that are read; ``*`` where the name is only known at a run."""
    found = (use.path for template in templates for use in uses(template) if use.path[0] == "secret")
    return dict.fromkeys(str(path[1]) if len(path) > 1 else "*" for path in found)


def raw_in(templates: Iterator[Template]) -> list[tuple[tuple[str, ...], str]]:
    """Where a value is pasted into a script on purpose: the path, and the expression."""
    return [
        (template.path, found.source)
        for template in templates
        if template.kind == "script"
        for found in expressions(template.text, template.kind)
        if any(kind == "filter" and name == "raw" for kind, name, _ in calls_in(found.source))
    ]


def functions_in(value: Json, name: str) -> Iterator[str]:
    """The first argument of every call of a function with a text: ``file('a')`` gives ``a``."""
    for template in of_value(value, ()):
        for found in expressions(template.text):
            tokens = tokens_of(found.source)
            for at, (kind, word, _) in enumerate(tokens[:-2]):
                is_call = kind == "name" and word == name and tokens[at + 1][1] == "("
                if is_call and tokens[at + 2][0] == "string":
                    yield tokens[at + 2][1][1:-1]


def calls(templates: Iterator[Template]) -> set[str]:
    """The names of the functions that are called."""
    return {
        name
        for template in templates
        for found in expressions(template.text, template.kind)
        for kind, name, _ in calls_in(found.source)
        if kind == "function"
    }


def connections_in(values: Mapping[str, Json], known: Mapping[str, object]) -> Iterator[str]:
    """Names of connections among the values."""
    yield from (value for value in values.values() if isinstance(value, str) and value in known)
