"""Instances are jobs: creating them, one or many, listing them, and their steps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare import views
from gitflow.api.dialects.cloudflare.envelope import ALREADY_EXISTS, NO_STEP, envelope, invalid, refused
from gitflow.api.dialects.cloudflare.lookup import (
    LoadedInstance,
    account_of,
    active_revision,
    instance_of,
    job_in,
    look_up,
    with_instances,
    workflow_of,
)
from gitflow.api.dialects.cloudflare.requests import (
    PER_PAGE_INSTANCES,
    choice,
    created_between,
    paging_of,
    spec_of,
    specs_of,
    state_wanted,
)
from gitflow.api.dialects.cloudflare.states import STATUSES, state_of
from gitflow.api.dialects.cloudflare.steps import entries, in_full, kind_of, step_in_logs
from gitflow.api.dialects.reading import json_body, query_of
from gitflow.api.dialects.versions import version_at
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response
from gitflow.api.routes.jobs import encode_cursor
from gitflow.core.errors import Conflict
from gitflow.core.status import JobStatus
from gitflow.stores.protocols.instances import Instance
from gitflow.stores.protocols.jobs import JobFilter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.api.dialects.cloudflare.requests import InstanceSpec, Paging
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Task
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.jobs import JobRow
    from gitflow.stores.registry import Stores

#: Totals are counted up to this number, and a filter by activity examines this many open instances.
MAX_COUNTED = 10_000

#: The note for a request that asks for a retention of its own.
RETENTION_IGNORED = "instance_retention is ignored: retention.jobs in server-config.yaml applies to all instances"


# Creating


async def create_instance(request: Request) -> Response:
    snapshot, task = workflow_of(request)
    body = await json_body(request)
    spec = spec_of({} if body is None else body, task)
    made = await _create_jobs(request, task, [spec])
    if not made:
        raise refused(ALREADY_EXISTS, f"workflow {task.name!r} already has an instance {spec.id!r}")
    [shown] = await _shorts(request, snapshot.workspace, task.name, made)
    return envelope(shown, notes=[RETENTION_IGNORED] if spec.has_retention else [])


async def create_batch(request: Request) -> Response:
    """Skips ids that are taken; one invalid instance refuses the whole batch."""
    snapshot, task = workflow_of(request)
    specs = specs_of(await json_body(request), task)
    made = await _create_jobs(request, task, specs)
    notes = [RETENTION_IGNORED] if any(spec.has_retention for spec in specs) else []
    shown = await _shorts(request, snapshot.workspace, task.name, made)
    return envelope(shown, {"count": len(shown), "per_page": len(shown), "total_count": len(shown), "page": 1}, notes)


async def _create_jobs(request: Request, task: Task, specs: Sequence[InstanceSpec]) -> list[str]:
    """The ids of the new jobs; skips taken instance ids. Raises what ``Operations.prepare`` and ``create`` raise."""
    operations, store = request.context.operations, request.context.stores.instances
    jobs = await asyncio.to_thread(_prepare_jobs, request, task, specs)

    def work(transaction: Transaction) -> list[str]:
        made: list[str] = []
        for spec, job in zip(specs, jobs, strict=True):
            try:
                store.put(job.workspace, task.name, Instance(spec.id or job.id, job.id, spec.given))
            except Conflict:  # the id is taken; nothing was stored for this one
                continue
            made.append(operations.create(transaction, job))
        return made

    return await request.do(work)


def _prepare_jobs(request: Request, task: Task, specs: Sequence[InstanceSpec]) -> list[Job]:
    """Blocks: reads files."""
    served, source = account_of(request), request.source
    operations, revision = request.context.operations, active_revision(served)[1]
    return [operations.prepare(served.workspace, revision, task.name, spec.input, source) for spec in specs]


async def _shorts(request: Request, workspace: str, task: str, job_ids: Sequence[str]) -> list[JsonObject]:
    found = await request.read(lambda stores: look_up(request, stores, workspace, task, job_ids))
    return [views.summary(one.job, one.named, *await facts(request, one.job)) for one in found.values()]


async def facts(request: Request, job: Job) -> tuple[str, str]:
    """The id of the job's version, and its trigger source."""
    version = await version_at(request, job.workspace, job.task_name, job.revision)
    snapshot = account_of(request).snapshot
    trigger = snapshot.triggers.get(job.source.id or "") if snapshot else None
    return version.id, views.trigger_source(job.source.type, trigger)


# Listing


async def list_instances(request: Request) -> Response:
    """Newest first; ``result_info`` has the cursor of the next page unless the request has a page number."""
    workspace, task = await with_instances(request)
    query = query_of(request)
    paging, state = paging_of(query, PER_PAGE_INSTANCES, by_cursor=True), state_wanted(query)
    after, before = created_between(query)
    wanted = JobFilter(
        workspace=workspace,
        task_name=task,
        status=STATUSES[state] if state else None,
        created_after=after,
        created_before=before,
    )
    select = _select_by_state if state is not None and _needs_activity(state) else _select_by_status
    found, total, more = await request.read(lambda stores: select(request, stores, wanted, paging, state))
    last = found[-1].job if found else None
    cursor = encode_cursor(last.created_at, last.id) if last and more and paging.page is None else None
    shown = [views.list_item(one.job, one.named, *await facts(request, one.job)) for one in found]
    return envelope(shown, paging.info(len(shown), total, cursor))


def _needs_activity(state: str) -> bool:
    """Whether a job's status alone does not decide if it is in this state."""
    return any(status in (JobStatus.RUNNING, JobStatus.PAUSED) for status in STATUSES[state])


def _select_by_status(
    request: Request, stores: Stores, wanted: JobFilter, paging: Paging, state: str | None
) -> tuple[list[LoadedInstance], int, bool]:
    if state is not None and not STATUSES[state]:
        return [], 0, False
    most = paging.per_page + 1
    rows = stores.jobs.jobs(wanted, most, paging.offset, before=paging.place, oldest_first=paging.oldest_first)
    found = _load(request, stores, rows[: paging.per_page])
    return found, stores.jobs.count(wanted, MAX_COUNTED), len(rows) == most


def _select_by_state(
    request: Request, stores: Stores, wanted: JobFilter, paging: Paging, state: str | None
) -> tuple[list[LoadedInstance], int, bool]:
    """Loads every open job and compares its state."""
    rows = stores.jobs.jobs(wanted, MAX_COUNTED, oldest_first=paging.oldest_first)
    fitting = [one for one in _load(request, stores, rows) if state_of(one.job) == state]
    ahead = [one for one in fitting if paging.place is None or _is_behind(one.job, paging)]
    some = ahead[paging.offset : paging.offset + paging.per_page]
    return some, len(fitting), len(ahead) > paging.offset + len(some)


def _is_behind(job: Job, paging: Paging) -> bool:
    place = (job.created_at, job.id)
    return paging.place is not None and (place > paging.place if paging.oldest_first else place < paging.place)


def _load(request: Request, stores: Stores, rows: Sequence[JobRow]) -> list[LoadedInstance]:
    named = stores.instances.of_jobs([row.id for row in rows])
    jobs = [job_in(request, stores, row.id) for row in rows]
    return [LoadedInstance(job, named.get(job.id)) for job in jobs if job is not None]


async def get_instance(request: Request) -> Response:
    query = query_of(request)
    is_simple = choice(query, "simple", ("true", "false")) == "true"
    is_backwards = choice(query, "order", ("asc", "desc")) == "desc"
    found = await instance_of(request)
    steps = entries(found.job, found.attempts)
    steps = steps[::-1] if is_backwards else steps
    version, source = await facts(request, found.job)
    shown = views.instance(found.job, found.named, version, source, steps, simple=is_simple)
    return envelope({**shown, **_schedule(request, found.job)})


def _schedule(request: Request, job: Job) -> Mapping[str, JsonObject]:
    """The schedule of an instance that a scheduler created; the job is created when it is due."""
    snapshot = account_of(request).snapshot
    trigger = snapshot.triggers.get(job.source.id or "") if snapshot and job.source.type == "trigger" else None
    if trigger is None or trigger.type != "scheduler":
        return {}
    return {"schedule": {"cron": str(trigger.fields["cron"]), "scheduledTime": int(job.created_at) * 1000}}


async def get_step(request: Request) -> Response:
    query = query_of(request)
    name, kind = query.get("name"), choice(query, "type", ("step", "waitForEvent"))
    if not name or kind is None:
        raise invalid("name and type are required: type is step or waitForEvent")
    number = _attempt_number(query)
    found = await instance_of(request)
    step = step_in_logs(found.job, name)
    if step is None or kind_of(found.job, step) != kind:
        raise refused(NO_STEP, f"instance {found.id!r} has no {kind} {name!r} in its logs")
    shown = in_full(found.job, step, [row for row in found.attempts if row.step == step.name], number)
    if shown is None:
        raise refused(NO_STEP, f"{name!r} of instance {found.id!r} has no attempt {number}")
    return envelope(shown)


def _attempt_number(query: Mapping[str, str]) -> int | None:
    text = query.get("attempt", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid("attempt must be a number")
    return int(text)
