"""The JSON of log lines and of a job's history, in answers of the API and with ``-o json`` on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.logs import SERVER_STEP
from gitflow.core.record import Record
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_object
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import ANY, TEXT, TIME, WHOLE, or_null

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.logs import LogLine
    from gitflow.core.values import Json, JsonObject
    from gitflow.views.noun import Read


class NumberedEntry(Record):
    entry: HistoryEntry
    seq: int


#: A line of the JSON Lines in ``Logs``; the OpenAPI document has no component for it.
LOG_LINE = Noun(
    "",
    "A line of a log.",
    (
        JsonField("ts", TIME),
        JsonField("stream", TEXT),
        JsonField("step", TEXT),
        JsonField("line", TEXT),
        JsonField("seq", WHOLE),
        JsonField("attempt", WHOLE),
    ),
)

#: How an entry of a job's history becomes a line of the ``_server`` log.
FROM_ENTRY: Mapping[str, Read] = {
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
        JsonField("seq", WHOLE, about="Grows, with gaps."),
        JsonField("at", TIME, "entry.at"),
        JsonField("actor", TEXT, "entry.actor"),
        JsonField("what", TEXT, "entry.what", about="A word that never changes, such as `step.completed`."),
        JsonField("step_name", or_null(TEXT), "entry.step"),
        JsonField("attempt", or_null(WHOLE), "entry.attempt"),
        JsonField("details", ANY, lambda it: history_details(it.entry.details)),
    ),
    list_name="History",
)

#: ``api.routes.logs`` streams this object, so that a long log is never in memory as a whole.
LOGS = Noun(
    "Logs",
    "What was printed.",
    (
        JsonField(
            "logs",
            TEXT,
            about="JSON Lines: an object with `ts`, `stream`, `step`, `line`, `seq` and `attempt` a line.",
        ),
    ),
)

NOUNS = (LOG_LINE, HISTORY_ENTRY, LOGS)

log_line: Callable[[LogLine], JsonObject] = writer(LOG_LINE)
_history_line = writer(LOG_LINE, FROM_ENTRY)
_history_entry = writer(HISTORY_ENTRY)


def history_entry(entry: HistoryEntry, seq: int) -> JsonObject:
    """An entry of a job's history; ``seq`` is its number, which grows with time."""
    return _history_entry(NumberedEntry(entry, seq))


def history_line(entry: HistoryEntry, seq: int) -> JsonObject:
    """An entry of a job's history as a line of its ``_server`` log."""
    return _history_line(NumberedEntry(entry, seq))


def history_details(details: Json) -> Json:
    """The details of an entry; values named ``…_at`` are stored as seconds and shown as RFC 3339."""
    if not is_object(details):
        return details
    return {
        name: rfc3339(value) if name.endswith("_at") and isinstance(value, (int, float)) else value
        for name, value in details.items()
    }


def _line_of(entry: HistoryEntry) -> str:
    step = f" {entry.step}" if entry.step else ""
    details = f": {json.dumps(history_details(entry.details), ensure_ascii=False)}" if entry.details else ""
    return f"{entry.what}{step}{details} ({entry.actor})"
