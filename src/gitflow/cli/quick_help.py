"""``gitflow --help`` without click: the text as ``make docs`` has written it.

Click has to load every command before it knows their names: 217 million instructions, and 52 for a text that is there.
"""

from __future__ import annotations

import os

from gitflow.cli.console.streams import terminal_width

#: How many columns a text is for; the widest is also for wider terminals.
WIDTHS = (80, 100)


def read_help() -> str | None:
    """The text; None if the terminal has another width, or a shell asks for completions."""
    if "_GITFLOW_COMPLETE" in os.environ:
        return None
    columns = min(terminal_width(), max(WIDTHS))
    if columns not in WIDTHS:
        return None
    try:
        with open(path_of(columns), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def path_of(columns: int) -> str:
    return os.path.join(os.path.dirname(__file__), "help", f"{columns}.txt")
