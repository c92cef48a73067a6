"""Tasks and triggers as they are defined, and the making of jobs from them."""

from __future__ import annotations

import asyncio
import time

from gitflow.api import definitions
from gitflow.api.answer import Answer, answer, stamped
from gitflow.api.call import Call
from gitflow.api.route import Route
from gitflow.core.errors import NotFound
from gitflow.core.job import Source
from gitflow.core.names import closest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.definition import Task
    from gitflow.core.snapshot import Snapshot


async def index(call: Call) -> Answer:
    snapshot, _ = call.served().in_force
    seen = [task for name, task in snapshot.tasks.items() if call.sees(call.path["ws"], name)]
    listed = [definitions.task_row(snapshot, task) for task in seen]
    return stamped(listed) if len(seen) < len(snapshot.tasks) else answer(listed, etag=snapshot.revision)


async def show(call: Call) -> Answer:
    snapshot, task = _task(call)
    detail = definitions.task_detail(snapshot, task, time.time())
    runs = [trigger["next_runs"][0] for trigger in detail["triggers"] if trigger["next_runs"]]
    return answer(detail, etag="-".join([snapshot.revision, *runs]).replace(":", ""))


async def triggers(call: Call) -> Answer:
    snapshot, _ = call.served().in_force
    now = time.time()
    seen = [each for each in snapshot.triggers.values() if call.sees(call.path["ws"], each.task)]
    return answer([definitions.trigger(each, now) for each in seen])


def _task(call: Call) -> tuple[Snapshot, Task]:
    """Raises NotFound."""
    snapshot, _ = call.served().in_force
    name = call.path["name"]
    if name not in snapshot.tasks:
        raise NotFound("task", name, closest(name, snapshot.tasks))
    return snapshot, snapshot.tasks[name]


async def execute(call: Call) -> Answer:
    """A job at the revision that is served now."""
    served, app = call.served(), call.server.service.app
    snapshot, revision = served.in_force
    source = Source("api", None, call.actor)
    job = app.office.maker.make(snapshot, call.path["name"], call.body.get("input") or {}, source)
    await asyncio.to_thread(app.opened.checkouts.ensure, served.workspace, revision)

    def create(turn: object) -> None:
        app.opened.snapshots.keep(snapshot.workspace, snapshot.revision)
        app.office.create(turn, job)

    await call.do(create)
    return answer({"job_id": job.id})


ROUTES = (
    Route("GET", "/api/workspaces/{ws}/tasks", index, "view", "List tasks", answer="TaskList", also=(304, 404, 422)),
    Route(
        "GET",
        "/api/workspaces/{ws}/tasks/{name}",
        show,
        "view",
        "Get a task with its flow and its triggers",
        answer="TaskDetail",
        also=(304, 404, 422),
    ),
    Route(
        "POST",
        "/api/workspaces/{ws}/tasks/{name}/execute",
        execute,
        "run",
        "Execute a task",
        body="Execute",
        answer="Created",
        also=(404, 409, 422),
    ),
    Route(
        "GET", "/api/workspaces/{ws}/triggers", triggers, "view", "List triggers", answer="TriggerList", also=(404, 422)
    ),
)
