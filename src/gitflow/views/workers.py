"""Workers, and the jobs that one of them ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record
from gitflow.views.jobs import job_row
from gitflow.views.noun import Field, Noun, writer
from gitflow.views.schema import TEXT, TIME, WHOLE, list_of, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.jobs import JobRow
    from gitflow.stores.protocols.workers import WorkerRow


@record
class SeenWorker:
    row: WorkerRow
    is_active: bool
    jobs: Sequence[JobRow] = ()  #: of a detail


WORKER = Noun(
    "Worker",
    "Who runs steps.",
    (
        Field("worker_id", TEXT, "row.id"),
        Field("name", TEXT, "row.name"),
        Field(
            "status",
            one_of("active", "inactive"),
            lambda it: "active" if it.is_active else "inactive",
            about="`inactive` when nothing was heard of it for a while.",
        ),
        Field("tags", list_of(TEXT), "row.tags"),
        Field("version", TEXT, "row.version"),
        Field("last_heartbeat", or_null(TIME), "row.last_heartbeat"),
        Field("registered_at", TIME, "row.registered_at"),
        Field("running", WHOLE, "row.running", about="How many steps it runs."),
    ),
    list_name="WorkerList",
)

WORKER_DETAIL = Noun(
    "WorkerDetail",
    "A worker, with its recent jobs.",
    (
        *WORKER.fields,
        Field(
            "jobs",
            list_of(ref("JobItem")),
            lambda it: [job_row(row) for row in it.jobs],
            about="The last 50, newest first.",
        ),
    ),
)

NOUNS = (WORKER, WORKER_DETAIL)

worker: Callable[[SeenWorker], JsonObject] = writer(WORKER)
worker_detail: Callable[[SeenWorker], JsonObject] = writer(WORKER_DETAIL)
