"""Applies the environment: ``${NAME}`` in a value, and ``GITFLOW__A__B`` in place of ``a.b``.

Variables are text. If the schema requires a number, a boolean or a list, the text is read as JSON. The result is
checked against the schema like the file itself.
"""

from __future__ import annotations

from gitflow.config.settings import ConfigError
from gitflow.core.values import is_list, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from gitflow.core.problems import Problem
    from gitflow.core.values import Json, JsonObject

ENV_PREFIX = "GITFLOW__"


def overrides(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in sorted(environ) if name.startswith(ENV_PREFIX)}


def overridden(tree: JsonObject, given: Mapping[str, str]) -> JsonObject:
    """Raises ConfigError."""
    return _decided(list(given), lambda as_text: _laid_over(tree, given, as_text), "together with")


def expanded(tree: JsonObject, environ: Mapping[str, str]) -> JsonObject:
    """With every variable replaced by its value. Raises ConfigError."""
    names = _whole_variables(tree)
    filled = _filled_in(tree, environ, names)
    if not names or filled == tree:
        return filled
    return _decided(
        names, lambda as_text: _filled_in(tree, environ, as_text), "with the values from the environment of"
    )


def _decided(names: Sequence[str], made: Callable[[Collection[str]], JsonObject], how: str) -> JsonObject:
    """The tree with each variable read as JSON, or as text if only that matches the schema."""
    as_text: set[str] = set()
    problems = _problems_of(made(as_text))
    for name in names if problems else ():
        remaining = _problems_of(made({*as_text, name}))
        if len(remaining) < len(problems):  # for example digits in a setting that is a text
            problems = remaining
            as_text.add(name)
    if problems:
        wrong = "; ".join(f"{problem.message} ({problem.hint or problem.rule})" for problem in problems)
        raise ConfigError(f"the configuration is not valid {how} {', '.join(names)}: {wrong}")
    return made(as_text)


def _laid_over(tree: JsonObject, given: Mapping[str, str], as_text: Collection[str]) -> JsonObject:
    for name, text in given.items():
        value = text if name in as_text else _typed(text)
        tree = _with(tree, name[len(ENV_PREFIX) :].lower().split("__"), value)
    return tree


def _problems_of(tree: JsonObject) -> Sequence[Problem]:
    import json

    from gitflow.definitions.source.reader import read
    from gitflow.definitions.source.schemas import problems_of

    return problems_of(read("the environment", json.dumps(tree).encode()), "server-config")


def _with(tree: Json, keys: list[str], value: Json) -> JsonObject:
    inner: JsonObject = dict(tree) if is_object(tree) else {}
    inner[keys[0]] = _with(inner.get(keys[0]), keys[1:], value) if keys[1:] else value
    return inner


def _typed(text: str) -> Json:
    """The text as JSON, or the text itself if it is not JSON."""
    from gitflow.core.strict_json import NotJson, read_json

    try:
        return read_json(text)
    except NotJson:
        return text


def _whole_variables(value: Json) -> list[str]:
    """Every value that consists of one variable, as ``${NAME}``."""
    if isinstance(value, str):
        return [value] if value.startswith("${") and value.find("}") == len(value) - 1 else []
    members = value.values() if is_object(value) else value if is_list(value) else ()
    return list(dict.fromkeys(name for member in members for name in _whole_variables(member)))


def _filled_in(value: Json, environ: Mapping[str, str], as_text: Collection[str]) -> Json:
    if isinstance(value, str):
        text = _filled(value, environ) if "${" in value else value
        is_typed = text is not value and value not in as_text and value.find("}") == len(value) - 1
        return _typed(text) if is_typed and value.startswith("${") else text
    if is_object(value):
        return {key: _filled_in(inner, environ, as_text) for key, inner in value.items()}
    if is_list(value):
        return [_filled_in(inner, environ, as_text) for inner in value]
    return value


def _filled(text: str, environ: Mapping[str, str]) -> str:
    import re

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in environ:
            raise ConfigError(f"the configuration names ${{{name}}}, which is not in the environment")
        return environ[name]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value_of, text)
