"""Finds the names that the templates of a text use, and errors that do not depend on values.

Plain paths cost a lookup in a cache. All other expressions are parsed by the engine that will evaluate them, so the
result always agrees with a run.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from gitflow.core.names import closest
from gitflow.core.record import Record
from gitflow.core.templates.parse import (
    MAX_EXPRESSION_LENGTH,
    Expression,
    Use,
    calls_in,
    condition_of,
    expressions_only,
    parse,
    path_of,
    tags_in,
    uses_in,
)
from gitflow.core.templates.texts import TemplateError, has_template
from gitflow.core.values import is_list, is_object
from gitflow.definitions.checks.filter_names import advice_for_filter, advice_for_function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitflow.core.templates.parse import Path
    from gitflow.core.values import Json

#: How a text is parsed: ``text`` is rendered, ``condition`` is an expression with or without braces,
#: ``script`` is a script, in which only ``{{ … }}`` is special, and ``shell`` one of ``type: shell``, where
#: ``definitions/shell`` reports a ``{{`` without its ``}}``.
KINDS = ("text", "condition", "script", "shell")

_RULES = {"filter": "unknown-filter", "test": "unknown-test", "function": "unknown-function"}
_SYNTAX = "template-syntax"
_LITERAL_BRACES = 'write {{ "{{" }} for literal braces'
_UNCLOSED = 'close it with `}}`; two braces that are meant are written {{ "{{" }}'


class Fault(Record):
    offset: int  #: in characters from the start of the text
    rule: str
    message: str
    hint: str = ""


class Findings(Record):
    """The findings about one text. ``guarded`` holds the paths that it uses with ``default`` or ``is defined``."""

    uses: tuple[Use, ...] = ()
    faults: tuple[Fault, ...] = ()
    calls: tuple[tuple[str, int], ...] = ()  #: functions that the engine does not have, with their offsets
    guarded: frozenset[Path] = frozenset()


NOTHING = Findings()


@lru_cache(maxsize=8192)
def findings_of(text: str, kind: str = "text") -> Findings:
    """Everything that can be found in a text without knowing its place."""
    if kind != "condition" and not has_template(text):
        return NOTHING
    try:
        return _findings(text, kind)
    except TemplateError as error:
        is_unclosed = text.startswith("{{", error.offset) and "never closed" in str(error)
        if is_unclosed and kind == "shell":
            return NOTHING
        hint = _UNCLOSED if is_unclosed else _without_braces(text) if kind == "condition" else ""
        return Findings(faults=(Fault(error.offset, _SYNTAX, str(error), hint),))


def _findings(text: str, kind: str) -> Findings:
    if kind in ("script", "shell"):
        return _join(map(_of_expression, expressions_only(text).expressions))
    if kind == "condition":
        source = condition_of(text)
        if source is not None:
            return _of_expression(Expression(source, text.find(source), path_of(source)))
    if parse(text).has_blocks:
        return _of_template(text, tags_in(text))
    return _join(map(_of_expression, tags_in(text)))


def _join(all_findings: Iterable[Findings]) -> Findings:
    found = tuple(all_findings)
    return Findings(
        tuple(use for each in found for use in each.uses),
        tuple(fault for each in found for fault in each.faults),
        tuple(call for each in found for call in each.calls),
        frozenset(path for each in found for path in each.guarded),
    )


def _of_expression(expression: Expression) -> Findings:
    if expression.path is not None:
        return Findings((Use(expression.path, expression.offset),))
    if len(expression.source) > MAX_EXPRESSION_LENGTH:
        raise TemplateError(f"an expression is longer than {MAX_EXPRESSION_LENGTH} characters", expression.offset)
    return _of_template("{{ " + expression.source + "\n}}", (expression,), expression.offset - 3)


def _of_template(template: str, tags: tuple[Expression, ...], shift: int = 0) -> Findings:
    """Checks one expression or tag. ``shift`` is added to the engine's offsets; tags have the text's already."""
    from gitflow.core.templates.engine import EngineError, names_in

    try:
        names = names_in(template)
    except EngineError as error:
        hint, at = _advice(template)
        end = tags[-1].offset + len(tags[-1].source) if tags else len(template)
        offset = max(0, min(shift + ((error.offset or 0) if at is None else at), end))
        message = f"this template is not valid: {error}"
        return Findings(faults=(Fault(offset, _SYNTAX, message, hint),))
    uses = tuple(use for tag in tags for use in uses_in(tag.source, tag.offset) if use.path[0] in names)
    unknown = [(kind, word, tag.offset + at) for tag in tags for kind, word, at in calls_in(tag.source)]
    unknown = [call for call in unknown if _is_unknown(call[0], call[1], names)]
    faults = (_unknown_fault(kind, word, at) for kind, word, at in unknown if kind != "function")
    calls = ((word, at) for kind, word, at in unknown if kind == "function")
    return Findings(uses, tuple(faults), tuple(calls), frozenset(use.path for use in uses if use.guarded))


def _is_unknown(kind: str, name: str, names: frozenset[str]) -> bool:
    """Whether nothing of this name exists. A macro of the template is called like a function, but is defined inside."""
    return not _knows(kind, name) and (kind != "function" or name in names)


@lru_cache
def _knows(kind: str, name: str) -> bool:
    from gitflow.core.templates.engine import knows

    return knows(kind, name)


def _unknown_fault(kind: str, name: str, at: int) -> Fault:
    hint = (advice_for_filter(name) if kind == "filter" else "") or closest(name, COMMON_NAMES[kind].split())
    return Fault(at, _RULES[kind], f'there is no {kind} "{name}"', hint)


def unknown_function(name: str, at: int, known: Iterable[str] = ()) -> Fault:
    hint = advice_for_function(name) or closest(name, {*COMMON_NAMES["function"].split(), *known})
    return Fault(at, _RULES["function"], f'there is no function "{name}"', hint)


def _without_braces(condition: str) -> str:
    plain = re.sub(r"\{\{\s*|\s*\}\}", "", condition).strip()
    return f"write {plain}" if len(plain) < 100 and "{" not in plain else ""


def _advice(template: str) -> tuple[str, int | None]:
    """A hint for mistakes that are common with the languages of other tools, and where the mistake is."""
    for mistake, hint in _MISTAKES.items():
        if found := re.search(mistake, template):
            return hint, found.start("at")
    return "", None


#: What is written, with its place as ``at`` -> what to write instead.
_MISTAKES = {
    r"(?P<at>\{\{)\s*\.": _LITERAL_BRACES,
    r"\{\{-?\s*(?P<at>\$)": "write input.NAME for an input, without a $",
    r"(?P<at>&&|\|\||!(?!=))": "use and, or, not",
    r"(?P<at>!==|===|(?<![=!<>])=(?!=))": "write == to compare",
}


_TEXT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_GROUP = re.compile(r"\([^()\[\]{}]*\)|\[[^()\[\]{}]*\]|\{[^()\[\]{}]*\}")
_COUNTED = re.compile(
    r"(?:[A-Za-z_][A-Za-z0-9_]*|\(\))(?:\.[A-Za-z_][A-Za-z0-9_]*|\(\))*"
    r"(?:\s*\|\s*[A-Za-z_][A-Za-z0-9_]*(?:\(\))?)*\s*\|\s*(?:int|float|length|count|bool)"
)


def counts(expression: str) -> bool:
    """Whether an expression is one value with a last filter that always gives a number or a boolean.

    Filters bind more tightly than operators: in ``a or 1 | int`` the filter applies to the 1.
    """
    text = _TEXT.sub("()", expression)
    while True:
        shorter = _GROUP.sub("()", text)
        if shorter == text:
            return _COUNTED.fullmatch(text.strip()) is not None
        text = shorter


def texts_in(value: Json, path: Path) -> Iterator[tuple[str, Path]]:
    """Every text in a nested value, with its path."""
    if isinstance(value, str):
        yield value, path
    elif is_object(value):
        for key, member in value.items():
            yield from texts_in(member, (*path, key))
    elif is_list(value):
        for index, member in enumerate(value):
            yield from texts_in(member, (*path, index))


#: Names for suggestions; the engine itself decides which exist.
COMMON_NAMES = {
    "filter": (
        "abs b64decode b64encode basename batch bool capitalize default dictsort dirname first float fromjson "
        "groupby indent int items join last length lines list lower map max min raw reject rejectattr replace "
        "reverse round select selectattr sha256 slice sort split string sum title tojson trim truncate unique "
        "upper urlencode zip"
    ),
    "test": (
        "boolean defined divisibleby endingwith even false float in integer iterable lower mapping none number "
        "odd sequence startingwith string true undefined upper"
    ),
    "function": "range dict namespace",
}
