"""One client's connection: how long it may take for what, and what it is told when it speaks no HTTP.

Whoever is slow, says nothing, or takes nothing costs one descriptor for a while and is then cut off; nobody else
notices. Bodies have a limit of their own (bodies.py).
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from gitflow.api.http import errors
from gitflow.api.http.headers import headers_for
from gitflow.api.http.response import encoded
from gitflow.api.http.untaken import untaken

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader

    from gitflow.api.http.cors import Cors

#: How long a connection may stay without a request, and a request's head may take to arrive, in seconds.
IDLE_S = 75.0
HEAD_S = 20.0
#: How long a client may take less than so many bytes of an answer that waits for it, in seconds.
TAKE_S = 90.0
LEAST_TAKEN = 1024
#: For how long the rest of a body that was refused is read and thrown away, so that its sender sees why, in seconds.
LINGER_S = 5.0
#: How long answers in progress may take once the server stops, in seconds.
FINISH_S = 5.0
AT_ONCE_S = 0.001  #: to aiohttp, 0 would be no limit
#: For how long one that finds no room is kept, so that it sees why, in seconds.
TURN_AWAY_S = 0.5
#: The longest first line and header, in bytes, and how many headers there may be.
LONGEST_LINE = 16_384
MOST_HEADERS = 128
#: How many may be connected, and how many descriptors are left for everything else.
MOST_CONNECTIONS = 4096
KEPT_BACK = 256

_REFUSAL = encoded(errors.error_body("too many connections; come back later", errors.CODE_OF[503]))
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\n"
    b"Retry-After: 5\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(_REFUSAL), _REFUSAL)
)


class CorsRequest(web.BaseRequest):
    """One whose answer pages of other sites may read."""

    cors: Cors

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        self.cors.tell(self.headers.get("Origin"), response.headers)


class Connections(web.Server):
    """Those that are open, the oldest first."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], cors: Cors) -> None:
        super().__init__(
            handler,
            request_factory=_factory_of(cors) if cors else None,
            access_log=None,
            keepalive_timeout=IDLE_S,
            lingering_time=LINGER_S,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=MOST_HEADERS,
        )
        self._open: dict[Connection, None] = {}
        self._most = most_connections()

    def __call__(self) -> RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)

    def came(self, newcomer: Connection) -> None:
        """Makes room at the cost of who has asked nothing for longest; without any such, the newcomer must go."""
        if len(self._open) >= self._most:
            idle = next((one for one in self._open if one.is_idle), None)
            if idle is None:
                newcomer.turn_away()
                return
            idle.force_close()
            self.left(idle)
        self._open[newcomer] = None

    def asked(self, connection: Connection) -> None:
        """It is not idle, and will be the last to have become so."""
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def left(self, connection: Connection) -> None:
        self._open.pop(connection, None)


class Connection(RequestHandler):
    """What is not HTTP is refused in the same shape as everything else."""

    __slots__ = ("_all", "_head_due", "_taken_due")

    _all: Connections
    _head_due: asyncio.TimerHandle | None
    _taken_due: asyncio.TimerHandle | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(self._manager, Connections)
        self._all = self._manager
        self._taken_due = None
        self._head_due = self._loop.call_later(HEAD_S, self._give_up)
        self._all.came(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._all.left(self)
        self._head_came()
        self._taken()
        super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether no request of it is being answered, or waits for that."""
        return self._current_request is None and not self._messages

    def data_received(self, data: bytes) -> None:
        was_idle = self.is_idle
        super().data_received(data)
        if self.is_idle:
            if self._head_due is None:
                self._head_due = self._loop.call_later(HEAD_S, self._give_up)
        elif was_idle:
            self._head_came()
            self._all.asked(self)

    def pause_writing(self) -> None:
        """What was sent piles up."""
        super().pause_writing()
        self._await_taking()

    def resume_writing(self) -> None:
        self._taken()
        super().resume_writing()

    async def start(self) -> None:
        """Until it is to be closed; what it has not taken a while after that is dropped."""
        transport = self.transport
        try:
            await super().start()
        finally:
            if transport is not None and transport.get_write_buffer_size():
                self._abort_unless_taken(transport)

    async def shutdown(self, timeout: float | None = FINISH_S) -> None:
        """Only who waits for an answer is waited for, and not the rest of a body that was refused."""
        await super().shutdown(timeout if self._request_in_progress else AT_ONCE_S)

    def turn_away(self) -> None:
        """It may read why; a connection that is closed before its request has come would be reset."""
        transport = self.transport
        assert transport is not None
        self.close()
        transport.write(_FULL)
        transport.write_eof()
        self._loop.call_later(TURN_AWAY_S, transport.abort)

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
        body = encoded(
            errors.error_body(text if status < 500 else errors.MEANING[500], errors.CODE_OF.get(status, "error"))
        )
        response = web.Response(body=body, status=status, headers=headers_for())
        response.force_close()
        return response

    def _head_came(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _await_taking(self) -> None:
        """Drops the connection unless the client goes on taking what was sent."""
        if self.transport is not None:
            left = untaken(self.transport)
            self._taken_due = self._loop.call_later(TAKE_S, self._look_at_taking, left)

    def _look_at_taking(self, before: int) -> None:
        transport = self.transport
        if transport is None:
            return
        if before - LEAST_TAKEN < untaken(transport) <= before:  # what is more was written meanwhile
            transport.abort()
        else:
            self._await_taking()

    def _abort_unless_taken(self, transport: asyncio.WriteTransport, before: int | None = None) -> None:
        """The same for what is left when the connection is to be closed."""
        left = untaken(transport)
        if before is not None and left > before - LEAST_TAKEN:
            transport.abort()
        elif transport.get_write_buffer_size():
            self._loop.call_later(TAKE_S, self._abort_unless_taken, transport, left)

    def _taken(self) -> None:
        if self._taken_due is not None:
            self._taken_due.cancel()
            self._taken_due = None

    def _give_up(self) -> None:
        self._head_due = None
        if self.is_idle:
            self.force_close()


def most_connections() -> int:
    """As many as the descriptors of this process allow."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    kept_back = min(KEPT_BACK, allowed // 4)
    return MOST_CONNECTIONS if allowed < 0 else min(MOST_CONNECTIONS, allowed - kept_back)


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
