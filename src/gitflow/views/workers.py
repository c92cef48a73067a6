"""The JSON of workers, and of one worker with its recent jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.jobs import job_row
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import TEXT, TIME, WHOLE, list_of, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.jobs import JobRow
    from gitflow.stores.protocols.workers import WorkerRow


class WorkerState(Record):
    row: WorkerRow
    is_active: bool
    jobs: Sequence[JobRow] = ()  #: for WORKER_DETAIL


WORKER = Noun(
    "Worker",
    "A process that runs steps.",
    (
        JsonField("worker_id", TEXT, "row.id"),
        JsonField("name", TEXT, "row.name"),
        JsonField(
            "status",
            one_of("active", "inactive"),
            lambda it: "active" if it.is_active else "inactive",
            about="`inactive` if it has sent no heartbeat for a while.",
        ),
        JsonField(
            "kind",
            one_of("embedded", "agent"),
            "row.kind",
            about="`embedded`: inside a server; `agent`: `gitflow agent`, on any machine.",
        ),
        JsonField("tags", list_of(TEXT), "row.tags"),
        JsonField("version", TEXT, "row.version"),
        JsonField("last_heartbeat", or_null(TIME), "row.last_heartbeat"),
        JsonField("registered_at", TIME, "row.registered_at"),
        JsonField(
            "slots",
            or_null(WHOLE),
            "row.slots",
            about="Number of steps that it runs at once; null for one that an older version registered.",
        ),
        JsonField("running", WHOLE, "row.running", about="Number of steps that it runs now."),
    ),
    list_name="WorkerList",
)

WORKER_DETAIL = Noun(
    "WorkerDetail",
    "A worker, with its recent jobs.",
    (
        *WORKER.fields,
        JsonField(
            "jobs",
            list_of(ref("JobItem")),
            lambda it: [job_row(row) for row in it.jobs],
            about="The last 50, newest first.",
        ),
    ),
)

NOUNS = (WORKER, WORKER_DETAIL)

worker: Callable[[WorkerState], JsonObject] = writer(WORKER)
worker_detail: Callable[[WorkerState], JsonObject] = writer(WORKER_DETAIL)
