"""Standard input, output and error as every command needs them: open, UTF-8, and harmless for a terminal."""

from __future__ import annotations

import io
import os
import sys

from gitflow.cli.console.escape import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TextIO

UTF_8 = "utf-8"
STDOUT = "standard output"
#: The width of a terminal that does not say its own.
NARROW = 80


def prepare() -> None:
    """Data on stdout is UTF-8 whatever the locale is: programs read it, and steps print it as UTF-8."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _open_closed_streams()
    stdout, stderr = sys.stdout, sys.stderr
    sys.stdout = Harmless(_Stdout(1, "w", closefd=False), UTF_8, stdout.isatty(), wants_color(stdout, os.environ))
    stderr.flush()
    encoding = stderr.encoding or UTF_8
    sys.stderr = Harmless(io.FileIO(2, "w", closefd=False), encoding, True, wants_color(stderr, os.environ))


class Harmless(io.TextIOWrapper):
    """Escapes for a terminal all text that is written, also by libraries."""

    def __init__(self, raw: io.FileIO, encoding: str, line_buffering: bool, colors: bool) -> None:
        super().__init__(
            io.BufferedWriter(raw),
            encoding=encoding,
            errors="backslashreplace",  # what JSON has for half a character
            line_buffering=line_buffering,
        )
        self._colors = colors

    @property
    def buffer(self) -> Any:
        """Accepts bytes (click writes some) and escapes them too."""
        return _HarmlessBytes(self)

    def write(self, text: str, /) -> int:
        super().write(escape(text, self._colors))
        return len(text)


class _HarmlessBytes(io.BufferedIOBase):
    def __init__(self, text: Harmless) -> None:
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._text.write(bytes(data).decode(errors="backslashreplace"))
        return len(data)

    def flush(self) -> None:
        self._text.flush()

    def close(self) -> None:
        """Never closes the stream below it."""


def wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether the terminal may get colours. NO_COLOR, if set and not empty, forbids them (https://no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """The columns of the terminal: $COLUMNS, or what the terminal says. Not from ``shutil``, whose import takes as long
    as a list of jobs."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or NARROW
    except OSError:
        return NARROW


class _Stdout(io.FileIO):
    """A raw stream whose errors name the stream, as errors of a file name the file."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = STDOUT
            raise


def speaks_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("_", "-") == UTF_8


def write_stderr(text: str) -> None:
    """Ignores a stderr that can no longer be written."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return


def discard_stdout() -> None:
    """Sends all further output to /dev/null, also what the interpreter flushes at its end."""
    spare = os.open(os.devnull, os.O_WRONLY)
    os.dup2(spare, sys.stdout.fileno())
    os.close(spare)


def _open_closed_streams() -> None:
    """Opens /dev/null for each closed standard stream.

    Otherwise the next opened file, perhaps the database, would get the descriptor of a standard stream.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            spare = os.open(os.devnull, os.O_RDWR)
            if spare != number:
                os.dup2(spare, number)
                os.close(spare)
            setattr(sys, name, open(number, mode, encoding=UTF_8, closefd=False))  # noqa: SIM115 for as long as the process
