"""The line of what a failed process wrote that says what went wrong."""

from __future__ import annotations

from gitflow.core.logs import ERROR_WORDS
from gitflow.core.patterns import pattern

#: Before what a process wrote last on stderr, in the error message of its step and of its job.
_STDERR = "\nStderr:"
#: Colours, titles and links that programs write for a terminal.
_TERMINAL_CODES = pattern(r"\x1b(?:\[[0-9;:?]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")


def error_line(message: str | None) -> str | None:
    """Of what a failed process wrote last on stderr: the first line that looks like an error, else the last.

    None if it wrote nothing. The index of a log chooses in the same way, so that pages and sentences name the same
    line.
    """
    _, _, rest = (message or "").partition(_STDERR)
    if "\x1b" in rest:  # a list of jobs mostly needs no regular expression, whose import takes longer than the list
        rest = _TERMINAL_CODES.sub("", rest)
    lines = [line.strip() for line in rest.splitlines() if line.strip()]
    errors = (line for line in lines if any(word in line.lower() for word in ERROR_WORDS))
    return next(errors, lines[-1]) if lines else None
