"""Jobs: the list, one job, its steps, its graph, and explanations."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import LIMIT, OFFSET, choice, duration, flag, id_of, label, moment, text, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, encode, respond
from gitflow.api.http.route import Route
from gitflow.core.jobs.job import SOURCE_TYPES
from gitflow.core.record import Record, replace
from gitflow.core.status import WAITING, JobStatus
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views import graphs, jobs

if TYPE_CHECKING:
    from gitflow.api.http.loaded_jobs import LoadedJobs
    from gitflow.core.jobs.job import Job
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.jobs import AttemptRow
    from gitflow.stores.registry import Stores

#: Totals are counted up to this number.
MAX_COUNTED = 10_000


class JobPage(Record):
    """One encoded page of the list of jobs."""

    body: bytes
    next: str | None  #: the cursor of the next page
    total: int | None


async def index(request: Request) -> Response:
    """Newest first, unless ``order`` is ``oldest``."""
    query = request.query
    if query["task_name"] is not None and query["workspace"] is None:
        raise bad_request("task_name needs workspace as well", [("task_name", "needs workspace as well")])
    seen = await request.seen_tasks()
    key = ("jobs", request.http_request.rel_url.raw_query_string, seen)
    page = await request.context.reader.cached(key, lambda stores: _page(stores, query, seen))
    headers: dict[str, str] = {}
    if page.next is not None:
        headers["Link"] = f'<{_next_url(request, page.next)}>; rel="next"'
    if page.total is not None:
        headers["X-Total-Count"] = str(page.total)
    return Response(page.body, 200, headers)


def _page(stores: Stores, query: JsonObject, seen: tuple[tuple[str, str], ...] | None) -> JobPage:
    found, limit = replace(filter_of(query), tasks=seen), query["limit"]
    is_oldest_first = query["order"] == "oldest"
    position = decode_cursor(query["cursor"])
    rows = stores.jobs.jobs(found, limit + 1, query["offset"], before=position, oldest_first=is_oldest_first)
    more, rows = len(rows) > limit, rows[:limit]
    return JobPage(
        encode([jobs.job_row(row) for row in rows]),
        encode_cursor(rows[-1].created_at, rows[-1].id) if more else None,
        stores.jobs.count(found, MAX_COUNTED) if query["count"] else None,
    )


def filter_of(query: JsonObject) -> JobFilter:
    return JobFilter(
        workspace=query["workspace"],
        task_name=query["task_name"],
        status=tuple(query["status"]) or None,
        source_type=query["source_type"],
        revision=query["revision"],
        parent_job_id=query["parent_job_id"],
        retry_of_job_id=query["retry_of_job_id"],
        roots=query["roots"],
        waiting_on=query["waiting_on"],
        actor=query["actor"],
        trigger=query["trigger"],
        duration_over=query["duration_over"],
        search=query["search"],
        created_after=query["created_after"],
        created_before=query["created_before"],
        labels=dict(query["label"]),
    )


def encode_cursor(created_at: float, id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([created_at, id]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> tuple[float, str] | None:
    if cursor is None:
        return None
    try:
        created_at, id = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if isinstance(created_at, int | float) and isinstance(id, str):
            return float(created_at), id.encode().decode()
    except (ValueError, TypeError, OverflowError, RecursionError):
        pass
    raise bad_request("invalid cursor", [("cursor", "is invalid")])


def _next_url(request: Request, cursor: str) -> str:
    kept = [
        (name, value) for name, value in request.http_request.rel_url.query.items() if name not in ("cursor", "offset")
    ]
    return f"{request.http_request.rel_url.raw_path}?{urlencode([*kept, ('cursor', cursor)])}"


async def show(request: Request) -> Response:
    """An open job comes from memory. An ended one has an ETag, which changes if the job is reopened."""
    id, context = request.path["id"], request.context
    if context.open_job(id) is not None:
        return _detail(*await load_attempts(request, id))
    return await context.reader.cached(("job", id), partial(_stored_detail, id=id, loaded=context.loaded))


def _stored_detail(stores: Stores, id: str, loaded: LoadedJobs) -> Response:
    return _detail(loaded.load(stores, id), stores.jobs.attempts(id))


def _detail(job: Job, attempts: list[AttemptRow]) -> Response:
    return respond(jobs.job_detail(job, attempts), etag=f"{job.id}-{job.version}" if job.ended else None)


async def steps(request: Request) -> Response:
    job, attempts = await load_attempts(request, request.path["id"])
    first, limit = request.number("offset"), request.number("limit")
    shown = jobs.step_list(job, attempts, first, limit)
    headers: dict[str, str] = {}
    if len(job.steps) > first + limit:
        headers["Link"] = f'<{request.http_request.rel_url.raw_path}?offset={first + limit}&limit={limit}>; rel="next"'
    return respond(shown, headers=headers)


async def graph(request: Request) -> Response:
    """The steps of the flow with their status, and the edges between them."""
    job = await find_job(request)
    return respond(graphs.graph(job))


async def find_job(request: Request) -> Job:
    """The job that ``{id}`` names. Raises NotFound."""
    return await load_job(request, request.path["id"])


async def load_job(request: Request, id: str) -> Job:
    """The current state of a job. Raises NotFound."""
    return await request.read(lambda stores: request.context.job(stores, id))


async def load_attempts(request: Request, id: str) -> tuple[Job, list[AttemptRow]]:
    """The current state of a job, with the attempts of its steps. Raises NotFound."""
    return await request.read(lambda stores: (request.context.job(stores, id), stores.jobs.attempts(id)))


FILTERS = (
    text("workspace", "Filter by workspace name."),
    text("task_name", "Filter by task name (requires `workspace`)."),
    choice("status", "Filter by status; several mean any of them.", [status.value for status in JobStatus], many=True),
    choice("source_type", "Filter by source type: what created the jobs.", SOURCE_TYPES),
    label("label", "Filter by a label, as `key=value`; if several are given, a job must have them all."),
    text("revision", "Filter by revision."),
    id_of("parent_job_id", "Only the child and hook jobs of this job."),
    id_of("retry_of_job_id", "Only jobs that retry this one."),
    choice(
        "waiting_on",
        "Only open jobs with a step that waits for this; `group`: open jobs that wait for their concurrency group.",
        WAITING,
    ),
    text("actor", "Only jobs that this person, key or trigger created (`created_by`)."),
    text("trigger", "Only jobs that this trigger or webhook started (`trigger_name`)."),
    duration("duration_over", "Only ended jobs that ran for longer than this: `90`, `45s`, `1h30m`."),
    flag("roots", "Only jobs that are neither child nor hook jobs."),
    text("search", "Part of an id, a task's name, a label or an error message."),
    moment("created_after", "Only jobs created after this time."),
    moment("created_before", "Only jobs created before this time."),
)
PAGING = (
    LIMIT,
    OFFSET,
    choice("order", "Which jobs come first.", ["newest", "oldest"], "newest"),
    text(
        "cursor", "Cursor from the `Link` header of the previous page: continues after it. It stays fast in long lists."
    ),
    flag("count", "Whether to return the number of matching jobs in `X-Total-Count`, counted up to 10,000."),
)

ROUTES = (
    Route("GET", "/api/jobs", index, "view", "List jobs, newest first", query=(*FILTERS, *PAGING), answer="JobList"),
    Route("GET", "/api/jobs/{id}", show, "view", "Get a job with its steps", answer="JobDetail", also=(304, 404)),
    Route(
        "GET",
        "/api/jobs/{id}/steps",
        steps,
        "view",
        "List the steps of a job, page by page",
        query=(whole("limit", "How many steps to return.", 1000, 1, 1000), OFFSET),
        answer="StepList",
        also=(404,),
    ),
    Route(
        "GET",
        "/api/jobs/{id}/graph",
        graph,
        "view",
        "Get the flow of a job with the status of each step",
        answer="Graph",
        also=(404,),
    ),
)
