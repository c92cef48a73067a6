"""Escapes text for a terminal: it cannot move the cursor, rewrite a line or imitate a line of ours.

`streams.prepare` puts `escape` between every command and its standard output and error, so that all output
passes through it. Escaped letters are written as JSON writes them (``\\u001b``): escaped JSON stays the same JSON.
"""

from __future__ import annotations

from gitflow.core.patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

#: What a terminal acts on: control characters but line feed and tab, also those of one byte above 127 (C1), separators
#: of lines, and what reverses the direction of text.
_LETTERS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
_ACTIVE = pattern(_LETTERS)
_COLOR_OR_ACTIVE = pattern(rf"(\x1b\[[0-9;:]{{0,60}}m)|{_LETTERS}")
_RESET = "\x1b[0m"


def escape(text: str, colors: bool = False) -> str:
    """A carriage return ends a line. Colours (SGR) pass where ``colors`` says so, each up to the end of its line;
    elsewhere they are left out. Everything else that a terminal would act on is written out."""
    if not is_active(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1b" not in text:
        return _ACTIVE.sub(_escape, text)
    return "\n".join(_line(line, colors) for line in text.split("\n"))


def one_line(text: str) -> str:
    """Removes line ends and colours, for a place that holds one line such as a cell of a table."""
    text = " ".join(text.split())
    return _ACTIVE.sub(_escape, text) if is_active(text) else text


def indented(text: str, indent: str) -> str:
    """The lines after the first begin with ``indent``, so that none imitates a line of ours."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").replace("\n", f"\n{indent}")


def is_active(text: str) -> bool:
    """Whether a terminal would act on something in it."""
    if text.replace("\n", "").replace("\t", "").isprintable():  # nearly all text, without compiling a pattern
        return False
    return bool(_ACTIVE.search(text))


def _line(line: str, colors: bool) -> str:
    last = ""

    def harmless(found: re.Match[str]) -> str:
        nonlocal last
        if not found[1]:
            return _escape(found)
        last = found[1]
        return last if colors else ""

    shown = _COLOR_OR_ACTIVE.sub(harmless, line)
    return shown + _RESET if colors and last not in ("", _RESET, "\x1b[m") else shown


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
