"""What happens on the server, as far as the caller may see it: as a list, an event stream, or over a WebSocket.

Every stream begins with a record that says from where it goes on, so what a client reads afterwards misses nothing. A
client whose next events are no longer kept, because it was slow or the server was restarted, gets ``gap`` instead.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow.api.http.errors import bad_request
from gitflow.api.http.headers import headers_for
from gitflow.api.http.parameters import text, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, encode, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.live import TOKEN
from gitflow.api.routes.rechecks import Rechecks
from gitflow.api.routes.sockets import SocketRefused, SocketSender, open_socket
from gitflow.core.record import Record
from gitflow.runtime.engine.server_events import ServerEvent
from gitflow.views.server_events import GAP, OPENED, server_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.api.routes.rechecks import Watched
    from gitflow.runtime.engine.server_events import Follower, ServerEvents

EVENT_STREAM = "text/event-stream"
#: How many events are sent at a time.
BATCH_SIZE = 500
#: The interval of keep-alive comments in an event stream, in seconds.
PING_S = 15.0
#: After how many milliseconds a client connects again.
RETRY_MS = 2000


class Batch(Record):
    events: Sequence[ServerEvent]  #: those that the caller may see, and asked for
    last_seq: int  #: of all that were looked at
    is_last: bool  #: whether there are no more yet


class View:
    """The events of a server as one caller sees them."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.events: ServerEvents = request.context.server_events
        self._workspace, self._task = request.text("workspace"), request.text("task_name")
        if self._task is not None and self._workspace is None:
            raise bad_request("task_name needs workspace as well", [("task_name", "needs workspace as well")])

    def begin(self, since: int | None) -> ServerEvent:
        """The first record: where the caller goes on, and whether something is missing before."""
        last = self.events.last_seq
        if since is None or since == last:
            return self._mark(OPENED, last)
        return self._mark(OPENED, since) if self.events.has_all_after(since) else self._mark(GAP, last)

    def after(self, seq: int, limit: int = BATCH_SIZE) -> Batch:
        if not self.events.has_all_after(seq):
            last = self.events.last_seq
            return Batch((self._mark(GAP, last),), last, True)
        found = self.events.after(seq, limit)
        last = found[-1].seq if found else seq
        shown = {place: self._shows(*place) for place in {(event.workspace, event.task_name) for event in found}}
        wanted = [event for event in found if shown[event.workspace, event.task_name]]
        return Batch(wanted, last, last == self.events.last_seq)

    def _mark(self, what: str, seq: int) -> ServerEvent:
        return ServerEvent(what, self.request.now(), seq=seq)

    def _shows(self, workspace: str | None, task: str | None) -> bool:
        if self._workspace not in (None, workspace) or self._task not in (None, task):
            return False
        return workspace is None or self.request.sees(workspace, task)


async def follow(request: Request) -> Response | web.StreamResponse:
    """With ``Upgrade: websocket`` or ``Accept: text/event-stream`` a stream, otherwise what is kept."""
    view = View(request)
    if "Upgrade" in request.http_request.headers:
        return await _serve_socket(view)
    if EVENT_STREAM in request.http_request.headers.get("Accept", ""):
        return await _serve_stream(view)
    return _list(view)


def _list(view: View) -> Response:
    """For programs that poll: the first record, and the events after it; ``Link`` has the address of those to come."""
    request, limit = view.request, view.request.number("limit")
    with view.events.followed():
        first = view.begin(request.query["since"])
        batch = view.after(first.seq, limit)
    kept = [(name, value) for name, value in request.http_request.rel_url.query.items() if name != "since"]
    url = request.http_request.rel_url.with_query([*kept, ("since", str(batch.last_seq))])
    shown = [server_event(event) for event in (first, *batch.events)]
    return respond(shown, headers={"Link": f'<{url.raw_path_qs}>; rel="next"'})


async def _serve_stream(view: View) -> web.StreamResponse:
    request = view.request
    response = web.StreamResponse(headers=headers_for(EVENT_STREAM))
    response.headers["X-Request-ID"] = request.id
    await response.prepare(request.http_request)
    if request.http_request.method == "HEAD":
        return response
    rechecks = request.context.part(Rechecks)
    with view.events.followed() as follower, rechecks.watch(request, follower.notify) as watched:
        stop = asyncio.ensure_future(request.context.stopping.wait())
        stop.add_done_callback(lambda _: follower.notify())
        try:
            first = view.begin(_last_event_id(request))
            await response.write(b"retry: %d\n%s" % (RETRY_MS, _as_message(first)))
            await _send_messages(view, response, first.seq, follower, watched)
        finally:
            stop.cancel()
    return response


async def _send_messages(
    view: View, response: web.StreamResponse, seq: int, follower: Follower, watched: Watched
) -> None:
    stopping = view.request.context.stopping
    while not stopping.is_set():
        batch = view.after(seq)
        if watched.is_refused:
            return
        seq = batch.last_seq
        if batch.events:
            await response.write(b"".join(map(_as_message, batch.events)))
        if batch.is_last and not await follower.wait(PING_S):
            await response.write(b": still here\n\n")


def _last_event_id(request: Request) -> int | None:
    given = request.http_request.headers.get("Last-Event-ID", "")
    return int(given) if given.isdecimal() and len(given) <= 16 else request.query["since"]


def _as_message(event: ServerEvent) -> bytes:
    return b"id: %d\ndata: %s\n\n" % (event.seq, encode(server_event(event)))


class EventSender(SocketSender):
    """Sends the events of a server to one client, in text frames of JSON Lines."""

    def __init__(self, view: View, socket: web.WebSocketResponse) -> None:
        super().__init__(view.request.context.stopping, socket, view.request.http_request.transport)
        self._view = view
        self._seq = 0

    async def send_all(self) -> None:
        request = self._view.request
        rechecks = request.context.part(Rechecks)
        with self._view.events.followed() as follower, rechecks.watch(request, follower.notify) as watched:
            first = self._view.begin(request.query["since"])
            self._seq = first.seq
            await self.send_piece(_as_line(first))
            while True:
                batch = self._view.after(self._seq)
                if watched.is_refused:
                    raise SocketRefused("the credential counts no longer: sign in again")
                self._seq = batch.last_seq
                if batch.events:
                    await self.send_piece(b"".join(map(_as_line, batch.events)))
                if batch.is_last:
                    await follower.wait()

    def how_to_resume(self) -> bytes:
        return f"go on with since={self._seq}".encode()


def _as_line(event: ServerEvent) -> bytes:
    return encode(server_event(event)) + b"\n"


async def _serve_socket(view: View) -> web.StreamResponse:
    socket = open_socket(view.request)
    await socket.prepare(view.request.http_request)
    await EventSender(view, socket).run()
    return socket


ROUTES = (
    Route(
        "GET",
        "/api/events",
        follow,
        "view",
        "Follow the server's events as an event stream or over a WebSocket, or list the latest ones",
        tag="events",
        query=(
            text("workspace", "Only events of this workspace."),
            text("task_name", "Only events of this task and its jobs (requires `workspace`)."),
            whole(
                "since",
                "Continue after the event with this `seq`; in an event stream `Last-Event-ID` takes precedence.",
            ),
            whole("limit", "How many events to list at most.", 500, 1, 5000),
            TOKEN,
        ),
        answer="ServerEventList",
        others={EVENT_STREAM: ""},
        also=(101,),
    ),
)
