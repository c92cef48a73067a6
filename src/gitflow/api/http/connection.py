"""Connections of clients: their limits and timeouts, and the answer to what is not HTTP.

A client that sends or reads too slowly holds one descriptor until its timeout, and delays no other client. The timeout
for bodies is in bodies.py.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from gitflow.api.http import errors
from gitflow.api.http.headers import headers_for
from gitflow.api.http.response import encode
from gitflow.api.http.unacknowledged import unacknowledged

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader

    from gitflow.api.http.cors import Cors

#: How long a connection may be idle, and how long the head of a request may take to arrive, in seconds.
IDLE_S = 75.0
HEAD_S = 20.0
#: A client that reads fewer than MIN_READ_BYTES of a pending answer in READ_S seconds is disconnected.
READ_S = 90.0
MIN_READ_BYTES = 1024
#: How long the rest of a refused body is read and discarded, so that its sender sees the answer, in seconds.
LINGER_S = 5.0
#: How long answers in progress may take after the server was asked to stop, in seconds.
FINISH_S = 5.0
IMMEDIATELY_S = 0.001  #: aiohttp takes 0 as no limit
#: How long a connection beyond the limit is kept open, so that its client can read the 503, in seconds.
REJECT_S = 0.5
#: The maximal length of the request line and of a header, in bytes, and the maximal number of headers.
MAX_LINE_BYTES = 16_384
MAX_HEADERS = 128
#: The maximal number of connections, and how many descriptors are reserved for everything else.
MAX_CONNECTIONS = 4096
RESERVED_DESCRIPTORS = 256

_TOO_MANY = encode(errors.error_body("too many connections; try again later", errors.CODE_OF[503]))
_REJECTION = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\n"
    b"Retry-After: 5\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(_TOO_MANY), _TOO_MANY)
)


class CorsRequest(web.BaseRequest):
    """A request whose answer gets CORS headers."""

    cors: Cors

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        self.cors.add_headers(self.headers.get("Origin"), response.headers)


class Connections(web.Server):
    """The open connections: those that have been idle longest come first."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], cors: Cors) -> None:
        super().__init__(
            handler,
            request_factory=_factory_of(cors) if cors else None,
            access_log=None,
            keepalive_timeout=IDLE_S,
            lingering_time=LINGER_S,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
            max_headers=MAX_HEADERS,
        )
        self._open: dict[ClientConnection, None] = {}
        self._max = max_connections()

    def __call__(self) -> RequestHandler:
        return ClientConnection(self, loop=self._loop, **self._kwargs)

    def add(self, newcomer: ClientConnection) -> None:
        """At the limit, closes the connection that has been idle longest; if none is idle, rejects the new one."""
        if len(self._open) >= self._max:
            idle = next((one for one in self._open if one.is_idle), None)
            if idle is None:
                newcomer.reject()
                return
            idle.force_close()
            self.remove(idle)
        self._open[newcomer] = None

    def touch(self, connection: ClientConnection) -> None:
        """Moves a connection that has sent a request to the end of the idle order."""
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def remove(self, connection: ClientConnection) -> None:
        self._open.pop(connection, None)


class ClientConnection(RequestHandler):
    """One connection, with its timeouts. Input that is not HTTP gets the JSON error of the API."""

    __slots__ = ("_all", "_head_timer", "_read_timer")

    _all: Connections
    _head_timer: asyncio.TimerHandle | None
    _read_timer: asyncio.TimerHandle | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(self._manager, Connections)
        self._all = self._manager
        self._read_timer = None
        self._head_timer = self._loop.call_later(HEAD_S, self._close_if_idle)
        self._all.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._all.remove(self)
        self._cancel_head_timer()
        self._cancel_read_timer()
        super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered or queued."""
        return self._current_request is None and not self._messages

    def data_received(self, data: bytes) -> None:
        was_idle = self.is_idle
        super().data_received(data)
        if self.is_idle:
            if self._head_timer is None:
                self._head_timer = self._loop.call_later(HEAD_S, self._close_if_idle)
        elif was_idle:
            self._cancel_head_timer()
            self._all.touch(self)

    def pause_writing(self) -> None:
        """The client reads more slowly than the server writes."""
        super().pause_writing()
        self._start_read_timer()

    def resume_writing(self) -> None:
        self._cancel_read_timer()
        super().resume_writing()

    async def start(self) -> None:
        """Serves requests until the connection is to be closed, then limits how long its last answer may take."""
        transport = self.transport
        try:
            await super().start()
        finally:
            if transport is not None and transport.get_write_buffer_size():
                self._abort_unless_read(transport)

    async def shutdown(self, timeout: float | None = FINISH_S) -> None:
        """Waits only for an answer in progress, not for the rest of a refused body."""
        await super().shutdown(timeout if self._request_in_progress else IMMEDIATELY_S)

    def reject(self) -> None:
        """Answers 503, and closes a moment later: an immediate close would reset the connection before it is read."""
        transport = self.transport
        assert transport is not None
        self.close()
        transport.write(_REJECTION)
        transport.write_eof()
        self._loop.call_later(REJECT_S, transport.abort)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500:
            self.log_exception("the connection failed", exc_info=exc)
        text = "this is not a request: " + (message or "it cannot be read").split("\n")[0].rstrip(":.")
        body = encode(
            errors.error_body(text if status < 500 else errors.MEANING[500], errors.CODE_OF.get(status, "error"))
        )
        response = web.Response(body=body, status=status, headers=headers_for())
        response.force_close()
        return response

    def _cancel_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _start_read_timer(self) -> None:
        """Checks after READ_S whether the client has read enough."""
        if self.transport is not None:
            left = unacknowledged(self.transport)
            self._read_timer = self._loop.call_later(READ_S, self._check_read, left)

    def _check_read(self, before: int) -> None:
        transport = self.transport
        if transport is None:
            return
        if before - MIN_READ_BYTES < unacknowledged(transport) <= before:  # a larger number: more was written
            transport.abort()
        else:
            self._start_read_timer()

    def _abort_unless_read(self, transport: asyncio.WriteTransport, before: int | None = None) -> None:
        """The same check for a connection that is being closed."""
        left = unacknowledged(transport)
        if before is not None and left > before - MIN_READ_BYTES:
            transport.abort()
        elif transport.get_write_buffer_size():
            self._loop.call_later(READ_S, self._abort_unless_read, transport, left)

    def _cancel_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _close_if_idle(self) -> None:
        self._head_timer = None
        if self.is_idle:
            self.force_close()


def max_connections() -> int:
    """MAX_CONNECTIONS, or as many as the descriptor limit of this process allows."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    reserved = min(RESERVED_DESCRIPTORS, allowed // 4)
    return MAX_CONNECTIONS if allowed < 0 else min(MAX_CONNECTIONS, allowed - reserved)


def _factory_of(
    cors: Cors,
) -> Callable[
    [RawRequestMessage, StreamReader, RequestHandler, AbstractStreamWriter, asyncio.Task[None]], web.BaseRequest
]:
    def make(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        request = CorsRequest(message, payload, protocol, writer, task, task.get_loop())
        request.cors = cors
        return request

    return make
