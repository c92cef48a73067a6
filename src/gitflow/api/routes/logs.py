"""The logs of jobs and steps, as one JSON object or as plain lines. Both are streamed, and never truncated."""

from __future__ import annotations

import json.encoder
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow.api.http import parameters
from gitflow.api.http.errors import bad_request
from gitflow.api.http.headers import headers_for
from gitflow.api.http.response import JSON, Response
from gitflow.api.http.route import Route
from gitflow.api.routes.live import SINCE_SEQ
from gitflow.api.routes.log_pages import FORMS, LogFilter, LogPage, before_tail, read_page
from gitflow.api.routes.log_places import read_lines
from gitflow.api.routes.log_ranges import respond_with_range, respond_with_size
from gitflow.core.errors import NotFound
from gitflow.core.logs import SERVER_STEP, STREAMS
from gitflow.core.names import closest
from gitflow.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.api.http.request import Request
    from gitflow.stores.registry import Stores

#: How many lines can be read by their number at once.
MAX_LINES = 10_000

JSONL, TEXT = "application/x-ndjson", "text/plain"


class LogFormat(Record):
    """The media type, and how lines are embedded in the body."""

    media: str
    begin: bytes
    end: bytes
    encode: Callable[[bytes], bytes]


def _as_is(piece: bytes) -> bytes:
    return piece


def _as_json_text(piece: bytes) -> bytes:
    """Escapes a piece for a JSON string; pieces are whole lines, so no character is split."""
    return json.encoder.encode_basestring(piece.decode("utf-8", "replace"))[1:-1].encode()


OBJECT = LogFormat(JSON, b'{"logs":"', b'"}', _as_json_text)
FORMATS = {
    JSONL: LogFormat(f"{JSONL}; charset=utf-8", b"", b"", _as_is),
    TEXT: LogFormat(f"{TEXT}; charset=utf-8", b"", b"", _as_is),
}


async def job_logs(request: Request) -> Response | web.StreamResponse:
    """The log of all steps of a job."""
    job_id = request.path["id"]
    await request.read(lambda stores: stores.jobs.state_of(job_id))
    return await _respond(request, None)


async def step_logs(request: Request) -> Response | web.StreamResponse:
    """The log of one step and its loop instances; ``_server`` is the history of the job."""
    job_id, step = request.path["id"], request.path["step"]
    await request.read(lambda stores: check_step(request, stores, job_id, step))
    return await _respond(request, step)


def check_step(request: Request, stores: Stores, job_id: str, step: str) -> None:
    """Raises NotFound."""
    stores.jobs.state_of(job_id)
    if step == SERVER_STEP:
        return
    job = request.context.job(stores, job_id)
    if step not in job.steps:
        raise NotFound("step", step, closest(step, job.steps))


async def _respond(request: Request, step: str | None) -> Response | web.StreamResponse:
    """Sends a log of one page with its length, and streams a longer one."""
    wanted = _format_of(request)
    query = await _log_filter(request, step, wanted)
    if request.query["from_line"] is not None or request.query["limit"] is not None:
        return await _respond_with_lines(request, query, wanted)
    if wanted is FORMATS[TEXT] and query.form == "text" and step != SERVER_STEP and _is_whole(request):
        if request.http_request.method == "HEAD":
            return await respond_with_size(request, query, wanted.media)
        if "Range" in request.http_request.headers:
            return await respond_with_range(request, query, wanted.media)
    page = await request.read(lambda stores: read_page(stores, query))
    if page.is_last or request.http_request.method == "HEAD":
        body = wanted.begin + b"".join(map(wanted.encode, page.pieces)) + wanted.end
        return Response(body, media=wanted.media)
    return await _stream(request, query, wanted, page)


async def _stream(request: Request, query: LogFilter, wanted: LogFormat, page: LogPage) -> web.StreamResponse:
    """Sends page by page, as fast as the client reads. If the store fails, the body ends without its last chunk."""
    headers = headers_for(wanted.media)
    headers["X-Request-ID"] = request.id
    response = web.StreamResponse(headers=headers)
    response.enable_chunked_encoding()
    await response.prepare(request.http_request)
    await response.write(wanted.begin)
    while True:
        for piece in page.pieces:
            await response.write(wanted.encode(piece))
        if page.is_last:
            break
        page = await request.read(
            lambda stores, since=page.last_seq: read_page(stores, replace(query, since_seq=since))
        )
    await response.write(wanted.end)
    await response.write_eof()
    return response


async def _respond_with_lines(request: Request, query: LogFilter, wanted: LogFormat) -> Response:
    """Raises HttpError."""
    if request.query["tail"] is not None or request.number("since_seq"):
        raise bad_request("from_line and limit go with neither tail nor since_seq")
    if query.step == SERVER_STEP:
        raise bad_request(f"the history of a job ({SERVER_STEP}) is not read by from_line; give since_seq")
    from_line, limit = request.query["from_line"] or 1, request.query["limit"] or MAX_LINES
    page = await request.read(lambda stores: read_lines(stores, query, from_line, limit))
    return Response(wanted.begin + b"".join(map(wanted.encode, page.pieces)) + wanted.end, media=wanted.media)


def _is_whole(request: Request) -> bool:
    return request.query["tail"] is None and not request.number("since_seq")


def _format_of(request: Request) -> LogFormat:
    """The format by the ``Accept`` header; the JSON object unless the header names another."""
    accepted = request.http_request.headers.get("Accept", "")
    return next((found for media, found in FORMATS.items() if media in accepted), OBJECT)


async def _log_filter(request: Request, step: str | None, wanted: LogFormat) -> LogFilter:
    form = request.text("format") or ("text" if wanted is FORMATS[TEXT] else "jsonl")
    query = LogFilter(request.path["id"], step, request.text("stream"), request.number("since_seq"), form)
    query = replace(query, attempt=request.query["attempt"])
    tail = request.query["tail"]
    if tail is None:
        return query
    return replace(query, since_seq=await request.read(lambda stores: before_tail(stores, query, tail)))


QUERY = (
    SINCE_SEQ,
    parameters.whole("tail", "Only this many of the last lines."),
    parameters.choice("stream", "Only this stream.", STREAMS),
    parameters.whole("attempt", "Only this attempt of each step.", minimum=1),
    parameters.whole("from_line", "First line to return, counted from 1 in the filtered log.", minimum=1),
    parameters.whole(
        "limit", "How many lines to return at most; fewer if they are larger than 8 MiB.", None, 1, MAX_LINES
    ),
    parameters.choice("format", "Whether to return lines as JSON objects or as they were printed.", FORMS),
)
_OTHERS = {JSONL: "", TEXT: ""}

ROUTES = (
    Route(
        "GET",
        "/api/jobs/{id}/logs",
        job_logs,
        "view",
        "Get the log of a job",
        tag="logs",
        query=QUERY,
        answer="Logs",
        also=(206, 404, 416),
        others=_OTHERS,
    ),
    Route(
        "GET",
        "/api/jobs/{id}/steps/{step}/logs",
        step_logs,
        "view",
        "Get the log of a step",
        tag="logs",
        query=QUERY,
        answer="Logs",
        also=(206, 404, 416),
        others=_OTHERS,
    ),
)
