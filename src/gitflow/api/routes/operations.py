"""Operations on jobs and steps; each is one of ``runtime.operations``, called by its name.

If another process of this machine (``gitflow run``) owns the job, the operation is forwarded to it, and its answer is
returned.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

from gitflow.api.auth.resources import resource_of_job
from gitflow.api.http.errors import bad_request, draining
from gitflow.api.http.parameters import read_query, text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.execute import key_of
from gitflow.api.routes.jobs import FILTERS, filter_of, find_job, load_attempts
from gitflow.core.errors import Conflict, GitflowError, NotFound
from gitflow.core.names import closest
from gitflow.core.record import replace
from gitflow.core.templates.masking import masked
from gitflow.core.values import is_list
from gitflow.runtime.operations import bulk
from gitflow.runtime.operations.forward import PendingRequest, answer_of, perform_or_forward
from gitflow.runtime.operations.operations import RetryOptions
from gitflow.runtime.operations.rights import as_json
from gitflow.views import jobs
from gitflow.views.operations import BulkAnswer, bulk_answer, created

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.stores.registry import Stores

#: How long the owner of a job may take to answer, and the polling interval, in seconds.
TIMEOUT_S, POLL_S = 10.0, 0.05


async def act(request: Request, operation: str, arguments: JsonObject, job_id: str | None = None) -> JsonObject:
    """Performs an operation on a job (default: the one that ``{id}`` names); returns once it is stored.

    Raises what the operation raises.
    """
    operations, job_id, actor = request.context.operations, job_id or request.path["id"], request.actor
    if operation in _BY:
        arguments = {**arguments, "by": await _by(request, job_id)}
    details = _details(request, operation, job_id, arguments)

    def work(transaction: Transaction) -> JsonObject | PendingRequest:
        result = perform_or_forward(operations, transaction, operation, job_id, actor, arguments)
        details.update(_without_secrets(transaction, [job_id], details))
        return result

    result = await request.do(work, lambda _: details)
    return await _wait_for_owner(request, result) if isinstance(result, PendingRequest) else result


#: Bulk operations that start jobs.
STARTING = ("retry", "restart")

#: Operations whose arguments include the rights of the caller.
_BY = frozenset({"skip", "complete", "decide", "restart"})


async def _by(request: Request, job_id: str) -> JsonObject:
    """The rights of the caller: an administrator of the job's task may act for the approvers of its steps."""
    resource = await resource_of_job(request, job_id)
    is_administrator = request.may("admin", resource.workspace, resource.task or "")
    return as_json(request.identity, is_administrator, request.caller.address)


#: Arguments that audit events include; other values may be secret.
_AUDITED = ("reason", "approved", "type")
_BULK_AUDITED = ("operation", "filter", "from", "from_step")


def _details(request: Request, operation: str, job_id: str, arguments: JsonObject) -> dict[str, str]:
    """The details of the audit event that the route and its path do not contain."""
    given = {name: _as_text(arguments[name]) for name in _AUDITED if arguments.get(name) not in (None, "")}
    if job_id in request.path.values():
        return given
    return {"operation": operation, "job": job_id, **given}


def _without_secrets(transaction: Transaction, job_ids: Sequence[str], details: Mapping[str, str]) -> dict[str, str]:
    """Masks secrets of the jobs, which a reason may quote."""
    known = {
        secret for job_id in job_ids if job_id in transaction.jobs for secret in transaction.jobs[job_id].job.secrets
    }
    return {name: str(masked(text, tuple(known))) for name, text in details.items()}


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


async def _wait_for_owner(request: Request, pending: PendingRequest) -> JsonObject:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                answer = await request.read(lambda stores: answer_of(stores.jobs, pending))
                if answer is not None:
                    return answer
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        message = f"the process that runs job {pending.job_id} has not answered yet; it will act as soon as it can"
        raise Conflict(message) from None


async def cancel(request: Request) -> Response:
    return respond(await act(request, "cancel", request.body))


def _on_job(operation: str, summary: str) -> Callable[[Request], Awaitable[Response]]:
    async def handler(request: Request) -> Response:
        await act(request, operation, request.body)
        return respond(await _item(request))

    handler.__name__ = operation
    handler.__doc__ = summary
    return handler


def _on_step(operation: str, summary: str) -> Callable[[Request], Awaitable[Response]]:
    async def handler(request: Request) -> Response:
        await _refuse_unknown_step(request)
        await act(request, operation, {**request.body, "step": request.path["step"]})
        return respond(await _step(request))

    handler.__name__ = operation
    handler.__doc__ = summary
    return handler


async def _item(request: Request) -> JsonObject:
    return jobs.job_item(await find_job(request))


async def _step(request: Request) -> JsonObject:
    job, attempts = await load_attempts(request, request.path["id"])
    name = request.path["step"]
    return jobs.step_detail(job, job.steps[name], [row for row in attempts if row.step == name])


async def _refuse_unknown_step(request: Request) -> None:
    """Raises NotFound."""
    job = await find_job(request)
    name = request.path["step"]
    if name not in job.steps:
        raise NotFound("step", name, closest(name, job.steps))


async def retry(request: Request) -> Response:
    """With ``revision: latest`` the new job uses the definition at the active revision."""
    job_id, operations, actor, key = (
        request.path["id"],
        request.context.operations,
        request.actor,
        key_of(request),
    )
    how = RetryOptions(request.body.get("from") == "start", request.body.get("from_step"))
    if request.body.get("revision") != "latest":
        made = await request.do(lambda transaction: operations.retry(transaction, job_id, actor, how, key), _new_job)
    else:
        before = await find_job(request)
        served = request.context.workspaces.get(before.workspace)
        how = replace(how, latest=served.workspace, revision=served.active[1])
        job = await asyncio.to_thread(operations.prepare_retry, before, actor, how)
        made = await request.do(lambda transaction: operations.create(transaction, job, key), _new_job)
    return respond(created(made), 201)


def _new_job(job_id: str) -> dict[str, str]:
    return {"new_job": job_id}


async def delete(request: Request) -> Response:
    """Returns the deleted job."""
    item = await _item(request)
    await act(request, "delete", {})
    return respond(item)


async def replay(request: Request) -> Response:
    await _refuse_unknown_step(request)
    return respond(await act(request, "replay", {"step": request.path["step"]}))


async def approve(request: Request) -> Response:
    """Approves, or rejects if ``approved`` is false."""
    await _refuse_unknown_step(request)
    await act(request, "decide", {"approved": True, **request.body, "step": request.path["step"]})
    return respond(await _step(request))


async def send(request: Request) -> Response:
    """The body is the event's payload."""
    sent: JsonObject = {"type": request.path["type"], "payload": request.body}
    event_id = request.query["event_id"] or request.http_request.headers.get("Idempotency-Key")
    await act(request, "event", {**sent, "id": event_id} if event_id else sent)
    return respond(await _item(request), 202)


async def in_bulk(request: Request) -> Response:
    """Handles each job separately; a filter selects the newest 1,000 matching jobs."""
    operation, actor = request.body["operation"], request.actor
    operations = request.context.operations
    if operation in STARTING and request.context.drain.is_draining:
        raise draining()
    ids, more = await _select_jobs(request, operation)
    if request.body.get("dry_run"):
        return respond(bulk_answer(BulkAnswer([], more, ids)))
    arguments = {key: request.body[key] for key in ("from", "from_step", "reason") if key in request.body}
    if operation == "restart":
        arguments["by"] = as_json(request.identity, False, request.caller.address)
    results: list[JsonObject] = []
    for batch in bulk.batches(ids):
        allowed, refused = await _split_by_permission(request, batch)
        results_of_batch, _ = await request.do(
            partial(_batch, operations, operation, allowed, actor, arguments, _bulk_arguments(request.body)),
            partial(_bulk_details, refused),
        )
        results_of = {result.job_id: result for result in (*refused, *results_of_batch)}
        results += [await _describe_result(request, results_of[job_id]) for job_id in batch]
    return respond(bulk_answer(BulkAnswer(results, more)))


def _bulk_arguments(body: JsonObject) -> dict[str, str]:
    return {name: _as_text(body[name]) for name in (*_BULK_AUDITED, *_AUDITED) if body.get(name)}


def _batch(
    operations: Operations,
    operation: str,
    job_ids: Sequence[str],
    actor: str,
    arguments: JsonObject,
    details: Mapping[str, str],
    transaction: Transaction,
) -> tuple[list[bulk.Result], dict[str, str]]:
    """The results, and the details for the audit event."""
    results = bulk.perform_each(operations, transaction, operation, job_ids, actor, arguments)
    return results, _without_secrets(transaction, job_ids, details)


def _bulk_details(
    not_permitted: Sequence[bulk.Result], batch: tuple[Sequence[bulk.Result], Mapping[str, str]]
) -> dict[str, str]:
    """The details of the audit event of one commit: the arguments, the jobs, and the refused jobs."""
    results, details = batch
    succeeded = " ".join(result.job_id for result in results if result.ok)
    refused = " ".join(result.job_id for result in (*not_permitted, *results) if not result.ok)
    return {**details, **({"jobs": succeeded} if succeeded else {}), **({"refused": refused} if refused else {})}


async def _select_jobs(request: Request, operation: str) -> tuple[list[str], int]:
    given = request.body
    if "job_ids" in given:
        return bulk.check_ids(operation, [job_id.lower() for job_id in given["job_ids"]]), 0
    if "filter" not in given:
        raise bad_request("missing job_ids or filter", [("job_ids", "is missing, and so is filter")])
    wanted = replace(filter_of(_as_query(given["filter"])), tasks=await request.seen_tasks())
    return await request.read(lambda stores: bulk.matching(stores.jobs, operation, wanted))


def _as_query(given: JsonObject) -> JsonObject:
    """A filter in a body as the query of a list."""
    labels = [f"{name}={value}" for name, value in given.get("labels", {}).items()]
    texts = {name: value if is_list(value) else [value] for name, value in given.items() if name != "labels"}
    return read_query(FILTERS, {**texts, "label": labels})


async def _split_by_permission(request: Request, job_ids: Sequence[str]) -> tuple[list[str], list[bulk.Result]]:
    """The jobs on which the caller may act, and an error for each of the others."""
    if request.sees_all:
        return list(job_ids), []
    tasks = await request.read(lambda stores: {job_id: _task_of(stores, job_id) for job_id in job_ids})
    refused: list[bulk.Result] = []
    for job_id, task in tasks.items():
        if task is None or not request.may("view", *task):
            refused.append(bulk.refused(job_id, NotFound("job", job_id)))
        elif not request.may("run", *task):
            refused.append(bulk.Result(job_id, error=f"{request.actor} may not do this", code="forbidden"))
    out = {result.job_id for result in refused}
    return [job_id for job_id in job_ids if job_id not in out], refused


def _task_of(stores: Stores, job_id: str) -> tuple[str, str] | None:
    try:
        return stores.jobs.task_of(job_id)
    except NotFound:
        return None


async def _describe_result(request: Request, result: bulk.Result) -> JsonObject:
    if result.pending is not None:
        try:
            await _wait_for_owner(request, result.pending)
        except GitflowError as error:
            result = bulk.refused(result.job_id, error)
    return jobs.bulk_result(result)


def _job_route(operation: str, summary: str, handler: Callable[[Request], Awaitable[Response]] | None = None) -> Route:
    return Route(
        "POST",
        f"/api/jobs/{{id}}/{operation}",
        handler or _on_job(operation, summary),
        "run",
        summary,
        tag="jobs",
        body=BODIES.get(operation, "Nothing"),
        answer={"cancel": "Cancelling", "retry": "Created"}.get(operation, "JobItem"),
        status=201 if operation == "retry" else 200,
        also=(404, 409, 422) if operation == "retry" else (404, 409),
        scope="workflows:trigger" if operation == "retry" else "workflows:write",
    )


def _step_route(operation: str, summary: str, handler: Callable[[Request], Awaitable[Response]] | None = None) -> Route:
    return Route(
        "POST",
        f"/api/jobs/{{id}}/steps/{{step}}/{operation}",
        handler or _on_step(STEP_OPERATIONS.get(operation, operation), summary),
        "run",
        summary,
        tag="steps",
        body=BODIES.get(f"step {operation}", "Nothing"),
        answer="Replayed" if operation == "replay" else "Step",
        also=(404, 409),
        scope="workflows:write",
    )


#: Last segment of a step's route -> name of the operation, where they differ.
STEP_OPERATIONS: Mapping[str, str] = {"retry": "retry_step"}
BODIES: Mapping[str, str] = {
    "cancel": "Cancel",
    "retry": "Retry",
    "step skip": "Skip",
    "step complete": "Complete",
    "step approve": "Approve",
}

ROUTES = (
    _job_route("cancel", "Cancel a job and stop its running processes", cancel),
    _job_route("pause", "Pause a job: start no more of its steps"),
    _job_route("resume", "Resume a paused job"),
    _job_route("retry", "Create a new job that continues where an ended one stopped", retry),
    _job_route("restart", "Restart a job from its beginning, at its own revision"),
    _step_route("retry", "Run a step again"),
    _step_route("replay", "Run a step again, with all steps that depend on it", replay),
    _step_route("skip", "Skip a step; the steps that depend on it continue"),
    _step_route("complete", "Declare a step completed, with a result"),
    _step_route("approve", "Approve or reject a step that waits for approval", approve),
    Route(
        "POST",
        "/api/jobs/{id}/events/{type}",
        send,
        "run",
        "Send an event for which a step waits or will wait; the body is its payload",
        tag="jobs",
        query=(text("event_id", "Id of the event; a repetition is ignored. `Idempotency-Key` can give it instead."),),
        body="Payload",
        answer="JobItem",
        status=202,
        also=(404, 409),
        scope="workflows:write",
    ),
    Route(
        "DELETE",
        "/api/jobs/{id}",
        delete,
        "run",
        "Delete an ended job with its child and hook jobs, logs and artifacts",
        tag="jobs",
        answer="JobItem",
        also=(404, 409),
        scope="workflows:write",
    ),
    Route(
        "POST",
        "/api/jobs/bulk",
        in_bulk,
        "run",
        "Cancel, retry, restart or delete many jobs",
        tag="jobs",
        body="Bulk",
        answer="BulkResult",
        scope="workflows:write",
    ),
)
