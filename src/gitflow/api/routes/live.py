"""A job's log as it is written, over a WebSocket: what is there already, then each line as it comes.

Every client reads by the numbers of lines, at its own pace, and waits only for news of its job. So there is no gap and
no repeat between what was there and what came, and a slow client costs a frame or two of memory, and misses nothing.
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
from gitflow.api.http.untaken import untaken
from gitflow.api.routes.shared_pages import SharedPages
from gitflow.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gitflow.api.http.context import Context
    from gitflow.api.http.request import Request
    from gitflow.runtime.engine.notifications import Subscription

#: How long a client that takes nothing is waited for, in seconds; it may come back with ``since_seq``.
SEND_S = 60.0
#: How often a silent client is asked whether it is there, and how long it may stay silent, in seconds.
PING_S, SILENT_S = 20.0, 120.0
#: How often the log of a job that another process runs is looked at, in seconds.
ELSEWHERE_S = 0.2
#: How long a client that has taken everything may take to answer a close, in seconds.
CLOSE_S = 3.0
#: How often it is looked at what a client takes, at least, in seconds.
WATCH_S = 5.0
#: Nothing is waited for so long, in seconds: aiohttp's own limit of a close, which would come in the way.
NEVER_S = 86_400.0
#: In bytes: clients have nothing to say.
LONGEST_MESSAGE = 4096

#: Shared with the endpoints that read logs.
SINCE_SEQ = parameters.whole("since_seq", "Only lines after the line of this number.", 0)

#: Read where it is found out who calls (access.py).
_TOKEN = parameters.text("token", "An access token or API key, for browsers, which send no header with a WebSocket.")

_GONE = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})


class Live:
    """What followers are fed from."""

    def __init__(self, context: Context) -> None:
        self.notifications = context.notifications
        self.pages = SharedPages(context.reader.read)
        self.open_job = context.open_job
        self.stopping = context.stopping
        self.clients = 0

    async def serve(
        self, socket: web.WebSocketResponse, transport: asyncio.WriteTransport | None, job_id: str, since_seq: int
    ) -> None:
        """Until the log has ended (1000), the client has left, or the server stops (1001)."""
        self.clients += 1
        try:
            await Follower(self, socket, transport).run(job_id, since_seq)
        finally:
            self.clients -= 1


class Follower:
    """One client: a task that sends, one that hears whether it is still there, and one that sees what it takes."""

    def __init__(self, live: Live, socket: web.WebSocketResponse, transport: asyncio.WriteTransport | None) -> None:
        self._live = live
        self._socket = socket
        self._transport = transport
        self._alive_at = self._took_at = time.monotonic()  #: it answered, or took something; it took something
        self._is_sending = False  #: and waits until the client has taken enough
        self._sent = self._taken = 0  #: bytes
        self._seq = 0  #: of the last line of the last page that was sent
        self._piece = b""  #: the last that was sent of another page

    async def run(self, job_id: str, since_seq: int) -> None:
        """Sends, and closes with the right code. Raises what is a mistake of ours."""
        self._seq = since_seq
        await self._close(await self._follow(job_id))

    async def _follow(self, job_id: str) -> int:
        """With which code the connection is to be closed."""
        sending = asyncio.create_task(self._send(job_id))
        hearing = asyncio.create_task(self._watch_folder())
        watching = asyncio.create_task(self._watch())
        stopping = asyncio.create_task(self._live.stopping.wait())
        tasks = (sending, hearing, watching, stopping)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            sent, heard, watched, _ = await asyncio.gather(*tasks, return_exceptions=True)
        if sent is None:
            return WSCloseCode.OK
        if self._live.stopping.is_set():
            return WSCloseCode.GOING_AWAY
        if isinstance(sent, StoreError) or isinstance(heard, TimeoutError) or isinstance(watched, TimeoutError):
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
                    await self._news(subscription, job_id)

    async def _send_piece(self, piece: bytes) -> None:
        self._sent, self._piece = self._sent + len(piece), piece
        self._took_at, self._is_sending = time.monotonic(), True
        try:
            await self._socket.send_frame(piece, WSMsgType.TEXT)
        finally:
            self._is_sending = False
        self._alive_at = time.monotonic()

    async def _watch(self) -> None:
        """Raises TimeoutError for a client that takes nothing, however little is left to be taken."""
        while True:
            await asyncio.sleep(min(SEND_S / 4, WATCH_S))
            taken = self._sent - untaken(self._transport)
            if taken > self._taken:
                self._taken = taken
                self._took_at = self._alive_at = time.monotonic()
            elif self._is_sending and time.monotonic() - self._took_at >= SEND_S:
                raise TimeoutError

    async def _news(self, subscription: Subscription, job_id: str) -> None:
        """Of a job that another process runs, the bus tells nothing."""
        await subscription.wait(ELSEWHERE_S if self._live.open_job(job_id) is None else None)

    async def _watch_folder(self) -> None:
        """Until the client leaves. Raises TimeoutError for one that is silent although it was asked."""
        while time.monotonic() - self._alive_at < SILENT_S:
            try:
                message = await self._socket.receive(timeout=PING_S)
            except TimeoutError:
                await self._answer(self._socket.ping)
                continue
            if message.type in _GONE:
                return
            self._alive_at = time.monotonic()
            if message.type is WSMsgType.PING:
                await self._answer(self._socket.pong, message.data)
        raise TimeoutError

    async def _answer(self, send: Callable[..., Awaitable[None]], *data: bytes) -> None:
        """One that takes nothing just now is not waited for here."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await send(*data)

    async def _close(self, code: int) -> None:
        """What was sent before is taken first, at the client's pace: closing the connection earlier would lose it."""
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
        """Or until the client takes nothing for long, or does not answer although it has taken everything."""
        left, since = untaken(self._transport), time.monotonic()
        while not closing.done():
            await asyncio.wait((closing,), timeout=min(CLOSE_S / 4, WATCH_S))
            now, before, left = time.monotonic(), left, untaken(self._transport)
            if left < before:
                since = now
            if now - since >= (SEND_S if left and not self._live.stopping.is_set() else CLOSE_S):
                return


async def stream(request: Request) -> web.StreamResponse:
    """The log of a job as it is written, as text frames of JSON Lines."""
    job_id, live = request.path["id"], request.context.part(Live)
    socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=LONGEST_MESSAGE, timeout=NEVER_S)
    if not socket.can_prepare(request.http_request):
        raise HttpError(400, "this is a WebSocket: ask for it with Upgrade: websocket")
    await request.read(lambda stores: stores.jobs.state_of(job_id))  # refused before there is a connection to close
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
