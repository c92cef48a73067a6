"""Making jobs from tasks: one, many, or none at all (a dry run)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http.parameters import flag
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.revisions import revision_of
from gitflow.core.errors import GitflowError, StoreError
from gitflow.core.machine.dry_run import preview
from gitflow.runtime.operations.idempotency import IdempotencyKey

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.sources import Revision
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.engine.transaction import Transaction

#: How many jobs of a batch one commit makes.
AT_ONCE = 100


async def execute(request: Request) -> Response:
    """At the revision that is served now, or at the one that is asked for."""
    revision = await revision_of(request, request.body.get("revision"))
    if request.query["dry_run"]:
        return respond(await asyncio.to_thread(_plan, request, revision))
    key = key_of(request)
    job = await asyncio.to_thread(_prepare_job, request, revision, request.body.get("input"))
    operations = request.context.operations
    return respond({"job_id": await request.do(lambda turn: operations.create(turn, job, key))})


async def batch(request: Request) -> Response:
    """A job for each input; one that is wrong stops no other."""
    revision, inputs = await revision_of(request, request.body.get("revision")), request.body["inputs"]
    prepared = await asyncio.to_thread(lambda: [_prepare_or_refuse(request, revision, given) for given in inputs])
    results: list[JsonObject] = []
    for start in range(0, len(prepared), AT_ONCE):
        some = prepared[start : start + AT_ONCE]
        results += await request.do(lambda turn, some=some: [_create_job(request, turn, one) for one in some])
    return respond({"results": results})


def key_of(request: Request) -> IdempotencyKey | None:
    """``Idempotency-Key``: the same request said again gives the same job. Raises InvalidInput."""
    given = request.http_request.headers.get("Idempotency-Key")
    if given is None:
        return None
    asked = [request.http_request.rel_url.raw_path, request.body]
    return IdempotencyKey.of(f"{request.actor} {request.path.get('ws', '')}", given, asked)


def _prepare_job(request: Request, revision: Revision, given: Json) -> Job:
    """Reads files, and may take long. Raises GitflowError."""
    served, body = request.served(), request.body
    return request.context.operations.prepare(
        served.workspace,
        revision,
        request.path["name"],
        given or {},
        request.source,
        labels=body.get("labels"),
        priority=body.get("priority"),
    )


def _prepare_or_refuse(request: Request, revision: Revision, given: Json) -> Job | GitflowError:
    try:
        return _prepare_job(request, revision, given)
    except GitflowError as refused:
        return refused


def _create_job(request: Request, turn: Transaction, one: Job | GitflowError) -> JsonObject:
    if isinstance(one, GitflowError):
        return {"ok": False, "error": str(one), "code": one.code}
    try:
        return {"ok": True, "job_id": request.context.operations.create(turn, one)}
    except StoreError:
        raise  # it says nothing about this job: the whole commit is tried again
    except GitflowError as refused:
        return {"ok": False, "error": str(refused), "code": refused.code}


def _plan(request: Request, revision: Revision) -> JsonObject:
    """What the job would do, as far as it is known before it runs."""
    context = request.context
    snapshot = context.snapshots.load(request.served().workspace, revision)
    job = context.job_factory.make(snapshot, request.path["name"], request.body.get("input") or {}, request.source)
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
