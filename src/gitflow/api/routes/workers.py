"""Workers: the list, and one worker with its recent jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.parameters import LIMIT, OFFSET
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.record import replace
from gitflow.runtime.worker.heartbeat import SILENT_S
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views.workers import WorkerState, worker, worker_detail

if TYPE_CHECKING:
    from gitflow.stores.protocols.jobs import JobRow
    from gitflow.stores.protocols.workers import WorkerRow
    from gitflow.stores.registry import Stores

#: How many recent jobs the detail of a worker has.
MAX_JOBS = 50


async def index(request: Request) -> Response:
    limit, offset = request.number("limit"), request.number("offset")
    rows = await request.read(lambda stores: stores.workers.workers(limit, offset))
    return respond([worker(_state_of(request, row)) for row in rows])


async def show(request: Request) -> Response:
    tasks = await request.seen_tasks()

    def load(stores: Stores) -> tuple[WorkerRow, list[JobRow]]:
        row = stores.workers.worker(request.path["id"])
        return row, stores.jobs.jobs(JobFilter(worker_id=row.id, tasks=tasks), MAX_JOBS)

    found, jobs = await request.read(load)
    return respond(worker_detail(replace(_state_of(request, found), jobs=jobs)))


def _state_of(request: Request, row: WorkerRow) -> WorkerState:
    """The current state of a worker; of those of this server, the number of running steps comes from memory."""
    engine = request.context.engine
    if row.id == engine.worker_id:
        row = replace(row, running=engine.running_steps())
    elif (running := request.context.fleet.running_steps(row.id)) is not None:
        row = replace(row, running=running)
    is_active = row.ended_at is None and request.now() - row.last_heartbeat <= SILENT_S
    return WorkerState(row, is_active)


ROUTES = (
    Route("GET", "/api/workers", index, "view", "List workers", query=(LIMIT, OFFSET), answer="WorkerList"),
    Route(
        "GET",
        "/api/workers/{id}",
        show,
        "view",
        "Get a worker with its recent jobs",
        answer="WorkerDetail",
        also=(404,),
    ),
)
