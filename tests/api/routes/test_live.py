"""Following a log over a WebSocket: no gap, no repeat, in order, for anybody, however slow or late."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest

from gitflow.api.http import connection
from gitflow.api.routes import live, log_pages, sockets
from gitflow.core.logs import LogChunk

FLOW = """\
tasks:
  quiet:
    flow:
      nothing: {type: shell, cmd: "true"}
  talk:
    flow:
      say: {type: shell, cmd: "for i in $(seq 300); do echo line $i; [ $((i % 50)) = 0 ] && sleep 0.02; done"}
  gated:
    input: {gate: {type: string}}
    flow:
      say: {type: shell, cmd: "echo before; read go < {{ input.gate }}; echo $go"}
  two:
    flow:
      a: {type: shell, cmd: "echo a"}
      b: {type: shell, cmd: "echo b", depends_on: [a]}
"""


@pytest.fixture
def server(serve):
    return serve(FLOW)


@pytest.fixture
def gate(tmp_path):
    """A pipe that a step reads from: ``open_gate(text)`` lets it go on."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


async def open_gate(path, text: str = "after") -> None:
    await asyncio.to_thread(path.write_text, f"{text}\n")


@asynccontextmanager
async def following(server, job_id: str, query: str = "", **more):
    async with aiohttp.ClientSession() as session:
        url = f"{server.url}/api/jobs/{job_id}/logs/stream{query}"
        async with session.ws_connect(url, max_msg_size=0, **more) as ws:
            yield ws


async def frame(ws) -> list[dict]:
    while (message := await ws.receive()).type is aiohttp.WSMsgType.PING:
        await ws.pong(message.data)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    assert message.data.endswith("\n")
    assert len(message.data.encode()) <= log_pages.PIECE_BYTES
    return [json.loads(line) for line in message.data.splitlines()]


async def rest(ws) -> list[dict]:
    """All lines until the server closes as it should."""
    found: list[dict] = []
    async for message in ws:
        if message.type in (aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG):
            continue
        assert message.data.endswith("\n")
        assert len(message.data.encode()) <= log_pages.PIECE_BYTES
        found += [json.loads(line) for line in message.data.splitlines()]
    assert ws.close_code == 1000
    return found


def numbers(lines: list[dict]) -> list[int]:
    return [line["seq"] for line in lines]


def test_what_is_there_comes_first_and_then_each_line_as_it_is_written(server, gate):
    async def story() -> None:
        job_id = await asyncio.to_thread(server.execute, "gated", {"gate": str(gate)})
        async with following(server, job_id) as ws:
            first = await frame(ws)
            assert [line["line"] for line in first] == ["before"]
            async with following(server, job_id) as late, following(server, job_id, "?since_seq=1") as resumed:
                assert await frame(late) == first
                await open_gate(gate)
                for client in (ws, late, resumed):
                    assert [(line["seq"], line["line"]) for line in await rest(client)] == [(2, "after")]

    server.run(story())


def test_an_ended_job_is_sent_whole_and_closed(server):
    async def story() -> None:
        job_id = await asyncio.to_thread(server.execute, "talk")
        await asyncio.to_thread(server.finished, job_id)
        stored = server.get(f"/api/jobs/{job_id}/logs").json["logs"]
        async with following(server, job_id) as ws:
            assert await rest(ws) == [json.loads(line) for line in stored.splitlines()]
        async with following(server, job_id, "?since_seq=300") as ws:
            assert await rest(ws) == []

    server.run(story())


def test_a_job_that_prints_nothing_sends_no_frame(server):
    async def story() -> None:
        job_id = await asyncio.to_thread(server.execute, "quiet")
        async with following(server, job_id) as ws:
            assert await rest(ws) == []

    server.run(story())


def test_a_hundred_clients_of_one_job_all_see_the_same(server):
    async def follow(job_id: str, number: int) -> list[dict]:
        async with following(server, job_id, f"?since_seq={number % 3}") as ws:
            return [line for line in await rest(ws) if line["seq"] > 2]

    async def story() -> None:
        job_id = await asyncio.to_thread(server.execute, "talk")
        found = await asyncio.gather(*[follow(job_id, number) for number in range(100)])
        assert numbers(found[0]) == list(range(3, 301))
        assert all(one == found[0] for one in found)

    server.run(story())


def test_who_reconnects_again_and_again_misses_nothing_and_sees_nothing_twice(server):
    async def story() -> None:
        job_id = await asyncio.to_thread(server.execute, "talk")
        seen: list[int] = []
        for _ in range(400):
            async with following(server, job_id, f"?since_seq={seen[-1] if seen else 0}") as ws:
                message = await ws.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                seen += [json.loads(line)["seq"] for line in message.data.splitlines()][:7]
        assert seen == list(range(1, 301))

    server.run(story())


def put_large(server, job_id: str, chunks: int) -> None:
    stores = server.service.open_reader()
    try:
        for _ in range(chunks):
            stores.logs.append([LogChunk(job_id, "nothing", 1, "stdout", 2e9, 1000, (b"x" * 99 + b"\n") * 1000)])
    finally:
        stores.close()


def raw_client(server, job_id: str, buffer: int = 0) -> socket.socket:
    """A WebSocket by hand, which reads when the test does."""
    client = socket.socket()
    if buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.settimeout(20)
    client.connect(server.address)
    host, port = server.address
    client.sendall(
        f"GET /api/jobs/{job_id}/logs/stream HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    return client


def read_frames(client: socket.socket, file: io.BufferedIOBase | None = None):
    """(opcode, payload) of each frame until the close."""
    file = file or client.makefile("rb")
    assert b"101" in file.readline()
    while file.readline() != b"\r\n":
        pass
    while True:
        opcode, size = file.read(2)
        size = int.from_bytes(file.read({126: 2, 127: 8}[size]), "big") if size > 125 else size
        payload = file.read(size)
        yield opcode & 15, payload
        if opcode & 15 == 8:
            return


def test_a_slow_client_misses_nothing_and_holds_nobody_up(server):
    job_id = server.execute("quiet")
    server.finished(job_id)
    put_large(server, job_id, 100)
    slow = raw_client(server, job_id, buffer=4096)

    async def quick() -> None:
        async with following(server, job_id) as ws:
            assert numbers(await rest(ws)) == list(range(1, 100_001))

    server.run(quick())
    seen = 0
    for opcode, payload in read_frames(slow):
        if opcode == 1:
            assert json.loads(payload[: payload.index(b"\n")])["seq"] == seen + 1
            seen += payload.count(b"\n")
        else:
            assert payload[:2] == (1000).to_bytes(2, "big")
    slow.close()
    assert seen == 100_000


def test_a_client_that_takes_nothing_is_let_go_and_may_come_back(server, monkeypatch):
    monkeypatch.setattr(sockets, "SEND_S", 0.2)
    monkeypatch.setattr(sockets, "CLOSE_S", 0.2)
    job_id = server.execute("quiet")
    server.finished(job_id)
    put_large(server, job_id, 200)
    stuck = raw_client(server, job_id, buffer=4096)
    stuck.recv(100)
    until_nobody_follows(server)
    stuck.close()


def read_lines(client: socket.socket, file: io.BufferedIOBase | None = None) -> tuple[list[int], int, str]:
    """The numbers of all lines until the close, its code and its reason."""
    seen: list[int] = []
    for opcode, payload in read_frames(client, file):
        if opcode == 1:
            seen += numbers([json.loads(line) for line in payload.splitlines()])
        elif opcode == 8:
            return seen, int.from_bytes(payload[:2], "big"), payload[2:].decode()
    raise AssertionError("the connection ended without a close")


class Trickle(socket.SocketIO):
    """Reads a little at a time, and waits in between."""

    def readinto(self, buffer):
        time.sleep(0.06)
        return super().readinto(memoryview(buffer)[:8192])


def test_a_client_that_takes_a_little_all_the_time_is_slow_and_not_stuck(server, monkeypatch):
    """Each piece takes longer than a client may take nothing, and so does each time that the kernel asks for more.

    The limits are long beside the client's pauses, so that a busy machine does not make a stuck client of it.
    """
    made = connection.ClientConnection.connection_made

    def with_small_buffer(self: connection.ClientConnection, transport: asyncio.BaseTransport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        made(self, transport)

    monkeypatch.setattr(connection.ClientConnection, "connection_made", with_small_buffer)
    monkeypatch.setattr(sockets, "SEND_S", 0.9)
    monkeypatch.setattr(connection, "READ_S", 1.5)
    job_id = server.execute("quiet")
    server.finished(job_id)
    put_large(server, job_id, 3)
    slow = raw_client(server, job_id, buffer=32_768)
    with slow, io.BufferedReader(Trickle(slow, "r"), 8192) as file:
        seen, code, _ = read_lines(slow, file)
    assert code == 1000
    assert seen == list(range(1, 3_001))


def test_a_slow_client_that_speaks_while_it_takes_the_rest_loses_nothing(server, monkeypatch):
    """Everything is on its way, and the server has nothing more to say; its end of the connection must stay open."""
    monkeypatch.setattr(sockets, "CLOSE_S", 0.1)
    job_id = server.execute("quiet")
    server.finished(job_id)
    put_large(server, job_id, 4)
    slow = raw_client(server, job_id, buffer=4096)
    for _ in range(10):
        time.sleep(0.05)
        slow.sendall(b"\x89\x80\0\0\0\0")  # a ping
    seen, code, _ = read_lines(slow)
    slow.close()
    assert code == 1000
    assert seen == list(range(1, 4_001))


def test_a_client_that_read_nothing_for_long_sees_where_to_go_on(server, monkeypatch):
    monkeypatch.setattr(sockets, "SEND_S", 0.3)
    job_id = server.execute("quiet")
    server.finished(job_id)
    put_large(server, job_id, 100)
    stuck, seen = raw_client(server, job_id, buffer=4096), []
    stuck.recv(1, socket.MSG_PEEK)
    until_in_loop(server, lambda: server.service.notifications.is_active)
    until_in_loop(
        server, lambda: not server.service.notifications.is_active
    )  # its close waits behind what it has not taken
    seen, code, reason = read_lines(stuck)
    stuck.close()
    assert code == 1013
    assert seen == list(range(1, len(seen) + 1))
    assert reason == f"go on with since_seq={len(seen)}"

    async def the_rest() -> None:
        async with following(server, job_id, f"?since_seq={len(seen)}") as ws:
            assert seen + numbers(await rest(ws)) == list(range(1, 100_001))

    server.run(the_rest())


def until_nobody_follows(server) -> None:
    followed = server.server.context.part(live.Live)
    until_in_loop(server, lambda: followed.clients == 0 and not server.service.notifications.is_active)


def until_in_loop(server, is_so: Callable[[], bool]) -> None:
    """Asked in the server's loop after each turn, until it is so."""
    done = threading.Event()

    def look() -> None:
        if is_so():
            done.set()
        else:
            server._loop.call_later(0.01, look)

    server._loop.call_soon_threadsafe(look)
    assert done.wait(20)


def test_clients_that_vanish_leave_nothing_behind(server, gate):
    job_id = server.execute("gated", {"gate": str(gate)})
    clients = [raw_client(server, job_id) for _ in range(20)]
    for number, client in enumerate(clients):
        next(read_frames(client))
        if number % 2:
            with suppress(OSError):
                client.send(b"\x81\xfe")  # the beginning of a frame
        client.close()
    until_nobody_follows(server)
    gate.write_text("go\n")
    server.finished(job_id)


def test_a_silent_client_is_asked_and_an_answer_keeps_it(server, gate, monkeypatch):
    monkeypatch.setattr(sockets, "PING_S", 0.05)
    monkeypatch.setattr(sockets, "SILENT_S", 0.4)

    async def story() -> None:
        job_id = await asyncio.to_thread(server.execute, "gated", {"gate": str(gate)})
        async with following(server, job_id, autoping=False) as silent:
            # on a busy machine the first line may come only after it was silent for too long
            while (message := await silent.receive()).type in (aiohttp.WSMsgType.PING, aiohttp.WSMsgType.TEXT):
                pass
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1013)
        monkeypatch.setattr(sockets, "SILENT_S", 4.0)
        async with following(server, job_id, autoping=False) as ws:
            await frame(ws)
            for _ in range(85):  # so many pings take longer than a client may be silent
                message = await ws.receive()
                assert message.type is aiohttp.WSMsgType.PING
                await ws.pong(message.data)
            await ws.ping(b"there?")
            await open_gate(gate)
            assert [line["line"] for line in await rest(ws)] == ["after"]

    server.run(story())


def test_a_server_that_stops_says_so(serve, gate):
    server = serve(FLOW)

    async def story() -> None:
        job_id = await asyncio.to_thread(server.execute, "gated", {"gate": str(gate)})
        async with following(server, job_id) as ws:
            await frame(ws)
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            message = await ws.receive()
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
            await ws.close()
            await stopping

    server.run(story())


def test_the_log_of_a_job_that_another_process_runs_is_followed_too(server, monkeypatch):
    """Its lines and its end are in the store, and the bus tells nothing of them."""
    job_id = server.execute("quiet")
    server.finished(job_id)

    async def story() -> None:
        stores = server.service.open_reader()
        driver = stores.jobs._driver
        driver.execute("UPDATE job SET status = 'running' WHERE id = :id", {"id": job_id})
        try:
            async with following(server, job_id) as ws:
                for number in (1, 2):
                    stores.logs.append([LogChunk(job_id, "nothing", 1, "stdout", 2e9, 1, b"x\n")])
                    assert numbers(await frame(ws)) == [number]
                driver.execute("UPDATE job SET status = 'completed' WHERE id = :id", {"id": job_id})
                assert await rest(ws) == []
        finally:
            stores.close()

    server.run(story())


UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/jobs/00000000-0000-7000-8000-000000000000/logs/stream", UPGRADE, 404),
        ("/api/jobs/odd/logs/stream", UPGRADE, 400),
        ("/api/jobs/{id}/logs/stream?since_seq=x", UPGRADE, 400),
        ("/api/jobs/{id}/logs/stream", {}, 400),
        ("/api/jobs/{id}/logs/stream", UPGRADE | {"Sec-WebSocket-Version": "3"}, 400),
        ("/api/jobs/{id}/logs/stream", UPGRADE | {"Origin": "https://evil.example"}, 403),
    ],
)
def test_what_cannot_be_followed_is_refused_before_a_connection_is_made(server, path, headers, status):
    job_id = server.execute("quiet")
    reply = server.get(path.replace("{id}", job_id), headers)
    assert (reply.status, list(reply.json)[:2]) == (status, ["error", "code"])


def test_following_leaves_no_thread_and_no_descriptor_behind(server):
    """A short soak."""

    async def follow_one() -> None:
        job_id = await asyncio.to_thread(server.execute, "two")
        async with following(server, job_id) as ws:
            assert [line["line"] for line in await rest(ws)] == ["a", "b"]

    async def story(rounds: int) -> None:
        for _ in range(rounds):
            await asyncio.gather(*[follow_one() for _ in range(4)])

    def standing() -> tuple[int, int]:
        """How many threads, but those of the loop's pool, which has its bound; and descriptors."""
        until_nobody_follows(server)
        threads = [thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")]
        return len(threads), len(os.listdir("/proc/self/fd"))

    server.run(story(4))
    before = standing()
    server.run(story(12))
    after = standing()
    assert after[0] <= before[0] + 1
    assert after[1] <= before[1] + 3
