"""Escapes text for a terminal, so that it cannot move the cursor, rewrite a line or imitate a line of gitflow.

`streams.prepare` puts `escape` between every command and its standard output and error, so that all output
passes through it. Escaped letters are written as JSON writes them (``\\u001b``): escaped JSON stays the same JSON.
"""

from __future__ import annotations

from gitflow.core.patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

#: What a terminal acts on: control characters except line feed and tab (also the C1 ones above 127), line separators,
#: and characters that reverse the direction of text.
_LETTERS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
_ACTIVE = pattern(_LETTERS)
_COLOR_OR_ACTIVE = pattern(rf"(\x1b\[[0-9;:]{{0,60}}m)|{_LETTERS}")
_RESET = "\x1b[0m"


def escape(text: str, colors: bool = False) -> str:
    """Escapes everything that a terminal would act on.

    A carriage return becomes the end of a line. Colours (SGR) are removed; with ``colors`` they are kept, each up to
    the end of its line.
    """
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
    """Indents the lines after the first, so that none of them imitates a line of gitflow."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").replace("\n", f"\n{indent}")


def is_active(text: str) -> bool:
    """Whether a terminal would act on something in the text."""
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
