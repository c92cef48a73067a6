"""Finding templates in a script's text, before any grammar sees it.

A template is ``{{ expression }}``; texts and brackets inside the expression may hold braces of their own.
"""

from __future__ import annotations

import re

from gitflow.core.record import Record

_OPEN_OR_CLOSE = {"(": ")", "[": "]", "{": "}"}
#: What an expression may end at, or hold braces in.
_MARK = re.compile(r"""["'()\[\]{}]""")

#: What the template language would read as a block or a comment. ``${#x}`` is the shell's.
BLOCK = re.compile(r"\{%[-+]?\s*[A-Za-z_].*?%\}", re.DOTALL)
COMMENT = re.compile(r"(?<!\$)\{#.*?#\}", re.DOTALL)
_RAW = re.compile(r"\|\s*raw\s*(?:\(\s*\))?$")


class Template(Record):
    """One ``{{ … }}``; offsets in characters, ``end`` behind the braces. ``closed`` is False without an end."""

    start: int
    end: int
    expression: str
    closed: bool = True

    @property
    def is_raw(self) -> bool:
        return _RAW.search(self.expression) is not None

    @property
    def trims(self) -> bool:
        """``{{- x -}}`` would change the script around it."""
        return self.expression[:1] in ("-", "+") or self.expression[-1:] in ("-", "+")

    @property
    def written(self) -> str:
        return "{{ " + self.expression.strip("-+ ") + " }}"


def templates_of(text: str) -> list[Template]:
    found: list[Template] = []
    at = text.find("{{")
    while at >= 0:
        template = _read(text, at)
        found.append(template)
        at = text.find("{{", template.end)
    return found


def _read(text: str, start: int) -> Template:
    waiting: list[str] = []
    at = start + 2
    while found := _MARK.search(text, at):
        at, char = found.start(), found[0]
        if not waiting and text.startswith("}}", at):
            return Template(start, at + 2, text[start + 2 : at].strip())
        if char in "\"'":
            at = _end_of_text(text, at)
            continue
        if char in _OPEN_OR_CLOSE:
            waiting.append(_OPEN_OR_CLOSE[char])
        elif waiting and char == waiting[-1]:
            waiting.pop()
        at += 1
    return Template(start, start + 2, "", closed=False)


def _end_of_text(text: str, start: int) -> int:
    at = start + 1
    while at < len(text) and text[at] != text[start]:
        at += 2 if text[at] == "\\" else 1
    return at + 1


def outside(text: str, templates: list[Template]) -> str:
    """The text with every template blanked out, so that offsets stay."""
    parts: list[str] = []
    at = 0
    for template in templates:
        parts += (text[at : template.start], " " * (template.end - template.start))
        at = template.end
    return "".join([*parts, text[at:]])
