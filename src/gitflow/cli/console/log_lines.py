"""Prints the lines of a job's log: for programs as JSON Lines, for people behind the names of their steps."""

from __future__ import annotations

import os
import sys

from gitflow.cli.console.progress import step_prefix
from gitflow.cli.console.streams import wants_color
from gitflow.core import json_codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import JsonObject


def log_printer(form: str) -> Callable[[JsonObject], object]:
    """``form``: ``jsonl``, ``text`` (as the step printed it) or ``steps``."""
    write = sys.stdout.write
    if form == "jsonl":
        return lambda line: write(json_codec.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    if form == "text":
        return lambda line: write(f"{line['line']}\n")
    color = wants_color(sys.stdout, os.environ)
    return lambda line: write(f"{step_prefix(line['step'], color)}{line['line']}\n")
