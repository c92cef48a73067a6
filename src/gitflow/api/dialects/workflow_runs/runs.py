"""What is asked of runs: lists, one, and all that can be done to them."""

from __future__ import annotations

from gitflow.api.dialects.reading import object_body, query_of
from gitflow.api.dialects.versions import Version, version_at
from gitflow.api.dialects.workflow_runs import views as told
from gitflow.api.http.errors import Refused, bad_request
from gitflow.api.http.request import Call
from gitflow.api.http.response import Answer, answer
from gitflow.api.routes.jobs import cursor_of, job_of, place_of, reasons_of
from gitflow.api.routes.operations import act
from gitflow.core.errors import GitflowError, NotFound
from gitflow.core.status import JobStatus
from gitflow.core.values import is_list
from gitflow.runtime.operations.idempotency import Key
from gitflow.runtime.operations.operations import Retry
from gitflow.stores.protocols.jobs import JobFilter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.job import Job
    from gitflow.core.values import JsonObject
    from gitflow.stores.registry import Stores


#: Lists are cut here, whatever is asked for.
DEFAULT_LIMIT, MOST = 50, 100

#: Status of a run -> of a job.
STATUS_OF = {word: status.value for status, word in told.RUN_STATUS.items()}


async def list_runs(call: Call) -> Answer:
    """Newest first: a bare array, or with ``cursor`` (even an empty one) a page."""
    query = query_of(call)
    wanted, limit = _filter(call, query), limit_of(query)
    rows, more = await _rows(call, wanted, limit, query.get("cursor") or None)
    runs = [told.run(job, await version_of(call, job)) for job in rows]
    if "cursor" not in query:
        return answer(runs)
    page: JsonObject = {"data": runs, "has_more": more}
    if more:
        page["next_cursor"] = cursor_of(rows[-1].created_at, rows[-1].id)
    return answer(page)


def _filter(call: Call, query: Mapping[str, str]) -> JobFilter:
    """Raises Refused for what is missing or unknown."""
    project = query.get("project_id") or call.identity.workspace
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


async def _rows(call: Call, wanted: JobFilter, limit: int, cursor: str | None) -> tuple[list[Job], bool]:
    """The jobs of one page, whole, and whether there are more."""
    from gitflow.core.record import replace

    app, seen = call.server.service.app, await call.seen_tasks()
    before = place_of(cursor)

    def look(stores: Stores) -> tuple[list[Job], bool]:
        rows = stores.jobs.jobs(replace(wanted, tasks=seen), limit + 1, before=before)
        plan_of = app.opened.snapshots.plan_of
        return [app.office.job(row.id) or stores.jobs.load(row.id, plan_of) for row in rows[:limit]], len(rows) > limit

    return await call.read(look)


async def get_run(call: Call) -> Answer:
    return answer(await run_of(call, call.path["run"]))


async def run_of(call: Call, job_id: str) -> JsonObject:
    job, _ = await job_of(call, job_id)
    return told.run(job, await version_of(call, job))


async def version_of(call: Call, job: Job) -> Version:
    return await version_at(call, job.workspace, job.task_name, job.revision)


async def cancel_run(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    if job.ended:
        raise bad_request(f"the run has ended: {told.RUN_STATUS[job.status]}")
    await act(call, "cancel", {}, job.id)
    return Answer(b"", 204)


async def pause_run(call: Call) -> Answer:
    return await _moved(call, "pause")


async def resume_run(call: Call) -> Answer:
    return await _moved(call, "resume")


async def _moved(call: Call, operation: str) -> Answer:
    """Pausing what is paused and resuming what runs changes nothing."""
    job, _ = await job_of(call, call.path["run"])
    if job.status not in (JobStatus.RUNNING, JobStatus.PAUSED) or job.cancelling:
        raise bad_request(f"a run that is {told.RUN_STATUS[job.status]} cannot be asked to {operation}")
    await act(call, operation, {}, job.id)
    return answer(await run_of(call, job.id))


async def retry_run(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    if not job.ended:
        raise bad_request(f"the run has not ended: {told.RUN_STATUS[job.status]}")
    made = await _retried(call, job.id, Retry(), key_of(call, await object_body(call)))
    return answer(await run_of(call, made), 201)


async def _retried(call: Call, job_id: str, how: Retry, key: Key | None = None) -> str:
    operations, actor = call.server.service.app.operations, call.actor
    return await call.do(
        lambda turn: operations.retry(turn, job_id, actor, how, key), lambda made: {"job": job_id, "new_job": made}
    )


async def bulk_cancel(call: Call) -> Answer:
    canceled: list[str] = []
    ids = await _ids(call)
    for job_id in ids:
        try:
            await _allowed(call, job_id)
            await act(call, "cancel", {}, job_id)
            canceled.append(job_id)
        except (GitflowError, Refused):
            continue
    return answer({"canceled": len(canceled), "failed": len(ids) - len(canceled), "workflow_run_ids": canceled})


async def bulk_replay(call: Call) -> Answer:
    """A run in which nothing failed is replayed from its start."""
    results: list[JsonObject] = []
    for job_id in await _ids(call):
        try:
            job = await _allowed(call, job_id)
            made = await _retried(call, job_id, Retry(from_start=job.status is JobStatus.COMPLETED))
            results.append({"original_run_id": job_id, "new_run_id": made, "status": "replayed"})
        except (GitflowError, Refused) as refused:
            results.append({"original_run_id": job_id, "status": "failed", "error": str(refused)})
    replayed = sum("new_run_id" in result for result in results)
    counts: JsonObject = {"replayed": replayed, "failed": len(results) - replayed, "total": len(results)}
    return answer({**counts, "results": results})


async def _ids(call: Call) -> list[str]:
    given = (await object_body(call)).get("workflow_run_ids")
    if not is_list(given) or not 1 <= len(given) <= MOST or not all(isinstance(each, str) for each in given):
        raise bad_request(f"workflow_run_ids must be a list of 1 to {MOST} ids")
    return list(dict.fromkeys(str(each) for each in given))


async def _allowed(call: Call, job_id: str) -> Job:
    """A job on which the caller may act. Raises NotFound, and Refused where they may only see it."""
    job, _ = await job_of(call, job_id)
    if not call.sees(job.workspace, job.task_name):
        raise NotFound("run", job_id)
    if not call.server.gate.may(call.identity, "run", job.workspace, job.task_name):
        raise Refused(403, f"{call.actor} may not do this")
    return job


async def graph(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    return answer(told.graph(job, await version_of(call, job)))


async def timeline(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    return answer(told.timeline(job))


async def explain_run(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    wanted = query_of(call).get("step_ref")
    reasons = {name: why for name, why in (await reasons_of(call, job)).items() if wanted in (None, "", name)}
    if wanted and not reasons:
        raise NotFound("step", wanted)
    return answer({"data": told.explained(job, reasons, call.now())})


def key_of(call: Call, body: JsonObject) -> Key | None:
    headers = call.request.headers
    given = headers.get("Idempotency-Key") or headers.get("X-Idempotency-Key")
    if not given:
        return None
    return Key.of(call.actor, given, [call.request.rel_url.raw_path, body])
