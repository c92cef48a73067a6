"""Sends pieces of text to one client over a WebSocket, at the client's pace, and closes it with the right code.

A slow client costs the memory of a frame or two: the next piece is made once the one before was read. A client that
reads nothing, or answers no ping, is dropped.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web

from gitflow.api.http.errors import HttpError
from gitflow.api.http.unacknowledged import unacknowledged
from gitflow.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gitflow.api.http.request import Request

#: How long a client may read nothing, in seconds; it can reconnect with ``since_seq``.
SEND_S = 60.0
#: The interval of pings to a silent client, and how long it may stay silent, in seconds.
PING_S, SILENT_S = 20.0, 120.0
#: How long a client that has read everything may take to answer a close, in seconds.
CLOSE_S = 3.0
#: The maximal interval between checks of what a client has read, in seconds.
WATCH_S = 5.0
#: Disables aiohttp's own timeout of a close, in seconds: ``_until_closed`` has another.
NO_TIMEOUT_S = 86_400.0
#: The maximal size of a message from a client, in bytes; such messages are ignored.
MAX_MESSAGE_BYTES = 4096

_GONE = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})


class SocketRefused(Exception):
    """The client may not receive any more; the text is the reason in the close frame."""


class SocketSender:
    """One client, with three tasks: one sends, one receives, and one watches whether the client reads."""

    def __init__(
        self, stopping: asyncio.Event, socket: web.WebSocketResponse, transport: asyncio.WriteTransport | None
    ) -> None:
        self._stopping = stopping
        self._socket = socket
        self._transport = transport
        self._alive_at = self._read_at = time.monotonic()  #: last sign of life; when it last read something
        self._is_sending = False  #: whether a send waits until the client has read enough
        self._sent = self._read = 0  #: bytes that were sent, and that the client has read

    async def run(self) -> None:
        """Sends, and closes with the right code. Raises unexpected errors."""
        await self._close(*await self._follow())

    async def send_all(self) -> None:
        """Sends until there is nothing more to send, in pieces (``send_piece``).

        Raises SocketRefused for a client that may receive no more, and StoreError.
        """
        raise NotImplementedError

    def how_to_resume(self) -> bytes:
        """For a client that is sent away before the end."""
        raise NotImplementedError

    async def _follow(self) -> tuple[int, bytes]:
        """Sends until the end; returns the code and the reason with which to close the connection."""
        sending = asyncio.create_task(self.send_all())
        receiving = asyncio.create_task(self._receive())
        watching = asyncio.create_task(self._watch())
        stopping = asyncio.create_task(self._stopping.wait())
        tasks = (sending, receiving, watching, stopping)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            sent, received, watched, _ = await asyncio.gather(*tasks, return_exceptions=True)
        if sent is None:
            return WSCloseCode.OK, b""
        if isinstance(sent, SocketRefused):
            return WSCloseCode.POLICY_VIOLATION, str(sent).encode()
        if self._stopping.is_set():
            return WSCloseCode.GOING_AWAY, self.how_to_resume()
        if isinstance(sent, StoreError) or isinstance(received, TimeoutError) or isinstance(watched, TimeoutError):
            return WSCloseCode.TRY_AGAIN_LATER, self.how_to_resume()
        if isinstance(sent, asyncio.CancelledError | ConnectionError):
            return WSCloseCode.OK, b""  # the client has left
        raise sent

    async def send_piece(self, piece: bytes) -> None:
        self._sent += len(piece)
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

    async def _close(self, code: int, reason: bytes) -> None:
        """Closes once the client has read what was sent; an earlier close would lose it."""
        closing = asyncio.create_task(self._socket.close(code=code, message=reason, drain=False))
        with suppress(ConnectionError):
            await self._until_closed(closing)
            closing.cancel()
            await asyncio.gather(closing, return_exceptions=True)

    async def _until_closed(self, closing: asyncio.Task[bool]) -> None:
        """Returns also if the client stops reading, or has read everything and does not answer the close."""
        left, since = unacknowledged(self._transport), time.monotonic()
        while not closing.done():
            await asyncio.wait((closing,), timeout=min(CLOSE_S / 4, WATCH_S))
            now, before, left = time.monotonic(), left, unacknowledged(self._transport)
            if left < before:
                since = now
            if now - since >= (SEND_S if left and not self._stopping.is_set() else CLOSE_S):
                return


def open_socket(request: Request) -> web.WebSocketResponse:
    """Raises HttpError for a request that does not ask for a WebSocket."""
    socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=MAX_MESSAGE_BYTES, timeout=NO_TIMEOUT_S)
    if not socket.can_prepare(request.http_request):
        raise HttpError(400, "this route needs a WebSocket: send Upgrade: websocket")
    return socket
