"""What is asked of runs: lists, one, and all that can be done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.reading import object_body, query_of
from gitflow.api.dialects.versions import Version, version_at
from gitflow.api.dialects.workflow_runs import views as told
from gitflow.api.http.errors import HttpError, bad_request
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.routes.jobs import cursor_of, load_job, place_of, reasons_of
from gitflow.api.routes.operations import act
from gitflow.core.errors import GitflowError, NotFound
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


#: Lists are cut here, whatever is asked for.
DEFAULT_LIMIT, MOST = 50, 100

#: Status of a run -> of a job.
STATUS_OF = {word: status.value for status, word in told.RUN_STATUS.items()}


async def list_runs(request: Request) -> Response:
    """Newest first: a bare array, or with ``cursor`` (even an empty one) a page."""
    query = query_of(request)
    wanted, limit = _filter(request, query), limit_of(query)
    rows, more = await _rows(request, wanted, limit, query.get("cursor") or None)
    runs = [told.run(job, await version_of(request, job)) for job in rows]
    if "cursor" not in query:
        return respond(runs)
    page: JsonObject = {"data": runs, "has_more": more}
    if more:
        page["next_cursor"] = cursor_of(rows[-1].created_at, rows[-1].id)
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
    return min(int(text[:12]), MOST)


async def _rows(request: Request, wanted: JobFilter, limit: int, cursor: str | None) -> tuple[list[Job], bool]:
    """The jobs of one page, whole, and whether there are more."""
    from gitflow.core.record import replace

    seen = await request.seen_tasks()
    before = place_of(cursor)

    def look(stores: Stores) -> tuple[list[Job], bool]:
        rows = stores.jobs.jobs(replace(wanted, tasks=seen), limit + 1, before=before)
        return [request.context.job(stores, row.id) for row in rows[:limit]], len(rows) > limit

    return await request.read(look)


async def get_run(request: Request) -> Response:
    return respond(await run_of(request, request.path["run"]))


async def run_of(request: Request, job_id: str) -> JsonObject:
    job, _ = await load_job(request, job_id)
    return told.run(job, await version_of(request, job))


async def version_of(request: Request, job: Job) -> Version:
    return await version_at(request, job.workspace, job.task_name, job.revision)


async def cancel_run(request: Request) -> Response:
    job, _ = await load_job(request, request.path["run"])
    if job.ended:
        raise bad_request(f"the run has ended: {told.RUN_STATUS[job.status]}")
    await act(request, "cancel", {}, job.id)
    return Response(b"", 204)


async def pause_run(request: Request) -> Response:
    return await _perform(request, "pause")


async def resume_run(request: Request) -> Response:
    return await _perform(request, "resume")


async def _perform(request: Request, operation: str) -> Response:
    """Pausing what is paused and resuming what runs changes nothing."""
    job, _ = await load_job(request, request.path["run"])
    if job.status not in (JobStatus.RUNNING, JobStatus.PAUSED) or job.cancelling:
        raise bad_request(f"a run that is {told.RUN_STATUS[job.status]} cannot be asked to {operation}")
    await act(request, operation, {}, job.id)
    return respond(await run_of(request, job.id))


async def retry_run(request: Request) -> Response:
    job, _ = await load_job(request, request.path["run"])
    if not job.ended:
        raise bad_request(f"the run has not ended: {told.RUN_STATUS[job.status]}")
    made = await _retried(request, job.id, RetryOptions(), key_of(request, await object_body(request)))
    return respond(await run_of(request, made), 201)


async def _retried(request: Request, job_id: str, how: RetryOptions, key: IdempotencyKey | None = None) -> str:
    operations, actor = request.context.operations, request.actor
    return await request.do(
        lambda turn: operations.retry(turn, job_id, actor, how, key), lambda made: {"job": job_id, "new_job": made}
    )


async def bulk_cancel(request: Request) -> Response:
    canceled: list[str] = []
    ids = await _ids(request)
    for job_id in ids:
        try:
            await _allowed(request, job_id)
            await act(request, "cancel", {}, job_id)
            canceled.append(job_id)
        except (GitflowError, HttpError):
            continue
    return respond({"canceled": len(canceled), "failed": len(ids) - len(canceled), "workflow_run_ids": canceled})


async def bulk_replay(request: Request) -> Response:
    """A run in which nothing failed is replayed from its start."""
    results: list[JsonObject] = []
    for job_id in await _ids(request):
        try:
            job = await _allowed(request, job_id)
            made = await _retried(request, job_id, RetryOptions(from_start=job.status is JobStatus.COMPLETED))
            results.append({"original_run_id": job_id, "new_run_id": made, "status": "replayed"})
        except (GitflowError, HttpError) as refused:
            results.append({"original_run_id": job_id, "status": "failed", "error": str(refused)})
    replayed = sum("new_run_id" in result for result in results)
    counts: JsonObject = {"replayed": replayed, "failed": len(results) - replayed, "total": len(results)}
    return respond({**counts, "results": results})


async def _ids(request: Request) -> list[str]:
    given = (await object_body(request)).get("workflow_run_ids")
    if not is_list(given) or not 1 <= len(given) <= MOST or not all(isinstance(each, str) for each in given):
        raise bad_request(f"workflow_run_ids must be a list of 1 to {MOST} ids")
    return list(dict.fromkeys(str(each) for each in given))


async def _allowed(request: Request, job_id: str) -> Job:
    """A job on which the caller may act. Raises NotFound, and HttpError where they may only see it."""
    job, _ = await load_job(request, job_id)
    if not request.sees(job.workspace, job.task_name):
        raise NotFound("run", job_id)
    if not request.may("run", job.workspace, job.task_name):
        raise HttpError(403, f"{request.actor} may not do this")
    return job


async def graph(request: Request) -> Response:
    job, _ = await load_job(request, request.path["run"])
    return respond(told.graph(job, await version_of(request, job)))


async def timeline(request: Request) -> Response:
    job, _ = await load_job(request, request.path["run"])
    return respond(told.timeline(job))


async def explain_run(request: Request) -> Response:
    job, _ = await load_job(request, request.path["run"])
    wanted = query_of(request).get("step_ref")
    reasons = {name: why for name, why in (await reasons_of(request, job)).items() if wanted in (None, "", name)}
    if wanted and not reasons:
        raise NotFound("step", wanted)
    return respond({"data": told.explained(job, reasons, request.now())})


def key_of(request: Request, body: JsonObject) -> IdempotencyKey | None:
    headers = request.http_request.headers
    given = headers.get("Idempotency-Key") or headers.get("X-Idempotency-Key")
    if not given:
        return None
    return IdempotencyKey.of(request.actor, given, [request.http_request.rel_url.raw_path, body])
