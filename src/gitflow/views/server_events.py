"""The JSON of what happens on a server, as its clients follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.noun import JsonField, Noun, optional, writer
from gitflow.views.schema import ID, TEXT, TIME, WHOLE, or_null

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.server_events import ServerEvent

#: The first record of a stream; and what takes the place of records that are no longer kept.
OPENED, GAP = "opened", "gap"

SERVER_EVENT = Noun(
    "ServerEvent",
    "Something that happened on the server, to a job, a trigger, a workspace or a worker.",
    (
        JsonField(
            "seq",
            WHOLE,
            about="Number of the event. It grows by one with each event of the server, including events that the "
            "caller may not see.",
        ),
        JsonField(
            "what",
            TEXT,
            about="Kind of event, a word that never changes, such as `job.completed`. `opened`: the stream begins "
            "after `seq`; `gap`: events before `seq` are missing, so read again what you show.",
        ),
        JsonField("workspace", or_null(TEXT)),
        JsonField("task_name", or_null(TEXT)),
        JsonField("job_id", or_null(ID)),
        JsonField("step_name", or_null(TEXT)),
        JsonField(
            "status",
            or_null(TEXT),
            about="Status of the named step, else of the job, after the transaction to which the event belongs.",
        ),
        JsonField("at", TIME),
        optional("trigger_name", TEXT),
        optional("revision", TEXT, about="Revision; only in events of a workspace."),
        optional("worker_id", TEXT),
    ),
    list_name="ServerEventList",
)

NOUNS = (SERVER_EVENT,)

server_event: Callable[[ServerEvent], JsonObject] = writer(SERVER_EVENT)
