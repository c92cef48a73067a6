"""Executes tasks: creates one job, many jobs, or only the plan of a job (dry run)."""

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
from gitflow.views.operations import BatchItem, batch_result, created

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.sources import Revision
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.engine.transaction import Transaction

#: How many jobs of a batch are created in one commit.
BATCH_SIZE = 100


async def execute(request: Request) -> Response:
    """Starts a job at the active revision, or at the requested one."""
    revision = await revision_of(request, request.body.get("revision"))
    if request.query["dry_run"]:
        return respond(await asyncio.to_thread(_plan, request, revision))
    key = key_of(request)
    job = await asyncio.to_thread(_prepare_job, request, revision, request.body.get("input"))
    operations = request.context.operations
    return respond(created(await request.do(lambda transaction: operations.create(transaction, job, key))))


async def batch(request: Request) -> Response:
    """Creates a job for each input; an invalid input does not affect the others."""
    revision, inputs = await revision_of(request, request.body.get("revision")), request.body["inputs"]
    prepared = await asyncio.to_thread(lambda: [_prepare_or_refuse(request, revision, given) for given in inputs])
    results: list[BatchItem] = []
    for start in range(0, len(prepared), BATCH_SIZE):
        batch = prepared[start : start + BATCH_SIZE]
        results += await request.do(
            lambda transaction, batch=batch: [_create_job(request, transaction, one) for one in batch]
        )
    return respond(batch_result(results))


def key_of(request: Request) -> IdempotencyKey | None:
    """The key from ``Idempotency-Key``: a repeated request returns the same job. Raises InvalidInput."""
    given = request.http_request.headers.get("Idempotency-Key")
    if given is None:
        return None
    content = [request.http_request.rel_url.raw_path, request.body]
    return IdempotencyKey.of(f"{request.actor} {request.path.get('ws', '')}", given, content)


def _prepare_job(request: Request, revision: Revision, given: Json) -> Job:
    """Blocks: reads files. Raises GitflowError."""
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


def _create_job(request: Request, transaction: Transaction, one: Job | GitflowError) -> BatchItem:
    if isinstance(one, GitflowError):
        return BatchItem(error=str(one), code=one.code)
    try:
        return BatchItem(request.context.operations.create(transaction, one))
    except StoreError:
        raise  # not an error of this job: the whole commit is retried
    except GitflowError as refused:
        return BatchItem(error=str(refused), code=refused.code)


def _plan(request: Request, revision: Revision) -> JsonObject:
    """The plan of the job, as far as it is known before it runs."""
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
        query=(flag("dry_run", "Whether to return only the plan of the job, and create none."),),
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
