"""Handlers for jobs, workflows, connections and users, and for starting jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.dialects.komand import views
from gitflow.api.dialects.komand.job_context import frame
from gitflow.api.dialects.komand.lookup import Startable, startable_of, visible_snapshots, workflow_of
from gitflow.api.dialects.komand.views import JobFacts
from gitflow.api.dialects.numbering import numbers_of
from gitflow.api.dialects.reading import object_body, query_of
from gitflow.api.dialects.versions import version_at, versions_of
from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import query_texts
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.routes.jobs import load_attempts, load_job
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

#: How many jobs a page has by default, and at most.
DEFAULT_LIMIT, MAX_LIMIT = 50, 100

#: How many ancestors of a job are searched for loops.
MAX_PARENTS = 32

#: Numbers in a query are cut after this many digits.
_MAX_DIGITS = 12

_TRUE = frozenset({"", "true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no"})


async def list_jobs(request: Request) -> Response:
    """Newest first by creation, or with ``desc=ended_at`` by end; with ``desc=false`` oldest first."""
    query = query_of(request)
    wanted = await _filter(request, query)
    limit = min(_number(query, "limit", DEFAULT_LIMIT), MAX_LIMIT)
    offset, order = (
        _number(query, "offset", 0),
        [word.lower() for word in query_texts(request.http_request).get("desc", ())],
    )
    oldest_first, by_end = order[:1] != [] and order[0] in _FALSE, order[:1] == ["ended_at"]

    def select(stores: Stores) -> list[str]:
        rows = stores.jobs.jobs(wanted, limit, offset, oldest_first=oldest_first, by_end=by_end)
        return [row.id for row in rows]

    found = [
        await _describe_job(request, *await load_attempts(request, job_id)) for job_id in await request.read(select)
    ]
    return respond({"jobs": found})


async def _filter(request: Request, query: Mapping[str, str]) -> JobFilter:
    """Raises HttpError."""
    word, seen = query.get("status") or None, await request.seen_tasks()
    if word is None:
        return JobFilter(tasks=seen)
    if word == views.RETRIED:
        return JobFilter(tasks=seen, status=tuple(status.value for status in ENDED_JOB), retried=True)
    statuses = [status for status, name in views.JOB_STATUS.items() if name == word]
    if not statuses:
        raise bad_request(
            f"status must be one of {', '.join(dict.fromkeys(views.JOB_STATUS.values()))}, {views.RETRIED}"
        )
    ended = all(status.ended for status in statuses)
    return JobFilter(tasks=seen, status=tuple(status.value for status in statuses), not_retried=ended)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name) or str(default)
    if not text.isascii() or not text.isdigit():
        raise bad_request(f"{name} must be a number")
    return int(text[:_MAX_DIGITS])


async def get_job(request: Request) -> Response:
    return respond(await _describe_job(request, *await load_attempts(request, request.path["job"])))


async def _describe_job(request: Request, job: Job, attempts: list[AttemptRow]) -> JsonObject:
    version = await version_at(request, job.workspace, job.task_name, job.revision)

    def group(stores: Stores) -> tuple[str, bool]:
        is_retried = job.ended and bool(stores.jobs.jobs(JobFilter(retry_of_job_id=job.id), 1))
        return stores.jobs.first_of_chain(job.id) if job.retry_of_job_id else job.id, is_retried

    group_id, is_retried = await request.read(group)
    facts = JobFacts(
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
    return views.job(facts)


async def _failed_step_id(request: Request, job: Job) -> int | None:
    failed = views.failed_step(job)
    if failed is None:
        return None
    step = Named("step", (job.id, failed), job.id)
    return (await numbers_of(request, [step])).get(step)


async def _frames(request: Request, job: Job) -> list[JsonObject]:
    """The loop frames of the job's ancestors, outermost first."""
    found: list[JsonObject] = []
    while job.parent_job_id is not None and len(found) < MAX_PARENTS:
        try:
            parent = await load_job(request, job.parent_job_id)
        except NotFound:
            break
        run = parent.steps.get(job.parent_step or "")
        if run is not None and run.loop_of is not None:
            version = await version_at(request, parent.workspace, parent.task_name, parent.revision)
            found.append(frame(run.loop_of, version, run.loop_index or 0))
        job = parent
    return found[::-1]


async def list_steps(request: Request) -> Response:
    job = await load_job(request, request.path["job"])
    version = await version_at(request, job.workspace, job.task_name, job.revision)
    return respond(views.steps(job, version))


async def list_workflows(request: Request) -> Response:
    """All listed workflows are active; a workflow that is not served does not exist."""
    query = query_of(request)
    found: list[JsonObject] = []
    for snapshot in visible_snapshots(request) if query.get("status", "") in ("", "active") else ():
        for task in snapshot.tasks.values():
            if not request.sees(snapshot.workspace, task.name):
                continue
            if query.get("minimum", "false").lower() in _TRUE:
                found.append(views.workflow(snapshot, task))
            else:
                versions = await versions_of(request, snapshot.workspace, task.name)
                found.append(views.full_workflow(snapshot, task, versions))
    return respond({"workflows": found})


async def publish_event(request: Request) -> Response:
    """Starts a job with the body as its input."""
    job_id = await _start(request, workflow_of(request), await object_body(request))
    return respond({"job_id": job_id, "job_url": job_url(request, job_id), "message": "event published to queue"})


async def fire_trigger(request: Request) -> Response:
    """Fires a trigger, with the body merged over its input; or starts a workflow with the body as its input."""
    found, given = startable_of(request), await object_body(request)
    await (_start(request, found, given) if found.trigger is None else _fire(request, found, found.trigger, given))
    return respond({"message": "trigger event published to queue"})


async def _start(request: Request, found: Startable, given: JsonObject) -> str:
    """The id of the new job, or of the job that the same idempotency key started. Raises GitflowError."""
    one, operations = request.context.workspaces.get(found.workspace), request.context.operations
    key, source = await _key(request), request.source
    job = await asyncio.to_thread(operations.prepare, one.workspace, one.active[1], found.task, given, source)
    return await request.do(lambda transaction: operations.create(transaction, job, key))


async def _fire(request: Request, found: Startable, trigger: str, given: JsonObject) -> str:
    """The id of the new job. Raises GitflowError, also if the trigger did not start one."""
    triggers, one = request.context.triggers, request.context.workspaces.get(found.workspace)
    return (await request.do(lambda transaction: triggers.fire(transaction, one, trigger, given, request.actor))).job


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
    for snapshot in visible_snapshots(request):
        tasks = [task for task in snapshot.tasks.values() if request.sees(snapshot.workspace, task.name)]
        found += [views.connection(snapshot, one, tasks) for one in snapshot.connections.values()]
    return respond({"connections": found})


async def list_users(request: Request) -> Response:
    """All users for an administrator, otherwise only the caller."""
    who = request.identity
    if request.may_administer:
        users = await request.read(lambda stores: stores.identity.users(_MAX_USERS))
    elif who.user_id is not None:
        user_id = who.user_id
        users = [await request.read(lambda stores: stores.identity.user(user_id))]
    else:
        users = []
    return respond({"users": [views.user(one) for one in users]})


_MAX_USERS = 10_000
