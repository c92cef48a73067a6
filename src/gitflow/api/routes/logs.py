"""The logs of jobs and steps: as one JSON object, or as plain lines; either is sent as it is read, and never cut."""

from __future__ import annotations

import json.encoder
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow.api.http import parameters
from gitflow.api.http.headers import headers_for
from gitflow.api.http.response import JSON, Response
from gitflow.api.http.route import Route
from gitflow.api.routes.live import SINCE_SEQ
from gitflow.api.routes.log_pages import FORMS, LogQuery, Page, before_tail, read_page
from gitflow.core.errors import NotFound
from gitflow.core.logs import SERVER_STEP, STREAMS
from gitflow.core.names import closest
from gitflow.core.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.api.http.request import Request
    from gitflow.stores.registry import Stores

JSONL, TEXT = "application/x-ndjson", "text/plain"


@record
class Envelope:
    """What stands around the lines."""

    media: str
    begin: bytes
    end: bytes
    inside: Callable[[bytes], bytes]


def _as_is(piece: bytes) -> bytes:
    return piece


def _in_a_text(piece: bytes) -> bytes:
    """Part of a JSON text; pieces are whole lines, so no character is cut."""
    return json.encoder.encode_basestring(piece.decode("utf-8", "replace"))[1:-1].encode()


OBJECT = Envelope(JSON, b'{"logs":"', b'"}', _in_a_text)
ENVELOPES = {
    JSONL: Envelope(f"{JSONL}; charset=utf-8", b"", b"", _as_is),
    TEXT: Envelope(f"{TEXT}; charset=utf-8", b"", b"", _as_is),
}


async def job_logs(request: Request) -> Response | web.StreamResponse:
    """What all steps of a job printed."""
    job_id = request.path["id"]
    await request.read(lambda stores: stores.jobs.state_of(job_id))
    return await _respond(request, None)


async def step_logs(request: Request) -> Response | web.StreamResponse:
    """What one step printed, with its loop instances; ``_server`` is what the engine noted about the job."""
    job_id, step = request.path["id"], request.path["step"]
    await request.read(lambda stores: _check_step(request, stores, job_id, step))
    return await _respond(request, step)


def _check_step(request: Request, stores: Stores, job_id: str, step: str) -> None:
    """Raises NotFound."""
    stores.jobs.state_of(job_id)
    if step == SERVER_STEP:
        return
    job = request.context.job(stores, job_id)
    if step not in job.steps:
        raise NotFound("step", step, closest(step, job.steps))


async def _respond(request: Request, step: str | None) -> Response | web.StreamResponse:
    """What fits into one page at once, with its length; what is larger as it is read."""
    wanted = _envelope(request)
    query = await _log_query(request, step, wanted)
    page = await request.read(lambda stores: read_page(stores, query))
    if page.is_last or request.http_request.method == "HEAD":
        body = wanted.begin + b"".join(map(wanted.inside, page.pieces)) + wanted.end
        return Response(body, media=wanted.media)
    return await _stream(request, query, wanted, page)


async def _stream(request: Request, query: LogQuery, wanted: Envelope, page: Page) -> web.StreamResponse:
    """Page by page, as fast as the client takes it. Where the store fails, the answer breaks off, and shows it."""
    headers = headers_for(wanted.media)
    headers["X-Request-ID"] = request.id
    response = web.StreamResponse(headers=headers)
    response.enable_chunked_encoding()
    await response.prepare(request.http_request)
    await response.write(wanted.begin)
    while True:
        for piece in page.pieces:
            await response.write(wanted.inside(piece))
        if page.is_last:
            break
        page = await request.read(
            lambda stores, since=page.last_seq: read_page(stores, replace(query, since_seq=since))
        )
    await response.write(wanted.end)
    await response.write_eof()
    return response


def _envelope(request: Request) -> Envelope:
    """Plain lines only for whom asks for them by name."""
    accepted = request.http_request.headers.get("Accept", "")
    return next((found for media, found in ENVELOPES.items() if media in accepted), OBJECT)


async def _log_query(request: Request, step: str | None, wanted: Envelope) -> LogQuery:
    form = request.text("format") or ("text" if wanted is ENVELOPES[TEXT] else "jsonl")
    query = LogQuery(request.path["id"], step, request.text("stream"), request.number("since_seq"), form)
    tail = request.query["tail"]
    if tail is None:
        return query
    return replace(query, since_seq=await request.read(lambda stores: before_tail(stores, query, tail)))


QUERY = (
    SINCE_SEQ,
    parameters.whole("tail", "Only so many of the last lines."),
    parameters.choice("stream", "Only this stream.", STREAMS),
    parameters.choice("format", "Lines as JSON objects, or as they were printed.", FORMS),
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
        also=(404,),
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
        also=(404,),
        others=_OTHERS,
    ),
)
