"""Handlers for runs: lists, one run, and operations on runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.reading import object_body, query_of
from gitflow.api.dialects.versions import Version, version_at
from gitflow.api.dialects.workflow_runs import views
from gitflow.api.http.errors import HttpError, bad_request
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.routes.explain import reasons_of
from gitflow.api.routes.jobs import decode_cursor, encode_cursor, load_job
from gitflow.api.routes.operations import act
from gitflow.core.errors import GitflowError, NotFound
from gitflow.core.record import replace
from gitflow.core.status import JobStatus
from gitflow.core.values import is_list
from gitflow.runtime.operations.idempotency import IdempotencyKey
from gitflow.runtime.operations.operations import RetryOptions
from gitflow.stores.protocols.jobs import JobFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.job import Job
    from gitflow.core.values import JsonObject
    from gitflow.stores.registry import Stores


#: How many runs a page has by default, and at most.
DEFAULT_LIMIT, MAX_LIMIT = 50, 100

#: Status of a run -> of a job.
STATUS_OF = {word: status.value for status, word in views.RUN_STATUS.items()}


async def list_runs(request: Request) -> Response:
    """Newest first: a bare array, or a page if ``cursor`` is given, even an empty one."""
    query = query_of(request)
    wanted, limit = _filter(request, query), limit_of(query)
    rows, more = await _rows(request, wanted, limit, query.get("cursor") or None)
    runs = [views.run(job, await version_of(request, job)) for job in rows]
    if "cursor" not in query:
        return respond(runs)
    page: JsonObject = {"data": runs, "has_more": more}
    if more:
        page["next_cursor"] = encode_cursor(rows[-1].created_at, rows[-1].id)
    return respond(page)


def _filter(request: Request, query: Mapping[str, str]) -> JobFilter:
    """Raises HttpError for what is missing or unknown."""
    project = query.get("project_id") or request.identity.workspace
    if not project:
        raise bad_request("project_id is required")
    status, key = query.get("status") or None, query.get("tag_key") or None
    if status is not None and status not in STATUS_OF:
        raise bad_request(f"status must be one of {', '.join(STATUS_OF)}")
    if status is not None and key is not None:
        raise bad_request("status and tag_key cannot be combined")
    value = query.get("tag_value")
    return JobFilter(
        workspace=project,
        status=STATUS_OF[status] if status else None,
        labels={key: value} if key is not None and value is not None else {},
        has_label=key if value is None else None,
    )


def limit_of(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not text.isascii() or not text.isdigit() or int(text[:12]) < 1:
        raise bad_request("limit must be a positive integer")
    return min(int(text[:12]), MAX_LIMIT)


async def _rows(request: Request, wanted: JobFilter, limit: int, cursor: str | None) -> tuple[list[Job], bool]:
    """The jobs of one page, and whether there are more."""
    seen = await request.seen_tasks()
    before = decode_cursor(cursor)

    def select(stores: Stores) -> tuple[list[Job], bool]:
        rows = stores.jobs.jobs(replace(wanted, tasks=seen), limit + 1, before=before)
        return [request.context.job(stores, row.id) for row in rows[:limit]], len(rows) > limit

    return await request.read(select)


async def get_run(request: Request) -> Response:
    return respond(await run_of(request, request.path["run"]))


async def run_of(request: Request, job_id: str) -> JsonObject:
    job = await load_job(request, job_id)
    return views.run(job, await version_of(request, job))


async def version_of(request: Request, job: Job) -> Version:
    return await version_at(request, job.workspace, job.task_name, job.revision)


async def cancel_run(request: Request) -> Response:
    job = await load_job(request, request.path["run"])
    if job.ended:
        raise bad_request(f"the run has ended: {views.RUN_STATUS[job.status]}")
    await act(request, "cancel", {}, job.id)
    return Response(b"", 204)


async def pause_run(request: Request) -> Response:
    return await _perform(request, "pause")


async def resume_run(request: Request) -> Response:
    return await _perform(request, "resume")


async def _perform(request: Request, operation: str) -> Response:
    """Pausing a paused run and resuming a running one change nothing."""
    job = await load_job(request, request.path["run"])
    if job.status not in (JobStatus.RUNNING, JobStatus.PAUSED) or job.cancelling:
        raise bad_request(f"cannot {operation} the run: it is {views.RUN_STATUS[job.status]}")
    await act(request, operation, {}, job.id)
    return respond(await run_of(request, job.id))


async def retry_run(request: Request) -> Response:
    job = await load_job(request, request.path["run"])
    if not job.ended:
        raise bad_request(f"the run has not ended: {views.RUN_STATUS[job.status]}")
    made = await _retry(request, job.id, RetryOptions(), key_of(request, await object_body(request)))
    return respond(await run_of(request, made), 201)


async def _retry(request: Request, job_id: str, how: RetryOptions, key: IdempotencyKey | None = None) -> str:
    operations, actor = request.context.operations, request.actor
    return await request.do(
        lambda transaction: operations.retry(transaction, job_id, actor, how, key),
        lambda made: {"job": job_id, "new_job": made},
    )


async def bulk_cancel(request: Request) -> Response:
    canceled: list[str] = []
    ids = await _ids(request)
    for job_id in ids:
        try:
            await _actionable_job(request, job_id)
            await act(request, "cancel", {}, job_id)
            canceled.append(job_id)
        except (GitflowError, HttpError):
            continue
    return respond({"canceled": len(canceled), "failed": len(ids) - len(canceled), "workflow_run_ids": canceled})


async def bulk_replay(request: Request) -> Response:
    """Retries runs; a completed run is retried from its start."""
    results: list[JsonObject] = []
    for job_id in await _ids(request):
        try:
            job = await _actionable_job(request, job_id)
            made = await _retry(request, job_id, RetryOptions(from_start=job.status is JobStatus.COMPLETED))
            results.append({"original_run_id": job_id, "new_run_id": made, "status": "replayed"})
        except (GitflowError, HttpError) as refused:
            results.append({"original_run_id": job_id, "status": "failed", "error": str(refused)})
    replayed = sum("new_run_id" in result for result in results)
    counts: JsonObject = {"replayed": replayed, "failed": len(results) - replayed, "total": len(results)}
    return respond({**counts, "results": results})


async def _ids(request: Request) -> list[str]:
    given = (await object_body(request)).get("workflow_run_ids")
    if not is_list(given) or not 1 <= len(given) <= MAX_LIMIT or not all(isinstance(each, str) for each in given):
        raise bad_request(f"workflow_run_ids must be a list of 1 to {MAX_LIMIT} ids")
    return list(dict.fromkeys(str(each) for each in given))


async def _actionable_job(request: Request, job_id: str) -> Job:
    """The job, if the caller may act on it. Raises NotFound, and HttpError if the caller may only see it."""
    job = await load_job(request, job_id)
    if not request.sees(job.workspace, job.task_name):
        raise NotFound("run", job_id)
    if not request.may("run", job.workspace, job.task_name):
        raise HttpError(403, f"{request.actor} may not do this")
    return job


async def graph(request: Request) -> Response:
    job = await load_job(request, request.path["run"])
    return respond(views.graph(job, await version_of(request, job)))


async def timeline(request: Request) -> Response:
    job = await load_job(request, request.path["run"])
    return respond(views.timeline(job))


async def explain_run(request: Request) -> Response:
    job = await load_job(request, request.path["run"])
    wanted = query_of(request).get("step_ref")
    reasons = {name: why for name, why in (await reasons_of(request, job)).items() if wanted in (None, "", name)}
    if wanted and not reasons:
        raise NotFound("step", wanted)
    return respond({"data": views.explained(job, reasons, request.now())})


def key_of(request: Request, body: JsonObject) -> IdempotencyKey | None:
    headers = request.http_request.headers
    given = headers.get("Idempotency-Key") or headers.get("X-Idempotency-Key")
    if not given:
        return None
    return IdempotencyKey.of(request.actor, given, [request.http_request.rel_url.raw_path, body])
