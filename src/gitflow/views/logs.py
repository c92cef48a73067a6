"""The JSON of log lines, in answers of the API and with ``-o json`` on the command line."""

from __future__ import annotations

from gitflow.core import json_codec
from gitflow.core.logs import SERVER_STEP
from gitflow.views.history import NumberedEntry, history_details
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import TEXT, TIME, WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.logs import LogLine
    from gitflow.core.values import JsonObject
    from gitflow.views.noun import Read

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

#: ``api.routes.logs`` streams this object, so that a long log is never in memory as a whole.
LOGS = Noun(
    "Logs",
    "The log of a job or a step.",
    (
        JsonField(
            "logs",
            TEXT,
            about="JSON Lines: on each line an object with `ts`, `stream`, `step`, `line`, `seq` and `attempt`.",
        ),
    ),
)

NOUNS = (LOG_LINE, LOGS)

log_line: Callable[[LogLine], JsonObject] = writer(LOG_LINE)
_history_line = writer(LOG_LINE, FROM_ENTRY)


def history_line(entry: HistoryEntry, seq: int) -> JsonObject:
    """An entry of a job's history as a line of its ``_server`` log."""
    return _history_line(NumberedEntry(entry, seq))


def _line_of(entry: HistoryEntry) -> str:
    step = f" {entry.step}" if entry.step else ""
    details = f": {json_codec.dumps(history_details(entry.details), ensure_ascii=False)}" if entry.details else ""
    return f"{entry.what}{step}{details} ({entry.actor})"
