"""What is asked of jobs, workflows, connections and users, and how jobs are started."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.dialects.komand import views as told
from gitflow.api.dialects.komand.job_context import frame
from gitflow.api.dialects.komand.lookup import Found, served, startable_of, workflow_of
from gitflow.api.dialects.komand.views import Facts
from gitflow.api.dialects.numbering import numbers_of
from gitflow.api.dialects.reading import object_body, query_of
from gitflow.api.dialects.versions import version_at, versions_of
from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import query_texts
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.routes.jobs import load_job
from gitflow.core.errors import NotFound
from gitflow.core.status import ENDED_JOB
from gitflow.runtime.operations.idempotency import IdempotencyKey
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.stores.protocols.numbers import Named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.job import Job
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.jobs import AttemptRow
    from gitflow.stores.registry import Stores

#: How many jobs a page has.
DEFAULT_LIMIT, MOST = 50, 100

#: How far the loops of a job's parents are followed.
MOST_PARENTS = 32

#: Largest number of a query.
_MOST_DIGITS = 12

_TRUE = frozenset({"", "true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no"})


async def list_jobs(request: Request) -> Response:
    """Newest first, by the time of their creation; with ``desc=ended_at`` by that of their end. With ``desc=false``
    oldest first."""
    query = query_of(request)
    wanted = await _filter(request, query)
    limit = min(_number(query, "limit", DEFAULT_LIMIT), MOST)
    offset, order = (
        _number(query, "offset", 0),
        [word.lower() for word in query_texts(request.http_request).get("desc", ())],
    )
    oldest_first, by_end = order[:1] != [] and order[0] in _FALSE, order[:1] == ["ended_at"]

    def look(stores: Stores) -> list[str]:
        rows = stores.jobs.jobs(wanted, limit, offset, oldest_first=oldest_first, by_end=by_end)
        return [row.id for row in rows]

    found = [await _shown(request, *await load_job(request, job_id)) for job_id in await request.read(look)]
    return respond({"jobs": found})


async def _filter(request: Request, query: Mapping[str, str]) -> JobFilter:
    """Raises HttpError."""
    word, seen = query.get("status") or None, await request.seen_tasks()
    if word is None:
        return JobFilter(tasks=seen)
    if word == told.RETRIED:
        return JobFilter(tasks=seen, status=tuple(status.value for status in ENDED_JOB), retried=True)
    statuses = [status for status, name in told.JOB_STATUS.items() if name == word]
    if not statuses:
        raise bad_request(f"status must be one of {', '.join(dict.fromkeys(told.JOB_STATUS.values()))}, {told.RETRIED}")
    ended = all(status.ended for status in statuses)
    return JobFilter(tasks=seen, status=tuple(status.value for status in statuses), not_retried=ended)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name) or str(default)
    if not text.isascii() or not text.isdigit():
        raise bad_request(f"{name} must be a number")
    return int(text[:_MOST_DIGITS])


async def get_job(request: Request) -> Response:
    return respond(await _shown(request, *await load_job(request, request.path["job"])))


async def _shown(request: Request, job: Job, attempts: list[AttemptRow]) -> JsonObject:
    version = await version_at(request, job.workspace, job.task_name, job.revision)

    def look(stores: Stores) -> tuple[str, bool]:
        is_retried = job.ended and bool(stores.jobs.jobs(JobFilter(retry_of_job_id=job.id), 1))
        return stores.jobs.first_of_chain(job.id) if job.retry_of_job_id else job.id, is_retried

    group_id, is_retried = await request.read(look)
    facts = Facts(
        job,
        tuple(attempts),
        version,
        group_id,
        job_url(request, job.id),
        is_retried,
        tuple(await _frames(request, job)),
        await _failed_step_id(request, job),
        request.now(),
    )
    return told.job(facts)


async def _failed_step_id(request: Request, job: Job) -> int | None:
    failed = told.failed_step(job)
    if failed is None:
        return None
    step = Named("step", (job.id, failed), job.id)
    return (await numbers_of(request, [step])).get(step)


async def _frames(request: Request, job: Job) -> list[JsonObject]:
    """Of the loops in which the job's parents started it, and them, outermost first."""
    found: list[JsonObject] = []
    while job.parent_job_id is not None and len(found) < MOST_PARENTS:
        try:
            parent, _ = await load_job(request, job.parent_job_id)
        except NotFound:
            break
        run = parent.steps.get(job.parent_step or "")
        if run is not None and run.loop_of is not None:
            version = await version_at(request, parent.workspace, parent.task_name, parent.revision)
            found.append(frame(run.loop_of, version, run.loop_index or 0))
        job = parent
    return found[::-1]


async def list_steps(request: Request) -> Response:
    job, _ = await load_job(request, request.path["job"])
    version = await version_at(request, job.workspace, job.task_name, job.revision)
    return respond(told.steps(job, version))


async def list_workflows(request: Request) -> Response:
    """All of them are active: what is not in force is not there."""
    query = query_of(request)
    found: list[JsonObject] = []
    for snapshot in served(request) if query.get("status", "") in ("", "active") else ():
        for task in snapshot.tasks.values():
            if not request.sees(snapshot.workspace, task.name):
                continue
            if query.get("minimum", "false").lower() in _TRUE:
                found.append(told.workflow(snapshot, task))
            else:
                versions = await versions_of(request, snapshot.workspace, task.name)
                found.append(told.whole_workflow(snapshot, task, versions))
    return respond({"workflows": found})


async def publish_event(request: Request) -> Response:
    """Starts a job; the body is its input."""
    job_id = await _start(request, workflow_of(request), await object_body(request))
    return respond({"job_id": job_id, "job_url": job_url(request, job_id), "message": "event published to queue"})


async def fire_trigger(request: Request) -> Response:
    """The body lies over the trigger's own input; of a workflow, it is its input."""
    found, given = startable_of(request), await object_body(request)
    await (_start(request, found, given) if found.trigger is None else _fire(request, found, found.trigger, given))
    return respond({"message": "trigger event published to queue"})


async def _start(request: Request, found: Found, given: JsonObject) -> str:
    """The id of the new job, or of the one that the same key has started. Raises GitflowError."""
    one, operations = request.context.workspaces.get(found.workspace), request.context.operations
    key, source = await _key(request), request.source
    job = await asyncio.to_thread(operations.prepare, one.workspace, one.active[1], found.task, given, source)
    return await request.do(lambda turn: operations.create(turn, job, key))


async def _fire(request: Request, found: Found, trigger: str, given: JsonObject) -> str:
    """Raises GitflowError, also why there is no job."""
    triggers, one = request.context.triggers, request.context.workspaces.get(found.workspace)
    return (await request.do(lambda turn: triggers.fire(turn, one, trigger, given, request.actor))).job


async def _key(request: Request) -> IdempotencyKey | None:
    given = request.http_request.headers.get("Idempotency-Key")
    if not given:
        return None
    return IdempotencyKey.of(request.actor, given, [request.http_request.rel_url.raw_path, await object_body(request)])


def job_url(request: Request, job_id: str) -> str:
    base = request.context.config.public_url or f"{request.caller.scheme}://{request.caller.host}"
    return f"{base.rstrip('/')}/v2/jobs/{job_id}"


async def list_connections(request: Request) -> Response:
    found: list[JsonObject] = []
    for snapshot in served(request):
        tasks = [task for task in snapshot.tasks.values() if request.sees(snapshot.workspace, task.name)]
        found += [told.connection(snapshot, one, tasks) for one in snapshot.connections.values()]
    return respond({"connections": found})


async def list_users(request: Request) -> Response:
    """For who is no administrator, themselves alone."""
    who = request.identity
    if request.may_administer:
        users = await request.read(lambda stores: stores.identity.users(_MOST_USERS))
    elif who.user_id is not None:
        user_id = who.user_id
        users = [await request.read(lambda stores: stores.identity.user(user_id))]
    else:
        users = []
    return respond({"users": [told.user(one) for one in users]})


_MOST_USERS = 10_000
