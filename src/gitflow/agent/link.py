"""The agent's side of the link: one WebSocket to the server, which is opened again after each loss.

It runs in its own thread with an event loop. It sends what the spool holds, in order, and after a loss again from where
the server has it. Frames from the server go to the runner's thread (``on_frame``).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp

from gitflow import __version__
from gitflow.agent.reasons import active_server, reason_of, refusal_of
from gitflow.agent.spool import read_record
from gitflow.agent.transfers import TransferRefused, Transfers
from gitflow.agent.watchdog import FIRST_PAUSE_S, next_pause
from gitflow.core.errors import GitflowError
from gitflow.core.record import Record
from gitflow.dispatch import frames
from gitflow.dispatch.frames import (
    Assign,
    FrameError,
    Goodbye,
    Held,
    Hello,
    Log,
    Missing,
    Ping,
    Pong,
    Refuse,
    Report,
    Slots,
    Stored,
    Welcome,
)
from gitflow.runtime.worker.wire import read_assignment

if TYPE_CHECKING:
    from gitflow.agent.folders import AgentFolders
    from gitflow.agent.options import AgentOptions
    from gitflow.agent.spool import Spool, SpoolFile
    from gitflow.dispatch.frames import FromAgent, FromServer
    from gitflow.runners.base import Assignment
    from gitflow.workspaces.checkouts import Checkouts

_log = logging.getLogger("gitflow.agent")

#: How long the connection, and the first answer, may take, in seconds.
CONNECT_S = 10.0
#: So many pings are sent while the lease lasts, and the interval between them is at most so many seconds.
PINGS_A_LEASE, MAX_PING_S = 12, 5.0
#: How long an agent tries to transfer the files of an attempt before it refuses it or reports it as lost, and the pause
#: between two tries, in seconds.
TRANSFER_S, TRANSFER_PAUSE_S = 60.0, 1.0
#: Errors of a disk without free space.
NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT))


class Ready(Record):
    """An attempt whose files have arrived, so that it can begin."""

    token: str
    seal_key: bytes
    may_retry: bool
    assignment: Assignment


class LinkEnded(Record):
    """The server refuses this agent for good, for this reason."""

    reason: str


class LinkParts(Record):
    spool: Spool
    folders: AgentFolders
    checkouts: Checkouts
    on_frame: Callable[[FromServer | Ready | LinkEnded], None]  #: called in the link's thread
    running: Callable[[], int]  #: how many steps run
    held: Callable[[SpoolFile], Held]  #: describes an attempt of the spool for the server
    on_full: Callable[[OSError], None]  #: called in the link's thread when the disk has no room for files


class Link:
    def __init__(self, options: AgentOptions, agent_id: str, parts: LinkParts) -> None:
        self._options = options
        self._parts = parts
        self._spool = parts.spool
        self._agent_id = agent_id
        self._boot = os.urandom(8).hex()
        self._slots = options.slots
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="link", daemon=True)
        self._accepted: dict[str, Held] = {}  #: token -> the attempt, while its files are fetched
        self._ready: dict[str, FromAgent] = {}  #: token -> the frame to send besides those of the spool
        self._has_more = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._welcomed = False
        self._epoch = 0  #: the epoch of the newest server that it was connected to
        self._ping_s = MAX_PING_S
        self.lease_s = 60.0
        self.heard_at = time.monotonic()  #: when the server was last heard of

    # From the runner's thread.

    def start(self) -> None:
        self._thread.start()

    def notify(self) -> None:
        """The spool has something to send."""
        self._call(self._has_more.set)

    def begun(self, token: str) -> None:
        """From now on the spool has the attempt."""
        self._accepted.pop(token, None)

    def refuse(self, token: str, reason: str, *, killed: bool = False) -> None:
        """The attempt does not begin."""

        def refuse() -> None:
            if self._accepted.pop(token, None) is not None:
                self._ready[token] = Refuse(token, reason, killed)
                self._has_more.set()

        self._call(refuse)

    def set_slots(self, slots: int) -> None:
        """How many steps the server may assign from now on."""

        def set_slots() -> None:
            if self._slots != slots:
                self._slots = slots
                self._ready[""] = Slots(slots)
                self._has_more.set()

        self._call(set_slots)

    def stop(self) -> None:
        """Closes the connection, and waits until that is done."""

        def stop() -> None:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()

        self._call(stop)
        self._thread.join(CONNECT_S)

    def _call(self, what: Callable[[], object]) -> None:
        """Calls a function in the link's thread soon, or never if that thread has stopped."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what)

    # In the link's thread.

    def _main(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._run())
        self._loop.close()

    async def _run(self) -> None:
        headers = {"User-Agent": f"gitflow-agent/{__version__}"}
        if self._options.token:
            headers["Authorization"] = f"Bearer {self._options.token}"
        connector = aiohttp.TCPConnector(ssl=self._options.tls or True)
        async with aiohttp.ClientSession(headers=headers, trust_env=True, connector=connector) as session:
            transfers = Transfers(self._options.server, session, self._parts.checkouts, self._parts.folders)
            pause_s, said = FIRST_PAUSE_S, ""
            server = self._options.server
            while True:
                self._welcomed = False
                tried, server = server, self._options.server
                try:
                    await self._connect(session, transfers, tried)
                    why = "the connection ended"
                except (aiohttp.ClientError, OSError, FrameError, TimeoutError) as error:
                    why = reason_of(error)
                    if isinstance(error, aiohttp.WSServerHandshakeError):
                        server = active_server(error) or server
                    if isinstance(error, aiohttp.WSServerHandshakeError) and error.status in (400, 401, 403, 404):
                        self._parts.on_frame(LinkEnded(refusal_of(error)))
                        return
                except _Refused as refused:
                    self._parts.on_frame(LinkEnded(str(refused)))
                    return
                if self._welcomed:
                    pause_s, said = FIRST_PAUSE_S, ""
                if why != said:
                    said = why
                    _log.warning("no connection to %s: %s; it is tried again", self._options.server, why)
                await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
                pause_s = next_pause(pause_s, self.lease_s)

    async def _connect(self, session: aiohttp.ClientSession, transfers: Transfers, server: str) -> None:
        """One connection, until it ends."""
        url = f"{server}/api/agents/link"
        async with asyncio.timeout(CONNECT_S):
            socket = await session.ws_connect(url, max_msg_size=frames.MAX_BYTES + 1024, compress=0, autoclose=True)
        try:
            await self._say_hello(socket)
            working = [
                asyncio.create_task(each)
                for each in (self._read(socket, transfers), self._write(socket), self._ping(socket))
            ]
            try:
                done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in working:
                    task.cancel()
                await asyncio.gather(*working, return_exceptions=True)
            for task in done:
                task.result()
        finally:
            self._socket = None
            with suppress(Exception):
                async with asyncio.timeout(1.0):
                    await socket.close()

    async def _say_hello(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Raises FrameError, TimeoutError and _Refused."""
        accepted = list(self._accepted.values())  # first: an attempt that begins now is in both for a moment
        files = self._spool.files()
        self._ready.clear()  # refusals are not needed: what the hello does not list was never begun
        await socket.send_str(str(frames.dump(self._hello(accepted, files))))
        async with asyncio.timeout(CONNECT_S):
            frame = await self._receive(socket)
        if not isinstance(frame, Welcome):
            raise FrameError("the first message must be a welcome")
        self._check_welcome(frame)
        self._epoch = frame.epoch
        self.lease_s, self._ping_s = frame.lease_s, min(MAX_PING_S, frame.lease_s / PINGS_A_LEASE)
        for known in frame.known:
            self._spool.stored(known.token, "stdout", known.stdout)
            self._spool.stored(known.token, "stderr", known.stderr)
        for file in files:
            file.rewind()
        for token in frame.end:
            self._accepted.pop(token, None)
        self._welcomed = True
        _log.info("connected to %s", self._options.server)
        self._parts.on_frame(frame)
        self._has_more.set()

    def _hello(self, accepted: Sequence[Held], files: Sequence[SpoolFile]) -> Hello:
        return Hello(
            frames.PROTOCOL,
            self._agent_id,
            self._boot,
            self._options.name,
            __version__,
            self._slots,
            self._options.tags,
            tuple({held.token: held for held in (*accepted, *map(self._parts.held, files))}.values()),
            self._options.exclusive,
        )

    def _check_welcome(self, frame: Welcome) -> None:
        """Raises FrameError and _Refused."""
        if frames.agreed_protocol(frame.protocol) is None:
            raise _Refused(
                f"the server speaks protocol {frame.protocol}, and this agent (gitflow {__version__}) protocol "
                f"{frames.PROTOCOL}: they may be one apart; install the same version on both"
            )
        if frame.epoch < self._epoch:
            raise FrameError("this server was replaced by another one")

    async def _receive(self, socket: aiohttp.ClientWebSocketResponse) -> FromServer:
        """Raises FrameError, ConnectionError and _Refused."""
        message = await socket.receive()
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            raise ConnectionError("the server has closed the connection")
        frame = frames.read_from_server(message.data)
        self.heard_at = time.monotonic()
        if isinstance(frame, Goodbye):
            if frame.may_try_again:
                raise ConnectionError(frame.reason)
            raise _Refused(frame.reason)
        return frame

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, transfers: Transfers) -> None:
        while True:
            frame = await self._receive(socket)
            match frame:
                case Assign():
                    self._accept(frame, transfers)
                case Stored():
                    self._spool.stored(frame.token, frame.stream, frame.lines)
                case Missing():
                    self._begin(self._upload(frame, transfers))
                case Pong():
                    pass
                case _:
                    self._parts.on_frame(frame)

    async def _ping(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Sends pings, and ends the connection if the server is silent."""
        while True:
            await socket.send_str(str(frames.dump(Ping(self._parts.running()))))
            await asyncio.sleep(self._ping_s)
            if time.monotonic() - self.heard_at > max(3 * self._ping_s, 1.0):
                raise ConnectionError("the server does not answer")

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await self._has_more.wait()
            self._has_more.clear()
            while self._ready:
                await socket.send_str(str(frames.dump(self._ready.pop(next(iter(self._ready))))))
            for file in self._spool.files():
                await self._write_file(socket, file)

    async def _write_file(self, socket: aiohttp.ClientWebSocketResponse, file: SpoolFile) -> None:
        while self._spool.find(file.token) is file and (message := file.read_next()) is not None:
            frame = read_record(message)
            if isinstance(frame, Log):
                file.note_sent(frame)
                await socket.send_bytes(message)
            else:
                await socket.send_str(message.decode())

    def _accept(self, frame: Assign, transfers: Transfers) -> None:
        """Ignores an attempt that this agent has already: its file in the spool says that it has begun."""
        if frame.token in self._accepted or self._spool.find(frame.token) is not None:
            return
        try:
            assignment = read_assignment(frame.assignment)
            ready = Ready(frame.token, bytes.fromhex(frame.key), frame.may_retry, assignment)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FrameError(f"an assignment is not valid: {type(error).__name__}") from None
        self._accepted[frame.token] = Held(*assignment.key, frame.token)
        self._begin(self._fetch(ready, transfers))

    async def _fetch(self, ready: Ready, transfers: Transfers) -> None:
        until = time.monotonic() + TRANSFER_S
        while ready.token in self._accepted:
            try:
                await transfers.fetch(ready.assignment, ready.token)
            except (OSError, aiohttp.ClientError, GitflowError) as error:
                if isinstance(error, OSError) and error.errno in NO_ROOM:
                    self._parts.on_full(error)
                    until = time.monotonic() + TRANSFER_S  # it waits until there is room
                if isinstance(error, TransferRefused) or time.monotonic() >= until:
                    self.refuse(ready.token, f"its files cannot be fetched: {reason_of(error)}")
                    return
                await asyncio.sleep(TRANSFER_PAUSE_S)
            else:
                if ready.token in self._accepted:
                    self._parts.on_frame(ready)
                return

    async def _upload(self, frame: Missing, transfers: Transfers) -> None:
        """Uploads the files that the server lacks, and sends the report again."""
        file = self._spool.find(frame.token)
        report = None if file is None else file.report
        if file is None or report is None:
            return
        until, wanted = time.monotonic() + TRANSFER_S, set(frame.digests)
        for left in report.artifacts:
            if left.digest not in wanted:
                continue
            wanted.discard(left.digest)
            while True:
                try:
                    await transfers.upload(file.key, file.token, left.name, left.digest)
                    break
                except (OSError, aiohttp.ClientError, GitflowError) as error:
                    if isinstance(error, TransferRefused | FileNotFoundError) or time.monotonic() >= until:
                        reason = f"its artifacts could not be kept: {reason_of(error)}"
                        report = Report(frame.token, None, reason)
                        break
                    await asyncio.sleep(TRANSFER_PAUSE_S)
            if report.sealed is None:
                break
        self._ready[f"report {frame.token}"] = report
        self._has_more.set()

    def _begin(self, work: object) -> None:
        task: asyncio.Task[None] = self._loop.create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("files of a step could not be transferred", exc_info=error)


class _Refused(Exception):
    """The server has refused this agent for good."""
