"""Instances are jobs: making them, one or many, and telling of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare import views as told
from gitflow.api.dialects.cloudflare.envelope import ALREADY_EXISTS, NO_STEP, enclosed, invalid, refused
from gitflow.api.dialects.cloudflare.lookup import (
    Found,
    account_of,
    in_force,
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
    state_wanted,
    wish_of,
    wishes_of,
)
from gitflow.api.dialects.cloudflare.states import STATUSES, state_of
from gitflow.api.dialects.cloudflare.steps import entries, in_full, kind_of, step_in_logs
from gitflow.api.dialects.reading import json_body, query_of
from gitflow.api.dialects.versions import version_at
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response
from gitflow.api.routes.jobs import cursor_of
from gitflow.core.errors import Conflict
from gitflow.core.status import JobStatus
from gitflow.stores.protocols.instances import Instance
from gitflow.stores.protocols.jobs import JobFilter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.api.dialects.cloudflare.requests import Paging, Wish
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Task
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.jobs import JobRow
    from gitflow.stores.registry import Stores

#: How far instances are counted, and how many open ones a list by what they do looks through.
MOST_COUNTED = 10_000

#: What is said to who asks for instances to be kept for another time than the server's.
NOT_KEPT = "instance_retention is not taken from here: retention.jobs in server-config.yaml holds for all"


# Making them


async def create_instance(request: Request) -> Response:
    snapshot, task = workflow_of(request)
    body = await json_body(request)
    wish = wish_of({} if body is None else body, task)
    made = await _create_jobs(request, task, [wish], skips=False)
    if not made:
        raise refused(ALREADY_EXISTS, f"there is an instance {wish.id!r} of workflow {task.name!r} already")
    [shown] = await _shorts(request, snapshot.workspace, task.name, made)
    return enclosed(shown, told=[NOT_KEPT] if wish.keeps else [])


async def create_batch(request: Request) -> Response:
    """Those that are there already are left out; when one is wrong, none is made."""
    snapshot, task = workflow_of(request)
    wishes = wishes_of(await json_body(request), task)
    made = await _create_jobs(request, task, wishes, skips=True)
    notes = [NOT_KEPT] if any(wish.keeps for wish in wishes) else []
    shown = await _shorts(request, snapshot.workspace, task.name, made)
    return enclosed(shown, {"count": len(shown), "per_page": len(shown), "total_count": len(shown), "page": 1}, notes)


async def _create_jobs(request: Request, task: Task, wishes: Sequence[Wish], *, skips: bool) -> list[str]:
    """The ids of the jobs. Raises what ``Operations.prepare`` and ``create`` raise."""
    operations, store = request.context.operations, request.context.stores.instances
    jobs = await asyncio.to_thread(_prepare_jobs, request, task, wishes)

    def work(turn: Transaction) -> list[str]:
        made: list[str] = []
        for wish, job in zip(wishes, jobs, strict=True):
            try:
                store.put(job.workspace, task.name, Instance(wish.id or job.id, job.id, wish.given))
            except Conflict:  # nothing has been done for this one yet
                continue
            made.append(operations.create(turn, job))
        return made

    return await request.do(work)


def _prepare_jobs(request: Request, task: Task, wishes: Sequence[Wish]) -> list[Job]:
    """Reads files, and may take long."""
    served, source = account_of(request), request.source
    operations, revision = request.context.operations, in_force(served)[1]
    return [operations.prepare(served.workspace, revision, task.name, wish.input, source) for wish in wishes]


async def _shorts(request: Request, workspace: str, task: str, job_ids: Sequence[str]) -> list[JsonObject]:
    found = await request.read(lambda stores: look_up(request, stores, workspace, task, job_ids))
    return [told.short(one.job, one.named, *await facts(request, one.job)) for one in found.values()]


async def facts(request: Request, job: Job) -> tuple[str, str]:
    """The id of the version that it runs, and what triggered it."""
    version = await version_at(request, job.workspace, job.task_name, job.revision)
    snapshot = account_of(request).snapshot
    trigger = snapshot.triggers.get(job.source.id or "") if snapshot else None
    return version.id, told.trigger_source(job.source.type, trigger)


# Telling of them


async def list_instances(request: Request) -> Response:
    """Newest first. A page has the cursor of the next as well, unless it was asked for by its number."""
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
    look = _by_doing if state is not None and _is_of_open_ones(state) else _by_status
    found, total, more = await request.read(lambda stores: look(request, stores, wanted, paging, state))
    last = found[-1].job if found else None
    cursor = cursor_of(last.created_at, last.id) if last and more and paging.page is None else None
    shown = [told.listed(one.job, one.named, *await facts(request, one.job)) for one in found]
    return enclosed(shown, paging.info(len(shown), total, cursor))


def _is_of_open_ones(state: str) -> bool:
    """Whether it takes more than the status to tell who is in it."""
    return any(status in (JobStatus.RUNNING, JobStatus.PAUSED) for status in STATUSES[state])


def _by_status(
    request: Request, stores: Stores, wanted: JobFilter, paging: Paging, state: str | None
) -> tuple[list[Found], int, bool]:
    if state is not None and not STATUSES[state]:
        return [], 0, False
    most = paging.per_page + 1
    rows = stores.jobs.jobs(wanted, most, paging.offset, before=paging.place, oldest_first=paging.oldest_first)
    found = _whole(request, stores, rows[: paging.per_page])
    return found, stores.jobs.count(wanted, MOST_COUNTED), len(rows) == most


def _by_doing(
    request: Request, stores: Stores, wanted: JobFilter, paging: Paging, state: str | None
) -> tuple[list[Found], int, bool]:
    """Open jobs, looked at one by one."""
    rows = stores.jobs.jobs(wanted, MOST_COUNTED, oldest_first=paging.oldest_first)
    fitting = [one for one in _whole(request, stores, rows) if state_of(one.job) == state]
    ahead = [one for one in fitting if paging.place is None or _is_behind(one.job, paging)]
    some = ahead[paging.offset : paging.offset + paging.per_page]
    return some, len(fitting), len(ahead) > paging.offset + len(some)


def _is_behind(job: Job, paging: Paging) -> bool:
    place = (job.created_at, job.id)
    return paging.place is not None and (place > paging.place if paging.oldest_first else place < paging.place)


def _whole(request: Request, stores: Stores, rows: Sequence[JobRow]) -> list[Found]:
    named = stores.instances.of_jobs([row.id for row in rows])
    jobs = [job_in(request, stores, row.id) for row in rows]
    return [Found(job, named.get(job.id)) for job in jobs if job is not None]


async def get_instance(request: Request) -> Response:
    query = query_of(request)
    is_simple = choice(query, "simple", ("true", "false")) == "true"
    is_backwards = choice(query, "order", ("asc", "desc")) == "desc"
    found = await instance_of(request)
    steps = entries(found.job, found.attempts)
    steps = steps[::-1] if is_backwards else steps
    version, source = await facts(request, found.job)
    shown = told.instance(found.job, found.named, version, source, steps, simple=is_simple)
    return enclosed({**shown, **_schedule(request, found.job)})


def _schedule(request: Request, job: Job) -> Mapping[str, JsonObject]:
    """Of one that the clock has started: it is created as it is due."""
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
    return enclosed(shown)


def _attempt_number(query: Mapping[str, str]) -> int | None:
    text = query.get("attempt", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid("attempt must be a number")
    return int(text)
