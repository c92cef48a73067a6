"""Explains why a text is not YAML: what stands there, where the mistake was made, and what to write."""

from __future__ import annotations

import re

from gitflow.core.record import Record

#: Message of libyaml -> gitflow's message and hint.
_SYNTAX = {
    "found character that cannot start any token": ("this character cannot begin a value", "put the text in quotes"),
    "mapping values are not allowed in this context": (
        "a `:` in a place where no key is allowed",
        "put text that contains `: ` in quotes, or indent the line like its neighbours",
    ),
    "could not find expected ':'": ("a key without its `:`", "is a `:` missing, or the indentation wrong?"),
    "did not find expected key": ("this line does not fit the mapping around it", "check its indentation"),
    "did not find expected '-' indicator": ("this line does not fit the list around it", "check its indentation"),
    "found unexpected end of stream": ("the file ends inside quotes", "a closing quote is missing"),
    "did not find expected ',' or ']'": ("a list in brackets that is not closed", "is a `,` or `]` missing?"),
    "did not find expected ',' or '}'": ("a mapping in braces that is not closed", "is a `,` or `}` missing?"),
}
_TAB = ("a tab in the indentation, which must be spaces", "replace it with spaces")
_ANCHOR = "did not find expected alphabetic or numeric character"
_BLOCK = "did not find expected comment or line break"
_ESCAPE = "found unknown escape character"
_NO_KEY = "mapping values are not allowed in this context"
_BRACES = ("did not find expected ',' or '}'", "did not find expected ',' or ']'")
_QUOTES = "found unexpected end of stream"

_UNSPACED = re.compile(r"\s*(?:- +)?([A-Za-z_][\w-]*):([^\s:/][^:]*)")
_WORD = re.compile(r"\s*(?:- +)?([A-Za-z_][\w-]*)\s*")
_BEHIND_QUOTES = re.compile(r"""[^'"]*?:\s+("(?:[^"\\]|\\.)*"|'[^']*')""")


class SyntaxProblem(Record):
    message: str
    hint: str
    line: int  #: counts from 0, like ``column``
    column: int


def explain(text: str, said: str, at: tuple[int, int], begun: tuple[int, int]) -> SyntaxProblem:
    """``said``: libyaml's message. ``at``: where it stopped; ``begun``: where what it was reading begins."""
    (line, column), lines = at, text.split("\n")
    here = lines[line] if line < len(lines) else ""
    if "\t" in here[: column + 1] and not here[: column + 1].strip(" \t-"):
        return SyntaxProblem(*_TAB, line, here.index("\t"))
    if said == _ANCHOR:
        start = column - 1 if column and here[column - 1] in "*&" else column
        message = f"`{here[start : start + 1]}` at the beginning of a value names an anchor"
        return SyntaxProblem(message, f"put the text in quotes: {_quoted(here[start:])}", line, start)
    if said == _BLOCK and not (found := _BEHIND_QUOTES.match(here)):
        return SyntaxProblem("text behind a `|` or `>`", "write the text on the lines below, indented", line, column)
    if said == _ESCAPE:
        message = "a backslash in double quotes begins an escape that does not exist"
        return SyntaxProblem(message, "use single quotes, or write the backslash twice", line, column)
    if said == _NO_KEY:
        return _no_key(lines, line, column)
    if said == _QUOTES:
        return SyntaxProblem(*_SYNTAX[said], *begun)
    if said in _BRACES:
        return _unclosed(lines, said, at, begun)
    if said in (_BLOCK, "did not find expected key") and (found := _BEHIND_QUOTES.match(here)):
        hint = f"put all of it in quotes: {_quoted(here[found.start(1) :])}"
        return SyntaxProblem("text behind a closing quote", hint, line, found.end())
    return SyntaxProblem(*_SYNTAX.get(said, (said, "put the text in quotes, or check the indentation")), line, column)


def _no_key(lines: list[str], line: int, column: int) -> SyntaxProblem:
    """A ``:`` where none is allowed; often the line before lacks something that makes it a key."""
    before = line - 1
    while before >= 0 and not lines[before].strip():
        before -= 1
    if before >= 0 and lines[line][:column].strip().isidentifier():
        if found := _UNSPACED.fullmatch(lines[before]):
            hint = f"write `{found[1]}: {found[2].strip()}`"
            return SyntaxProblem("a space is missing behind a `:`", hint, before, found.end(1))
        if found := _WORD.fullmatch(lines[before]):
            return SyntaxProblem("a key without its `:`", f"write `{found[1]}:`", before, found.start(1))
    return SyntaxProblem(*_SYNTAX[_NO_KEY], line, column)


def _unclosed(lines: list[str], said: str, at: tuple[int, int], begun: tuple[int, int]) -> SyntaxProblem:
    """A bracket or brace that is not closed: where it opens, unless the mistake is seen on the same line."""
    opened = lines[begun[0]]
    start = opened.find("{{", max(0, begun[1] - 1))
    if start >= 0:
        message = "`{{` in a text without quotes begins a mapping"
        return SyntaxProblem(message, 'put the text with its {{ … }} in quotes: "… {{ … }} …"', begun[0], start)
    return SyntaxProblem(*_SYNTAX[said], *(at if at[0] == begun[0] else begun))


def _quoted(rest: str) -> str:
    """The rest of a line, as it should stand in quotes; without a comment."""
    text = re.split(r"\s#", rest, maxsplit=1)[0].strip()
    return f"'{text}'" if '"' in text or "\\" in text else f'"{text}"'
