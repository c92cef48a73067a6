"""The table of `gitflow jobs`: within the width of the terminal, with ages and durations in place of timestamps."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime

from gitflow.cli.console.progress import SHORT_SHA, seconds
from gitflow.cli.console.tables import cell, print_table, print_value
from gitflow.core.durations import rough
from gitflow.core.jobs.references import SHORTEST_PART
from gitflow.views.escape import shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.values import JsonObject

HEADINGS = ("JOB", "STATUS", "TASK", "WORKSPACE", "SOURCE", "COMMIT", "CREATED", "AGE", "TOOK")
#: What a narrow terminal goes without, in this order, before the names of tasks are cut.
DROPPED = ("SOURCE", "CREATED", "COMMIT")
#: The width of a terminal that does not say its own.
NARROW = 80
#: The fewest characters of a task's name that are shown.
SHORTEST_TASK = 12
_GAP = 2


def print_jobs(rows: Sequence[JsonObject], output: str) -> None:
    if output != "table":
        print_value(list(rows), output)
        return
    is_terminal = sys.stdout.isatty()
    table: list[dict[str, str]] = [
        dict(zip(HEADINGS, _cells(row, time.time(), is_terminal), strict=True)) for row in rows
    ]
    width = terminal_width() if is_terminal else None
    print_table(fitted(table, width))


def terminal_width() -> int:
    """The columns of the terminal: $COLUMNS, or what the terminal says. Not from ``shutil``, whose import takes as long
    as the table."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or NARROW
    except OSError:
        return NARROW


def fitted(table: Sequence[dict[str, str]], width: int | None) -> list[list[str]]:
    """The lines of the table, headings first; the workspace only where there are several. ``width`` None: no limit."""
    headings = [each for each in HEADINGS if each != "WORKSPACE" or len({row["WORKSPACE"] for row in table}) > 1]
    widths = {each: max(len(each), *(len(row[each]) for row in table), 0) for each in headings}

    def excess() -> int:
        return sum(widths[each] + _GAP for each in headings) - _GAP - (width or 0) if width is not None else 0

    for each in DROPPED:
        if excess() > 0:
            headings.remove(each)
    longest = max(SHORTEST_TASK, widths["TASK"] - max(0, excess()))
    return [list(headings)] + [
        [shortened(row[each], longest) if each == "TASK" else row[each] for each in headings] for row in table
    ]


def _cells(row: JsonObject, now: float, is_terminal: bool) -> tuple[str, ...]:
    created, started, ended = (_time(row[key]) for key in ("created_at", "started_at", "completed_at"))
    took = "" if started is None else seconds((now if ended is None else ended) - started)
    commit = row["commit"]["sha"][:SHORT_SHA] if row["commit"] else ""
    return (
        row["job_id"][-SHORTEST_PART:],
        *(cell(row[key]) for key in ("status", "task_name", "workspace", "source_type")),
        commit,
        _shown(created, is_terminal),
        rough(now - created) if created is not None else "",
        took,
    )


def _shown(at: float | None, is_terminal: bool) -> str:
    """People read the time of where they are; what is piped elsewhere has UTC."""
    if at is None:
        return ""
    if is_terminal:
        return datetime.fromtimestamp(at).astimezone().strftime("%m-%d %H:%M")
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()
