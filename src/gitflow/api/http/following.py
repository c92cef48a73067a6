"""Passes requests on to the active server: those that change something, and those about what is only in its memory.

A request is passed on once, with the caller's own headers, so that the active server authenticates and audits its
caller. Host and origin are checked here, where the caller's own are known.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    DummyCookieJar,
    TCPConnector,
    WSMsgType,
    WSServerHandshakeError,
    web,
)
from multidict import CIMultiDict

from gitflow.api.http.errors import CODE_OF, HttpError, no_engine
from gitflow.dispatch.frames import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from typing import TypeVar

    from gitflow.api.http.host_check import Caller

    T = TypeVar("T")

#: Beginnings of paths about what only the active server knows: its agents, sign-ins that are under way, its events.
#: A webhook may start jobs with any method.
OF_ACTIVE = ("/api/attempts/", "/api/auth/device", "/api/auth/oidc/", "/api/drain", "/api/events", "/hooks/", "/mcp")

#: The header of a request that was passed on already.
PASSED_ON = "Gitflow-Passed-On"

#: How long connecting to the active server may take, and how often it is looked whether it still is that, in seconds.
CONNECT_S, LOOK_S = 3.0, 0.5

_SAFE = frozenset({"GET", "HEAD"})
#: Headers of one connection, not of the request; and those that were checked here.
_OWN = frozenset(
    {"connection", "expect", "host", "keep-alive", "origin", "te", "trailer", "transfer-encoding", "upgrade"}
)
_OF_SOCKETS = "sec-websocket-"
_OF_BROWSERS = "sec-fetch-"


class PassOn:
    def __init__(self, find_active: Callable[[], str | None]) -> None:
        """``find_active``: the address of the active server; None while there is none."""
        self._find_active = find_active
        self._session: ClientSession | None = None

    def takes(self, method: str, path: str) -> bool:
        """Whether the active server has to answer. ``path``: of the route."""
        return method not in _SAFE or path.startswith(OF_ACTIVE)

    def elsewhere(self) -> HttpError:
        """For a caller that has to connect to the active server itself."""
        url = self._find_active()
        if url is None:
            return no_engine("no server is active at the moment")
        return no_engine(f"this server follows the active one: connect to {url}", {ACTIVE: url})

    async def __call__(self, http_request: web.BaseRequest, caller: Caller, id: str) -> web.StreamResponse:
        """Raises HttpError where there is no active server, or it does not answer."""
        url = self._find_active()
        if url is None or PASSED_ON in http_request.headers:
            raise no_engine("no server is active at the moment; ask again")
        headers = _headers(http_request.headers, caller, id)
        try:
            if http_request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._pass_socket(http_request, url, headers)
            return await self._pass_request(http_request, url, headers)
        except WSServerHandshakeError as refused:
            raise HttpError(refused.status if refused.status in CODE_OF else 503, refused.message) from None
        except (ClientError, TimeoutError, OSError) as error:
            raise no_engine(
                f"the active server did not answer ({type(error).__name__}); if this request was to change something, "
                "look whether it did before it is sent again"
            ) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _pass_request(
        self, http_request: web.BaseRequest, url: str, headers: CIMultiDict[str]
    ) -> web.StreamResponse:
        body = http_request.content if http_request.can_read_body else None
        target = url + http_request.rel_url.raw_path_qs
        request = self._opened().request(http_request.method, target, headers=headers, data=body, allow_redirects=False)
        async with await self._while_active(url, request) as answer:
            response = web.StreamResponse(status=answer.status, reason=answer.reason)
            response.headers.extend(_kept(answer.headers.items()))
            await response.prepare(http_request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response

    async def _pass_socket(
        self, http_request: web.BaseRequest, url: str, headers: CIMultiDict[str]
    ) -> web.StreamResponse:
        target = url + http_request.rel_url.raw_path_qs
        connecting = self._opened().ws_connect(target, headers=headers, max_msg_size=0, autoping=False)
        async with await self._while_active(url, connecting) as far:
            near = web.WebSocketResponse(autoping=False, compress=False)
            await near.prepare(http_request)
            tasks = [asyncio.create_task(_copy(near, far)), asyncio.create_task(_copy(far, near))]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(ConnectionError):
                await near.close(code=far.close_code or 1000)
            return near

    async def _while_active(self, url: str, asked: Awaitable[T]) -> T:
        """Waits for the answer of a server as long as that is the active one: a frozen one would never answer.

        Raises TimeoutError.
        """
        task = asyncio.ensure_future(asked)
        try:
            while not task.done():
                await asyncio.wait((task,), timeout=LOOK_S)
                if not task.done() and self._find_active() != url:
                    raise TimeoutError
            return task.result()
        finally:
            task.cancel()

    def _opened(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(ssl=ssl.create_default_context(), limit=0),
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                timeout=ClientTimeout(total=None, connect=CONNECT_S),
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            )
        return self._session


async def _copy(
    source: web.WebSocketResponse | ClientWebSocketResponse, target: web.WebSocketResponse | ClientWebSocketResponse
) -> None:
    """Until either side closes."""
    while True:
        message = await source.receive()
        match message.type:
            case WSMsgType.TEXT:
                await target.send_str(message.data)
            case WSMsgType.BINARY:
                await target.send_bytes(message.data)
            case WSMsgType.PING:
                await target.ping(message.data)
            case WSMsgType.PONG:
                await target.pong(message.data)
            case _:
                return


def _headers(given: Mapping[str, str], caller: Caller, id: str) -> CIMultiDict[str]:
    """The caller's, and by whom they are passed on."""
    headers = CIMultiDict(_kept(given.items()))
    before = given.get("X-Forwarded-For")
    headers["X-Forwarded-For"] = caller.address if before is None else f"{before}, {caller.address}"
    headers["X-Forwarded-Proto"] = caller.scheme
    headers["X-Request-ID"] = id
    headers[PASSED_ON] = "1"
    return headers


def _kept(items: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, value in items:
        lowered = name.lower()
        if lowered not in _OWN and not lowered.startswith((_OF_SOCKETS, _OF_BROWSERS)):
            yield name, value
