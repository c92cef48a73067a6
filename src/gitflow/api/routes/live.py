"""Follows the log of a job over a WebSocket: first the stored lines, then each new line.

Each client reads pages by line number, at its own pace, and waits for notifications of its job. So no line is missing
or repeated between stored and new lines, and a slow client only costs the memory of a frame or two.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.api.http import parameters
from gitflow.api.http.route import Route
from gitflow.api.routes.shared_pages import SharedPages
from gitflow.api.routes.sockets import SocketSender, open_socket

if TYPE_CHECKING:
    import asyncio

    from aiohttp import web

    from gitflow.api.http.context import Context
    from gitflow.api.http.request import Request
    from gitflow.runtime.engine.notifications import Subscription

#: How often the log of a job that another process runs is polled, in seconds: where nothing says that it has changed,
#: and where that is heard (it may be deleted without a word).
POLL_S, HEARD_POLL_S = 0.2, 5.0

#: Also a parameter of the routes in logs.py.
SINCE_SEQ = parameters.whole("since_seq", "Only lines after the line with this `seq`.", 0)

#: Read by auth/credentials.py.
TOKEN = parameters.text(
    "token", "An access token or API key, for browsers, which cannot send a header with a WebSocket."
)


class Live:
    """The shared state of all followers."""

    def __init__(self, context: Context) -> None:
        self.notifications = context.notifications
        self.pages = SharedPages(context.reader.read)
        self.open_job = context.open_job
        self.stopping = context.stopping
        self.clients = 0

    async def serve(
        self, socket: web.WebSocketResponse, transport: asyncio.WriteTransport | None, job_id: str, since_seq: int
    ) -> None:
        """Sends until the log has ended (1000), the client has left, or the server stops (1001)."""
        self.clients += 1
        try:
            await LogFollower(self, socket, transport, job_id, since_seq).run()
        finally:
            self.clients -= 1


class LogFollower(SocketSender):
    """Sends the lines of a job to one client."""

    def __init__(
        self,
        live: Live,
        socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport | None,
        job_id: str,
        since_seq: int,
    ) -> None:
        super().__init__(live.stopping, socket, transport)
        self._live = live
        self._job_id = job_id
        self._seq = since_seq  #: of the last line of the last page that was sent
        self._piece = b""  #: the last piece that was sent of the next page

    async def send_all(self) -> None:
        job_id = self._job_id
        with self._live.notifications.subscribe(job_id) as subscription, self._live.pages.followed(job_id):
            while True:
                found = await self._live.pages.after(job_id, self._seq, subscription.news)
                for self._piece in found.page.pieces:
                    await self.send_piece(self._piece)
                self._seq, self._piece = found.page.last_seq, b""
                if found.page.is_last and found.has_ended:
                    return
                if found.page.is_last:
                    await self._wait_for_news(subscription)

    async def _wait_for_news(self, subscription: Subscription) -> None:
        """Waits for news; a job that another process runs may send none, so it is polled."""
        if self._live.open_job(self._job_id) is not None:
            await subscription.wait()
        else:
            await subscription.wait(HEARD_POLL_S if self._live.notifications.hears_others else POLL_S)

    def how_to_resume(self) -> bytes:
        return f"go on with since_seq={self._last_seq()}".encode()

    def _last_seq(self) -> int:
        """The number of the last line that was sent."""
        return json.loads(self._piece.splitlines()[-1])["seq"] if self._piece else self._seq


async def stream(request: Request) -> web.StreamResponse:
    """Follows the log of a job, in text frames of JSON Lines."""
    job_id, live = request.path["id"], request.context.part(Live)
    socket = open_socket(request)
    await request.read(
        lambda stores: stores.jobs.state_of(job_id)
    )  # raises NotFound while a plain HTTP response is still possible
    await socket.prepare(request.http_request)
    await live.serve(socket, request.http_request.transport, job_id, request.number("since_seq"))
    return socket


ROUTES = (
    Route(
        "GET",
        "/api/jobs/{id}/logs/stream",
        stream,
        "view",
        "Follow a job's log over a WebSocket",
        tag="logs",
        query=(SINCE_SEQ, TOKEN),
        status=101,
        also=(400, 404),
    ),
)
