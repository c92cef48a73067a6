"""The JSON of places in logs: the parts of a log, and the lines that contain a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.logs import LOG_LINE, log_line
from gitflow.views.noun import JsonField, Noun, component, writer
from gitflow.views.schema import FLAG, TEXT, WHOLE, list_of, object_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.logs import LogLine
    from gitflow.core.values import JsonObject


class SearchResult(Record):
    lines: Sequence[LogLine]
    last_seq: int
    is_complete: bool


STEP_PART = Noun(
    "LogPart",
    "The lines of one attempt of a step.",
    (
        JsonField("step", TEXT),
        JsonField("attempt", WHOLE),
        JsonField("first", WHOLE, about="The `seq` of its first line."),
        JsonField("last", WHOLE, about="The `seq` of its last line; lines of other steps may lie between."),
        JsonField("lines", WHOLE),
        JsonField("bytes", WHOLE),
    ),
)

PLACE = object_of(
    "A line.",
    {"seq": WHOLE, "step": TEXT, "attempt": WHOLE, "line": {**WHOLE, "description": "Line number within the attempt."}},
)

LOG_INDEX = Noun(
    "LogIndex",
    "The size of a log, its parts, and the place of its first error.",
    (
        JsonField("lines", WHOLE),
        JsonField("bytes", WHOLE, about="The size of the log as text."),
        JsonField("by_step", list_of(ref("LogPart")), lambda it: [_part(each) for each in it.by_step]),
        JsonField(
            "first_error",
            or_null(PLACE),
            lambda it: it.first_error and _place(it.first_error),
            about="A line of the last attempt of the failed step that printed first: the first line on stderr that "
            "looks like an error, else the last line on stderr, else the last line. Null if no step failed, or "
            "none of them printed anything.",
        ),
    ),
)

SEARCH = Noun(
    "LogSearch",
    "Lines that match.",
    (
        JsonField("lines", list_of(component(LOG_LINE)), lambda it: [log_line(each) for each in it.lines]),
        JsonField(
            "last_seq", WHOLE, about="`seq` of the last line that was searched; to continue, send it as `since_seq`."
        ),
        JsonField("complete", FLAG, "is_complete", about="Whether the log was searched to its end."),
    ),
)

NOUNS = (STEP_PART, LOG_INDEX, SEARCH)

_part = writer(STEP_PART)
log_index: Callable[..., JsonObject] = writer(LOG_INDEX)
log_search: Callable[[SearchResult], JsonObject] = writer(SEARCH)


def _place(it: object) -> JsonObject:
    return {name: getattr(it, name) for name in ("seq", "step", "attempt", "line")}
