"""Lines of logs and entries of a job's history; the command line prints the same with ``-o json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.logs import SERVER_STEP
from gitflow.core.record import record
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_object
from gitflow.views.noun import Field, Noun, writer
from gitflow.views.schema import ANY, TEXT, TIME, WHOLE, or_null

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.logs import LogLine
    from gitflow.core.values import Json, JsonObject
    from gitflow.views.noun import Read


@record
class NumberedEntry:
    entry: HistoryEntry
    seq: int


#: A line of the JSON Lines that ``Logs`` holds; it is no component of the document.
LOG_LINE = Noun(
    "",
    "A line of a log.",
    (
        Field("ts", TIME),
        Field("stream", TEXT),
        Field("step", TEXT),
        Field("line", TEXT),
        Field("seq", WHOLE),
        Field("attempt", WHOLE),
    ),
)

#: Where an entry of the history has what a line of a log has; it is a line of the ``_server`` log.
AS_LINE: Mapping[str, Read] = {
    "ts": "entry.at",
    "stream": lambda _: "stdout",
    "step": lambda _: SERVER_STEP,
    "line": lambda it: _line_of(it.entry),
    "attempt": lambda it: it.entry.attempt or 0,
}

HISTORY_ENTRY = Noun(
    "HistoryEntry",
    "Something that happened, and who caused it.",
    (
        Field("seq", WHOLE, about="Grows, with gaps."),
        Field("at", TIME, "entry.at"),
        Field("actor", TEXT, "entry.actor"),
        Field("what", TEXT, "entry.what", about="A word that never changes, such as `step.completed`."),
        Field("step_name", or_null(TEXT), "entry.step"),
        Field("attempt", or_null(WHOLE), "entry.attempt"),
        Field("details", ANY, lambda it: details_shown(it.entry.details)),
    ),
    list_name="History",
)

NOUNS = (LOG_LINE, HISTORY_ENTRY)

log_line: Callable[[LogLine], JsonObject] = writer(LOG_LINE)
_history_line = writer(LOG_LINE, AS_LINE)
_history_entry = writer(HISTORY_ENTRY)


def history_entry(entry: HistoryEntry, seq: int) -> JsonObject:
    """An entry of a job's history; ``seq`` grows with time."""
    return _history_entry(NumberedEntry(entry, seq))


def history_line(entry: HistoryEntry, seq: int) -> JsonObject:
    """An entry of a job's history as a line of its ``_server`` log."""
    return _history_line(NumberedEntry(entry, seq))


def details_shown(details: Json) -> Json:
    """The details of an entry of the history: the values of ``…_at`` are times, kept as seconds."""
    if not is_object(details):
        return details
    return {
        name: rfc3339(value) if name.endswith("_at") and isinstance(value, (int, float)) else value
        for name, value in details.items()
    }


def _line_of(entry: HistoryEntry) -> str:
    about = f" {entry.step}" if entry.step else ""
    why = f": {json.dumps(details_shown(entry.details), ensure_ascii=False)}" if entry.details else ""
    return f"{entry.what}{about}{why} ({entry.actor})"
