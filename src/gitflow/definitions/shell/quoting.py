"""How a reference is written where a template stands: by a plain look at the quotes around it.

This look decides nothing alone. It chooses between five ways to write a reference, and what comes out is read by the
exact parsers (``parsers``, ``contexts``): where this look was wrong, the reference is not found there in quotes, and
the script is refused. It also knows the places in which no way to write it can be right, and says why.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.definitions.shell.text import Template

#: How a reference is written in each form; ``comment`` and ``raw`` keep the text.
FORMS = {
    "bare": '"${%s}"',
    "inside": "${%s}",
    "single": "'\"${%s}\"'",
    "ansi": "'\"${%s}\"$'",
}

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEREDOC = re.compile(r"<<(-?)[ \t]*((?:\\.|'[^'\n]*'|\"(?:\\.|[^\"\n])*\"|[^\s'\"\\;&|<>()`])+)")
_PATTERN_OPERATORS = ("#", "%")
#: Characters before a word; a ``#`` behind one of them begins a comment.
_BETWEEN_WORDS = frozenset(" \t\n;&|()<>`")


class _Heredoc(Record):
    end: str
    is_literal: bool
    strips: bool


class _Frame:
    """Something open: ``code`` (the script, ``$(…)``), ``quotes``, ``heredoc``, ``brace`` (``${…}``), ``arithmetic``,
    ``backticks``."""

    __slots__ = ("bare", "cases", "depth", "kind", "refused", "start", "state")

    def __init__(self, kind: str, start: int, *, bare: bool = True) -> None:
        self.kind = kind
        self.start = start
        self.depth = 0  #: of round brackets inside
        self.cases = 0  #: open ``case`` … ``esac``, whose patterns end with a bracket that nothing opened
        self.state = ""  #: of ``brace``: "name" or the operator
        self.bare = bare  #: no quotes around
        self.refused = ""


def forms_of(text: str, templates: Sequence[Template]) -> list[str]:
    """For each template a row of FORMS, ``comment``, ``raw``, or a row of ``tables.PLACES`` where none fits."""
    return _Look(text, templates).forms()


class _Look:
    def __init__(self, text: str, templates: Sequence[Template]) -> None:
        self.text = text
        self.templates = {template.start: (index, template) for index, template in enumerate(templates)}
        self.found = ["missing"] * len(templates)
        self.frames = [_Frame("code", 0)]
        self.pending: list[_Heredoc] = []
        self.at = 0

    def forms(self) -> list[str]:
        while self.at < len(self.text):
            known = self.templates.get(self.at)
            if known is not None:
                index, template = known
                self.found[index] = "raw" if template.is_raw else self._form()
                self.at = template.end
                continue
            _STEPS[self.frames[-1].kind](self)
        return self.found

    def _form(self) -> str:
        """Why no reference may stand here, or how it is written."""
        for frame in self.frames:
            if frame.refused:
                return frame.refused
        kinds = [frame.kind for frame in self.frames]
        if "backticks" in kinds:
            return "backtick"
        if "arithmetic" in kinds:
            return "arithmetic"
        frame = self.frames[-1]
        if self._is_escaped():
            return "backslash"
        if frame.kind == "brace":
            return self._in_brace(frame)
        if self.text[self.at - 1 : self.at] == "$" and not self._is_escaped(1):
            return "dollar"
        return "inside" if frame.kind in ("quotes", "heredoc") else "bare"

    def _is_escaped(self, back: int = 0) -> bool:
        before = self.text[self.frames[-1].start : self.at - back]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 1

    def _in_brace(self, frame: _Frame) -> str:
        if frame.state == "name":
            return "variable-name"
        if frame.state == "[":
            return "subscript"
        if frame.state.startswith(_PATTERN_OPERATORS):
            return "bare"
        if frame.state not in (":-", "-", ":+", "+"):
            return "expansion"
        return "bare" if frame.bare else "inside"

    # what each kind of text is made of

    def in_code(self) -> None:
        text, at, frame = self.text, self.at, self.frames[-1]
        char = text[at]
        if char == "\\":
            self._skip_escaped()
        elif char == "'":
            self._single("single")
        elif char == '"':
            self._push("quotes", 1)
        elif char == "$":
            self._dollar()
        elif char == "`":
            self._push("backticks", 1)
        elif char == "#" and (at == 0 or text[at - 1] in _BETWEEN_WORDS):
            self._comment()
        elif char == "<" and text.startswith("<<", at) and not text.startswith("<<<", at):
            self._heredoc_start()
        elif text.startswith("<<<", at):
            self.at += 3
        elif char == "\n":
            self.at += 1
            self._heredoc_bodies()
        elif char == "(":
            frame.depth += 1
            self.at += 1
        elif char == ")":
            self._close()
        else:
            self._word(frame)

    def _word(self, frame: _Frame) -> None:
        found = _WORD.match(self.text, self.at)
        if found is None:
            self.at += 1
            return
        starts = self.at == 0 or self.text[self.at - 1] in _BETWEEN_WORDS
        if starts and found.group() == "case":
            frame.cases += 1
        elif starts and found.group() == "esac" and frame.cases:
            frame.cases -= 1
        self.at = found.end()

    def _close(self) -> None:
        frame = self.frames[-1]
        self.at += 1
        if frame.depth:
            frame.depth -= 1
        elif not frame.cases and len(self.frames) > 1:
            self.frames.pop()

    def in_quotes(self) -> None:
        char = self.text[self.at]
        if char == '"':
            self.frames.pop()
            self.at += 1
        else:
            self.in_text()

    def in_text(self) -> None:
        char = self.text[self.at]
        if char == "\\":
            self._skip_escaped()
        elif char == "`":
            self._push("backticks", 1)
        elif char == "$":
            self._dollar()
        else:
            self.at += 1

    def in_brace(self) -> None:
        text, frame = self.text, self.frames[-1]
        char = text[self.at]
        if frame.state == "name":
            self._brace_name(frame)
        elif char == "}":
            self.frames.pop()
            self.at += 1
        elif char in "'\"\\`":
            frame.refused = "expansion"  # shells differ in what quotes mean in here
            self.at += 2 if char == "\\" else 1
        elif char == "$":
            self._dollar()
        else:
            self.at += 1

    def _brace_name(self, frame: _Frame) -> None:
        found = re.compile(r"[#!]?[A-Za-z0-9_@*#?$!-]*?(?=:?[-+=?]|##?|%%?|[/^,@\[}:{])").match(self.text, self.at)
        name = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]").match(self.text, self.at)
        end = name.end() if name else found.end() if found else self.at
        operator = re.compile(r":[-+=?]|##|%%|[-+=?#%]").match(self.text, end)
        if self.text.startswith("}", end):
            self.frames.pop()
            self.at = end + 1
            return
        if end in self.templates:
            self.at = end
            return
        frame.state = operator.group() if operator and name else self.text[end : end + 1] or "other"
        self.at = operator.end() if operator and name else max(end, self.at + 1)

    def in_arithmetic(self) -> None:
        frame, char = self.frames[-1], self.text[self.at]
        if char in "([":
            frame.depth += 1
        elif char in ")]":
            frame.depth -= 1
        self.at += 1
        if frame.depth == 0:
            self.frames.pop()

    def in_backticks(self) -> None:
        if self.text[self.at] == "`":
            self.frames.pop()
            self.at += 1
        else:
            self.at += 2 if self.text[self.at] == "\\" else 1

    # steps

    def _push(self, kind: str, length: int) -> None:
        bare = self.frames[-1].kind not in ("quotes", "heredoc") and self.frames[-1].bare
        self.at += length
        self.frames.append(_Frame(kind, self.at, bare=True if kind == "code" else bare))

    def _skip_escaped(self) -> None:
        self.at += 1 if self.at + 1 in self.templates else 2

    def _dollar(self) -> None:
        text, at = self.text, self.at
        if self.frames[-1].kind == "code" and text.startswith("$'", at):
            self.at += 1
            self._single("ansi")
        elif text.startswith("$((", at):
            self._push("arithmetic", 3)
            self.frames[-1].depth = 2
        elif text.startswith("$[", at):
            self._push("arithmetic", 2)
            self.frames[-1].depth = 1
        elif text.startswith("$(", at):
            self._push("code", 2)
        elif text.startswith("${", at) and at + 1 not in self.templates:
            self._push("brace", 2)
            self.frames[-1].state = "name"
        else:
            self.at += 1

    def _single(self, form: str) -> None:
        """Everything up to the next quote; in ``$'…'`` a backslash hides one."""
        self.at += 1
        text, start = self.text, self.at
        refused = next((frame.refused for frame in self.frames if frame.refused), "")
        if any(frame.kind == "backticks" for frame in self.frames):
            refused = "backtick"
        while self.at < len(text) and text[self.at] != "'":
            known = self.templates.get(self.at)
            if known is not None:
                index, template = known
                before = text[start : self.at]
                escaped = form == "ansi" and (len(before) - len(before.rstrip("\\"))) % 2 == 1
                self.found[index] = "raw" if template.is_raw else refused or ("backslash" if escaped else form)
                self.at = template.end
            elif form == "ansi" and text[self.at] == "\\":
                self._skip_escaped()
            else:
                self.at += 1
        self.at += 1

    def _comment(self) -> None:
        while self.at < len(self.text) and self.text[self.at] != "\n":
            known = self.templates.get(self.at)
            if known is None:
                self.at += 1
                continue
            index, template = known
            self.found[index] = "raw" if template.is_raw else "comment"
            self.at = template.end

    def _heredoc_start(self) -> None:
        text = self.text
        start = re.compile(r"<<-?[ \t]*").match(text, self.at)
        if start is not None and start.end() in self.templates:
            index, template = self.templates[start.end()]
            self.found[index] = "heredoc-end"
            self.at = template.end
            return
        found = _HEREDOC.match(text, self.at)
        if found is None:
            self.at += 2
            return
        dash, word = found.groups()
        is_literal = any(char in word for char in "'\"\\")
        self.pending.append(_Heredoc(re.sub(r"\\(.)|['\"]", r"\1", word), is_literal, bool(dash)))
        self.at = found.end()

    def _heredoc_bodies(self) -> None:
        pending, self.pending = self.pending, []
        for heredoc in pending:
            self._heredoc_body(heredoc)

    def _heredoc_body(self, heredoc: _Heredoc) -> None:
        end, after = self._end_of(heredoc)
        frame = _Frame("heredoc", self.at, bare=False)
        frame.refused = "quoted-heredoc" if heredoc.is_literal else ""
        self.frames.append(frame)
        depth = len(self.frames)
        while self.at < end:
            known = self.templates.get(self.at)
            if known is not None:
                index, template = known
                self.found[index] = "raw" if template.is_raw else self._form()
                self.at = template.end
            elif len(self.frames) == depth:
                if heredoc.is_literal:
                    self.at += 1
                else:
                    self.in_text()
            else:
                _STEPS[self.frames[-1].kind](self)
        del self.frames[depth - 1 :]
        self.at = max(self.at, after)

    def _end_of(self, heredoc: _Heredoc) -> tuple[int, int]:
        """Where the body ends, and where the script goes on behind the line with the end."""
        at = self.at
        while at < len(self.text):
            stop = self.text.find("\n", at)
            stop = len(self.text) if stop < 0 else stop
            line = self.text[at:stop]
            if (line.lstrip("\t") if heredoc.strips else line) == heredoc.end:
                return at, min(stop + 1, len(self.text))
            at = stop + 1
        return len(self.text), len(self.text)


_STEPS: dict[str, Callable[[_Look], None]] = {
    "code": _Look.in_code,
    "quotes": _Look.in_quotes,
    "heredoc": _Look.in_text,
    "brace": _Look.in_brace,
    "arithmetic": _Look.in_arithmetic,
    "backticks": _Look.in_backticks,
}
