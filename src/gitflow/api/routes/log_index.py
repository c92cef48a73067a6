"""The parts of the log of a job, and a search in it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http import parameters
from gitflow.api.http.errors import bad_request
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.live import SINCE_SEQ
from gitflow.api.routes.log_pages import LogFilter
from gitflow.api.routes.log_places import LogIndex, containing, index_of, matching, search
from gitflow.api.routes.logs import check_step
from gitflow.core.logs import STREAMS
from gitflow.core.matching.grammar import PatternError
from gitflow.core.matching.linear import in_some_line, linear_pattern
from gitflow.views import log_places as views

if TYPE_CHECKING:
    from gitflow.api.http.context import Context
    from gitflow.api.routes.log_places import Finds
    from gitflow.stores.registry import Stores


class Searches:
    """One at a time, as a search keeps a reader thread busy."""

    def __init__(self, context: Context) -> None:
        self.lock = asyncio.Lock()


async def job_index(request: Request) -> Response:
    return await _index(request, None)


async def step_index(request: Request) -> Response:
    return await _index(request, request.path["step"])


async def _index(request: Request, step: str | None) -> Response:
    query = LogFilter(request.path["id"], step)

    def look(stores: Stores) -> LogIndex:
        _check(request, stores, step)
        job = request.context.job(stores, query.job_id)
        failed = [
            row
            for row in stores.jobs.attempts(query.job_id)
            if row.status == "failed" and (run := job.steps.get(row.step)) is not None and run.attempt == row.attempt
        ]
        counted = [row for row in failed if not job.tolerates(job.steps[row.step])]
        return index_of(stores, query, counted or failed)

    return respond(views.log_index(await request.read(look)))


async def job_search(request: Request) -> Response:
    """Plain text, or a regular expression, line by line. It takes a second at most; ``complete`` says whether all
    lines were looked at, and ``last_seq`` where to go on."""
    return await _search(request, None)


async def step_search(request: Request) -> Response:
    return await _search(request, request.path["step"])


async def _search(request: Request, step: str | None) -> Response:
    query = LogFilter(
        request.path["id"],
        step,
        request.text("stream"),
        request.number("since_seq"),
        attempt=request.query["attempt"],
    )
    finds, limit = _finds_of(request), request.number("limit")
    await request.read(lambda stores: _check(request, stores, step))
    async with request.context.part(Searches).lock:
        found = await request.read(lambda stores: search(stores, query, finds, limit))
    return respond(views.log_search(views.SearchResult(found.lines, found.last_seq, found.is_complete)))


def _check(request: Request, stores: Stores, step: str | None) -> None:
    """Raises NotFound."""
    if step is None:
        stores.jobs.state_of(request.path["id"])
    else:
        check_step(request, stores, request.path["id"], step)


def _finds_of(request: Request) -> Finds:
    """Raises HttpError."""
    plain, pattern, ignores_case = request.text("q"), request.text("regex"), request.query["ignore_case"]
    if (not plain) == (not pattern):
        raise bad_request("give either q or regex", [("q", "is missing, or regex is given as well")])
    if plain:
        if "\n" in plain:
            raise bad_request("q is searched line by line and has no line feed", [("q", "has a line feed")])
        return containing(plain.encode(), ignores_case=ignores_case)
    try:
        linear_pattern(pattern or "")  # as it stands, so that what is put around it changes nothing
        flags = "(?i)" if ignores_case else ""
        found, may_match = linear_pattern(f"{flags}.*(?:{pattern}).*"), in_some_line(f"{flags}(?:{pattern})")
    except PatternError as error:
        raise bad_request(f"regex: {error}", [("regex", str(error))]) from None
    return matching(found.matches, found.longest, may_match)


_QUERY = (
    parameters.text("q", "The text to find, taken literally."),
    parameters.text("regex", "The regular expression to find, instead of `q`; it may match anywhere in a line."),
    parameters.flag("ignore_case", "Whether to ignore the case of ASCII letters."),
    parameters.whole("limit", "How many lines to return.", 100, 1, 1000),
    parameters.whole("attempt", "Only this attempt of each step.", minimum=1),
    parameters.choice("stream", "Only this stream.", STREAMS),
    SINCE_SEQ,
)

ROUTES = (
    Route(
        "GET",
        "/api/jobs/{id}/logs/index",
        job_index,
        "view",
        "Get the size of a job's log, its parts, and the place of its first error",
        tag="logs",
        answer="LogIndex",
        also=(404,),
    ),
    Route(
        "GET",
        "/api/jobs/{id}/steps/{step}/logs/index",
        step_index,
        "view",
        "Get the size of a step's log, its parts, and the place of its first error",
        tag="logs",
        answer="LogIndex",
        also=(404,),
    ),
    Route(
        "GET",
        "/api/jobs/{id}/logs/search",
        job_search,
        "view",
        "Find lines in the log of a job",
        tag="logs",
        query=_QUERY,
        answer="LogSearch",
        also=(404,),
    ),
    Route(
        "GET",
        "/api/jobs/{id}/steps/{step}/logs/search",
        step_search,
        "view",
        "Find lines in the log of a step",
        tag="logs",
        query=_QUERY,
        answer="LogSearch",
        also=(404,),
    ),
)
