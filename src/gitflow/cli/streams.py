"""Standard input, output and error as every command needs them: open, and UTF-8."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import TextIOWrapper
    from typing import TextIO

UTF_8 = "utf-8"


def prepare() -> None:
    """Data on stdout is UTF-8 whatever the locale is: programs read it, and steps print it so."""
    if sys.stdin is None or sys.stdout is None or sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]
        _open_the_closed()
    stdout: TextIOWrapper = sys.stdout  # type: ignore[assignment]
    if stdout.write_through:  # PYTHONUNBUFFERED: a write may then be cut short, and a failed one cannot be told
        sys.stdout = stdout = open(1, "w", closefd=False)  # noqa: SIM115 for as long as the process
    stdout.reconfigure(encoding=UTF_8, errors="backslashreplace")  # what JSON has for half a character


def speaks_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("_", "-") == UTF_8


def _open_the_closed() -> None:
    """Else the next file that is opened, perhaps the database, takes the number of standard output."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            spare = os.open(os.devnull, os.O_RDWR)
            if spare != number:
                os.dup2(spare, number)
                os.close(spare)
            setattr(sys, name, open(number, mode, encoding=UTF_8, closefd=False))  # noqa: SIM115 for as long as the process
