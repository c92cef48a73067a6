"""The history of a job: as a list, or as an event stream (``text/event-stream``) until the job has ended."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow.api.http.headers import headers_for
from gitflow.api.http.parameters import whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, encode, respond
from gitflow.api.http.route import Route
from gitflow.views.history import history_entry, with_commit

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.stores.registry import Stores

EVENT_STREAM = "text/event-stream"
#: How many entries the stream reads at a time.
BATCH_SIZE = 1000
#: The interval of keep-alive comments in a stream, in seconds.
PING_S = 15.0


async def history(request: Request) -> Response | web.StreamResponse:
    """``Last-Event-ID`` continues an interrupted stream."""
    id = request.path["id"]
    await request.read(lambda stores: stores.jobs.state_of(id))
    if EVENT_STREAM in request.http_request.headers.get("Accept", ""):
        return await _stream(request, _after(request))
    limit = request.number("limit")
    entries = await request.read(lambda stores: _page(stores, id, request.number("after"), limit + 1))
    headers: dict[str, str] = {}
    if len(entries) > limit:
        last = entries[limit - 1][0]
        headers["Link"] = f'<{request.http_request.rel_url.raw_path}?after={last}&limit={limit}>; rel="next"'
    return respond([history_entry(entry, number) for number, entry in entries[:limit]], headers=headers)


def _after(request: Request) -> int:
    given = request.http_request.headers.get("Last-Event-ID", "")
    return int(given) if given.isdecimal() and len(given) < 16 else request.number("after")


async def _stream(request: Request, after: int) -> web.StreamResponse:
    id = request.path["id"]
    response = web.StreamResponse(headers=headers_for(EVENT_STREAM))
    response.headers["X-Request-ID"] = request.id
    await response.prepare(request.http_request)
    if request.http_request.method == "HEAD":
        return response
    with request.context.notifications.subscribe(id) as news:
        while not request.context.stopping.is_set():
            entries, has_ended = await request.read(lambda stores, after=after: _poll(stores, id, after))
            for number, entry in entries:
                after = number
                await response.write(_event(number, entry))
            if entries:
                continue
            if has_ended:
                await response.write(b"event: end\ndata: {}\n\n")
                break
            if not await _news_or_end(news.wait(PING_S), request.context.stopping):
                await response.write(b": still here\n\n")
    return response


async def _news_or_end(waiting: Coroutine[None, None, bool], stopping: asyncio.Event) -> bool:
    """Waits for news or the server's stop. False: the wait has timed out."""
    news = asyncio.ensure_future(waiting)
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait((news, stop), return_when=asyncio.FIRST_COMPLETED)
        return stop.done() or news.result()
    finally:
        for task in (news, stop):
            task.cancel()


def _poll(stores: Stores, id: str, after: int) -> tuple[list[tuple[int, HistoryEntry]], bool]:
    """The next entries, and whether the job has ended. The status is read first, so no entry is missed."""
    has_ended = stores.jobs.state_of(id).status.ended
    return _page(stores, id, after, BATCH_SIZE), has_ended


def _page(stores: Stores, id: str, after: int, limit: int) -> list[tuple[int, HistoryEntry]]:
    entries = stores.reports.history_after(id, after, limit)
    return [(number, with_commit(entry, partial(stores.jobs.made_from, id))) for number, entry in entries]


def _event(number: int, entry: HistoryEntry) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        number,
        entry.what.encode(),
        encode(history_entry(entry, number)),
    )


ROUTES = (
    Route(
        "GET",
        "/api/jobs/{id}/events",
        history,
        "view",
        "List what happened to a job, or follow it",
        tag="jobs",
        query=(
            whole("limit", "How many entries to return.", 500, 1, 5000),
            whole("after", "Only entries after this `seq`.", 0),
        ),
        answer="History",
        others={EVENT_STREAM: ""},
        also=(404,),
    ),
)
