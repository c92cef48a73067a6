"""Making jobs from tasks: one, many, or none at all (a dry run)."""

from __future__ import annotations

import asyncio

from gitflow.api.http.parameters import flag
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.revisions import revision_of
from gitflow.core.errors import GitflowError, StoreError
from gitflow.core.machine.dry_run import preview
from gitflow.runtime.operations.idempotency import Key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.sources import Revision
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.engine.transaction import Transaction

#: How many jobs of a batch one commit makes.
AT_ONCE = 100


async def execute(call: Request) -> Response:
    """At the revision that is served now, or at the one that is asked for."""
    revision = await revision_of(call, call.body.get("revision"))
    if call.query["dry_run"]:
        return respond(await asyncio.to_thread(_plan, call, revision))
    key = key_of(call)
    job = await asyncio.to_thread(_prepared, call, revision, call.body.get("input"))
    operations = call.server.service.app.operations
    return respond({"job_id": await call.do(lambda turn: operations.create(turn, job, key))})


async def batch(call: Request) -> Response:
    """A job for each input; one that is wrong stops no other."""
    revision, inputs = await revision_of(call, call.body.get("revision")), call.body["inputs"]
    prepared = await asyncio.to_thread(lambda: [_prepared_or_refused(call, revision, given) for given in inputs])
    results: list[JsonObject] = []
    for start in range(0, len(prepared), AT_ONCE):
        some = prepared[start : start + AT_ONCE]
        results += await call.do(lambda turn, some=some: [_created(call, turn, one) for one in some])
    return respond({"results": results})


def key_of(call: Request) -> Key | None:
    """``Idempotency-Key``: the same request said again gives the same job. Raises InvalidInput."""
    given = call.request.headers.get("Idempotency-Key")
    if given is None:
        return None
    request = [call.request.rel_url.raw_path, call.body]
    return Key.of(f"{call.actor} {call.path.get('ws', '')}", given, request)


def _prepared(call: Request, revision: Revision, given: Json) -> Job:
    """Reads files, and may take long. Raises GitflowError."""
    served, body = call.served(), call.body
    return call.server.service.app.operations.prepared(
        served.workspace,
        revision,
        call.path["name"],
        given or {},
        call.source,
        labels=body.get("labels"),
        priority=body.get("priority"),
    )


def _prepared_or_refused(call: Request, revision: Revision, given: Json) -> Job | GitflowError:
    try:
        return _prepared(call, revision, given)
    except GitflowError as refused:
        return refused


def _created(call: Request, turn: Transaction, one: Job | GitflowError) -> JsonObject:
    if isinstance(one, GitflowError):
        return {"ok": False, "error": str(one), "code": one.code}
    try:
        return {"ok": True, "job_id": call.server.service.app.operations.create(turn, one)}
    except StoreError:
        raise  # it says nothing about this job: the whole commit is tried again
    except GitflowError as refused:
        return {"ok": False, "error": str(refused), "code": refused.code}


def _plan(call: Request, revision: Revision) -> JsonObject:
    """What the job would do, as far as it is known before it runs."""
    app = call.server.service.app
    snapshot = app.opened.snapshots.load(call.served().workspace, revision)
    job = app.orchestrator.maker.make(snapshot, call.path["name"], call.body.get("input") or {}, call.source)
    return preview(job, snapshot.secrets)


ROUTES = (
    Route(
        "POST",
        "/api/workspaces/{ws}/tasks/{name}/execute",
        execute,
        "run",
        "Execute a task",
        tag="tasks",
        query=(flag("dry_run", "Answer the plan, and make no job."),),
        body="Execute",
        answer="Executed",
        also=(404, 409, 422),
        scope="workflows:trigger",
    ),
    Route(
        "POST",
        "/api/workspaces/{ws}/tasks/{name}/batch",
        batch,
        "run",
        "Execute a task once for each of many inputs",
        tag="tasks",
        body="Batch",
        answer="BatchResult",
        also=(404, 422),
        scope="workflows:trigger",
    ),
)
