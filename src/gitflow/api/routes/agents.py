"""The link of agents: one WebSocket, over which an agent takes steps and reports them (dispatch/frames.py).

The first message is ``hello``. Everything that an agent sends is handed to the engine's thread, and what the engine
sends is written here. A link without TLS is refused, except on loopback: steps travel with their secrets in clear.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from gitflow.api.auth.credentials import credentials_of
from gitflow.api.http.errors import HttpError
from gitflow.api.http.route import Route
from gitflow.core.hosts import is_readable_on_the_way
from gitflow.core.identity import AGENT_SCOPE, workspaces_of_agent
from gitflow.dispatch import frames
from gitflow.dispatch.frames import FrameError, Goodbye, Hello, Ping, Pong
from gitflow.runtime.worker.far_agent import Left, taker_of

if TYPE_CHECKING:
    from gitflow.api.http.request import Request
    from gitflow.core.identity import Identity
    from gitflow.dispatch.base import Taker

#: How long the first message may take, and how often the key of a link is looked at again, in seconds.
HELLO_S, RECHECK_S = 10.0, 15.0
#: So many bytes of one agent may wait for the engine before no more are read.
MAX_WAITING = 4 << 20
#: How long a message may take to be written, in seconds: an agent that reads nothing is dropped.
SEND_S = 30.0


class AgentPeer:
    """See Peer: the connection of one agent. ``send`` and ``close`` may be called from any thread."""

    keeps_assignments = True

    def __init__(self, request: Request, socket: web.WebSocketResponse, hello: Hello) -> None:
        context = request.context
        self.key_id = request.identity.key_id or ""
        self.worker_id = context.fleet.tokens.worker_id(hello.agent, self.key_id)
        self.taker: Taker = taker_of(self.worker_id, hello, workspaces_of_agent(request.identity))
        self.heard_at = context.clock.now()
        self.running = 0
        self._clock = context.clock
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._outgoing: deque[str | bytes] = deque()
        self._has_more = asyncio.Event()
        self._is_closing = False
        self._waiting = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    def heard(self) -> None:
        self.heard_at = self._clock.now()

    def send(self, message: str | bytes, /) -> None:
        self._outgoing.append(message)
        self._notify()

    def close(self, reason: str, *, may_try_again: bool) -> None:
        self._outgoing.append(frames.dump(Goodbye(reason, may_try_again)))
        self._is_closing = True
        self._notify()

    def forget(self, size: int, /) -> None:
        with suppress(RuntimeError):  # the server has stopped
            self._loop.call_soon_threadsafe(self._forget, size)

    async def wait_for_room(self, size: int) -> None:
        """Until the engine has handled enough of what this agent has sent."""
        self._waiting += size
        if self._waiting > MAX_WAITING:
            self._has_room.clear()
        await self._has_room.wait()

    async def write(self) -> None:
        """Writes what is to be sent, until the link is closed from this side."""
        while True:
            await self._has_more.wait()
            self._has_more.clear()
            while self._outgoing:
                message = self._outgoing.popleft()
                async with asyncio.timeout(SEND_S):
                    if isinstance(message, bytes):
                        await self._socket.send_bytes(message)
                    else:
                        await self._socket.send_str(message)
            if self._is_closing:
                return

    def _forget(self, size: int) -> None:
        self._waiting -= size
        if self._waiting <= MAX_WAITING:
            self._has_room.set()

    def _notify(self) -> None:
        with suppress(RuntimeError):  # the server has stopped
            self._loop.call_soon_threadsafe(self._has_more.set)


async def link(request: Request) -> web.StreamResponse:
    """Serves one agent until it leaves, its key counts no longer, or the server stops."""
    refuse_others(request)
    if request.context.pass_on is not None:
        raise request.context.pass_on.elsewhere()
    socket = web.WebSocketResponse(autoping=True, compress=False, max_msg_size=frames.MAX_BYTES + 1024)
    if not socket.can_prepare(request.http_request):
        raise HttpError(400, "this route needs a WebSocket: send Upgrade: websocket")
    await socket.prepare(request.http_request)
    try:
        hello = await _read_hello(request, socket)
    except FrameError as error:
        await _refuse(socket, str(error))
        return socket
    peer = AgentPeer(request, socket, hello)
    request.context.fleet.post(peer, hello, 0)
    try:
        await _serve(request, socket, peer)
    finally:
        request.context.fleet.post(peer, Left(), 0)
        with suppress(ConnectionError, TimeoutError):
            await socket.close()
    return socket


def refuse_others(request: Request) -> None:
    """Raises HttpError for callers that are no agents, and for agents that would get secrets without TLS."""
    who = request.identity
    if who.kind != "open" and AGENT_SCOPE not in (who.scopes or ()):
        raise HttpError(403, f"an agent needs an API key with the scope {AGENT_SCOPE}")
    if is_readable_on_the_way(request.caller.scheme, request.caller.address):
        raise HttpError(
            403,
            "steps travel with their secrets, so an agent on another machine needs https: put a proxy with TLS before "
            "this server, and name it in trusted_proxies",
        )


async def _read_hello(request: Request, socket: web.WebSocketResponse) -> Hello:
    """Raises FrameError with a sentence for the agent."""
    try:
        message = await socket.receive(timeout=HELLO_S)
    except TimeoutError:
        raise FrameError("the agent said nothing") from None
    if message.type is not WSMsgType.TEXT:
        raise FrameError("the first message must be a hello")
    frame = frames.read_from_agent(message.data)
    if not isinstance(frame, Hello):
        raise FrameError("the first message must be a hello")
    _check(request.identity, frame, request.context.version)
    return frame


def _check(who: Identity, hello: Hello, version: str) -> None:
    if frames.agreed_protocol(hello.protocol) is None:
        raise FrameError(
            f"the agent (gitflow {hello.version}) speaks protocol {hello.protocol}, and this server "
            f"(gitflow {version}) protocol {frames.PROTOCOL}: they may be one apart; install the same version on both"
        )
    beyond = [] if who.kind == "open" else sorted(set(hello.tags) - set(who.tags))
    if beyond:
        allowed = ", ".join(who.tags) or "no tags"
        raise FrameError(
            f"the API key {who.key_name!r} allows {allowed}, and not {', '.join(beyond)}: leave them out, or make a "
            "key with them (gitflow key create --scope agent --tag TAG)"
        )


async def _refuse(socket: web.WebSocketResponse, reason: str) -> None:
    with suppress(ConnectionError):
        await socket.send_str(str(frames.dump(Goodbye(reason, may_try_again=False))))
        await socket.close()


async def _serve(request: Request, socket: web.WebSocketResponse, peer: AgentPeer) -> None:
    """Until the first of: the agent leaves, this side closes, its key is revoked, the server stops."""
    tasks = [
        asyncio.create_task(each)
        for each in (
            _read(request, socket, peer),
            peer.write(),
            _recheck(request, peer),
            request.context.stopping.wait(),
        )
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(request: Request, socket: web.WebSocketResponse, peer: AgentPeer) -> None:
    while True:
        message = await socket.receive()
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return
        peer.heard()
        try:
            frame = frames.read_from_agent(message.data)
        except FrameError as error:
            await _refuse(socket, f"a message is not valid: {error}")
            return
        if isinstance(frame, Ping):
            peer.running = frame.running
            peer.send(frames.dump(Pong()))
        elif not isinstance(frame, Hello):
            size = len(message.data)
            request.context.fleet.post(peer, frame, size)
            await peer.wait_for_room(size)


async def _recheck(request: Request, peer: AgentPeer) -> None:
    """Ends the link of a key that was revoked, or has expired: at once if that happened at this server."""
    while True:
        await credentials_of(request).wait_for_change(RECHECK_S)
        if await credentials_of(request).authenticate_again(request.http_request) is None:
            peer.close("its API key was revoked or has expired", may_try_again=False)
            return


ROUTES = (
    Route(
        "GET",
        "/api/agents/link",
        link,
        "view",
        "Connect an agent over a WebSocket",
        tag="agents",
        status=101,
        also=(400, 403, 503),
        scope=AGENT_SCOPE,
    ),
)
