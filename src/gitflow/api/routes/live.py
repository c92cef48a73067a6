"""Follows the log of a job over a WebSocket: first the stored lines, then each new line.

Each client reads pages by line number, at its own pace, and waits for notifications of its job. So no line is missing
or repeated between stored and new lines, and a slow client only costs the memory of a frame or two.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web

from gitflow.api.http import parameters
from gitflow.api.http.errors import HttpError
from gitflow.api.http.route import Route
from gitflow.api.http.unacknowledged import unacknowledged
from gitflow.api.routes.shared_pages import SharedPages
from gitflow.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gitflow.api.http.context import Context
    from gitflow.api.http.request import Request
    from gitflow.runtime.engine.notifications import Subscription

#: How long a client may read nothing, in seconds; it can reconnect with ``since_seq``.
SEND_S = 60.0
#: The interval of pings to a silent client, and how long it may stay silent, in seconds.
PING_S, SILENT_S = 20.0, 120.0
#: How often the log of a job that another process runs is polled, in seconds.
POLL_S = 0.2
#: How long a client that has read everything may take to answer a close, in seconds.
CLOSE_S = 3.0
#: The maximal interval between checks of what a client has read, in seconds.
WATCH_S = 5.0
#: Disables aiohttp's own timeout of a close, in seconds: ``_until_closed`` has another.
NO_TIMEOUT_S = 86_400.0
#: The maximal size of a message from a client, in bytes; such messages are ignored.
MAX_MESSAGE_BYTES = 4096

#: Also a parameter of the routes in logs.py.
SINCE_SEQ = parameters.whole("since_seq", "Only lines after the line of this number.", 0)

#: Read by auth/credentials.py.
_TOKEN = parameters.text("token", "An access token or API key, for browsers, which send no header with a WebSocket.")

_GONE = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})


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
            await LogFollower(self, socket, transport).run(job_id, since_seq)
        finally:
            self.clients -= 1


class LogFollower:
    """One client, with three tasks: one sends, one receives, and one watches whether the client reads."""

    def __init__(self, live: Live, socket: web.WebSocketResponse, transport: asyncio.WriteTransport | None) -> None:
        self._live = live
        self._socket = socket
        self._transport = transport
        self._alive_at = self._read_at = time.monotonic()  #: last sign of life; when it last read something
        self._is_sending = False  #: whether a send waits until the client has read enough
        self._sent = self._read = 0  #: bytes that were sent, and that the client has read
        self._seq = 0  #: of the last line of the last page that was sent
        self._piece = b""  #: the last piece that was sent of the next page

    async def run(self, job_id: str, since_seq: int) -> None:
        """Sends, and closes with the right code. Raises unexpected errors."""
        self._seq = since_seq
        await self._close(await self._follow(job_id))

    async def _follow(self, job_id: str) -> int:
        """Sends until the end; returns the code with which to close the connection."""
        sending = asyncio.create_task(self._send(job_id))
        receiving = asyncio.create_task(self._receive())
        watching = asyncio.create_task(self._watch())
        stopping = asyncio.create_task(self._live.stopping.wait())
        tasks = (sending, receiving, watching, stopping)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            sent, received, watched, _ = await asyncio.gather(*tasks, return_exceptions=True)
        if sent is None:
            return WSCloseCode.OK
        if self._live.stopping.is_set():
            return WSCloseCode.GOING_AWAY
        if isinstance(sent, StoreError) or isinstance(received, TimeoutError) or isinstance(watched, TimeoutError):
            return WSCloseCode.TRY_AGAIN_LATER
        if isinstance(sent, asyncio.CancelledError | ConnectionError):
            return WSCloseCode.OK  # the client has left
        raise sent

    async def _send(self, job_id: str) -> None:
        with self._live.notifications.subscribe(job_id) as subscription, self._live.pages.followed(job_id):
            while True:
                found = await self._live.pages.after(job_id, self._seq, subscription.news)
                for piece in found.page.pieces:
                    await self._send_piece(piece)
                self._seq, self._piece = found.page.last_seq, b""
                if found.page.is_last and found.has_ended:
                    return
                if found.page.is_last:
                    await self._wait_for_news(subscription, job_id)

    async def _send_piece(self, piece: bytes) -> None:
        self._sent, self._piece = self._sent + len(piece), piece
        self._read_at, self._is_sending = time.monotonic(), True
        try:
            await self._socket.send_frame(piece, WSMsgType.TEXT)
        finally:
            self._is_sending = False
        self._alive_at = time.monotonic()

    async def _watch(self) -> None:
        """Raises TimeoutError if the client has read nothing for SEND_S while data waits for it."""
        while True:
            await asyncio.sleep(min(SEND_S / 4, WATCH_S))
            read = self._sent - unacknowledged(self._transport)
            if read > self._read:
                self._read = read
                self._read_at = self._alive_at = time.monotonic()
            elif self._is_sending and time.monotonic() - self._read_at >= SEND_S:
                raise TimeoutError

    async def _wait_for_news(self, subscription: Subscription, job_id: str) -> None:
        """Waits for news; a job that another process runs sends no notifications, so it is polled."""
        await subscription.wait(POLL_S if self._live.open_job(job_id) is None else None)

    async def _receive(self) -> None:
        """Receives until the client leaves. Raises TimeoutError if it does not even answer pings."""
        while time.monotonic() - self._alive_at < SILENT_S:
            try:
                message = await self._socket.receive(timeout=PING_S)
            except TimeoutError:
                await self._send_control(self._socket.ping)
                continue
            if message.type in _GONE:
                return
            self._alive_at = time.monotonic()
            if message.type is WSMsgType.PING:
                await self._send_control(self._socket.pong, message.data)
        raise TimeoutError

    async def _send_control(self, send: Callable[..., Awaitable[None]], *data: bytes) -> None:
        """Sends a ping or pong, but does not wait for a client that is not reading."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await send(*data)

    async def _close(self, code: int) -> None:
        """Closes once the client has read what was sent; an earlier close would lose it."""
        reason = b"" if code == WSCloseCode.OK else f"go on with since_seq={self._last_seq()}".encode()
        closing = asyncio.create_task(self._socket.close(code=code, message=reason, drain=False))
        with suppress(ConnectionError):
            await self._until_closed(closing)
            closing.cancel()
            await asyncio.gather(closing, return_exceptions=True)

    def _last_seq(self) -> int:
        """The number of the last line that was sent."""
        return json.loads(self._piece.splitlines()[-1])["seq"] if self._piece else self._seq

    async def _until_closed(self, closing: asyncio.Task[bool]) -> None:
        """Returns also if the client stops reading, or has read everything and does not answer the close."""
        left, since = unacknowledged(self._transport), time.monotonic()
        while not closing.done():
            await asyncio.wait((closing,), timeout=min(CLOSE_S / 4, WATCH_S))
            now, before, left = time.monotonic(), left, unacknowledged(self._transport)
            if left < before:
                since = now
            if now - since >= (SEND_S if left and not self._live.stopping.is_set() else CLOSE_S):
                return


async def stream(request: Request) -> web.StreamResponse:
    """Follows the log of a job, in text frames of JSON Lines."""
    job_id, live = request.path["id"], request.context.part(Live)
    socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=MAX_MESSAGE_BYTES, timeout=NO_TIMEOUT_S)
    if not socket.can_prepare(request.http_request):
        raise HttpError(400, "this route needs a WebSocket: send Upgrade: websocket")
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
        query=(SINCE_SEQ, _TOKEN),
        status=101,
        also=(400, 404),
    ),
)
