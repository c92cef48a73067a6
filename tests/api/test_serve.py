"""Connections that take their time, and stopping with clients still there."""

from __future__ import annotations

import asyncio
import http.client
import socket
from contextlib import ExitStack

import pytest

from gitflow.api import serve as listening
from gitflow.api.http import bodies, connection
from gitflow.config import ConfigError, config_of


def read_all(connection: socket.socket) -> bytes:
    """Until it is closed; one that is closed before all that was sent to it was read is reset."""
    try:
        with connection.makefile("rb") as file:
            return file.read()
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_a_head_that_does_not_come_is_not_waited_for(serve, monkeypatch, sent):
    monkeypatch.setattr(connection, "HEAD_S", 0.2)
    with socket.create_connection(serve().address, timeout=10) as client:
        client.sendall(sent)
        assert read_all(client) == b""


def test_a_body_that_does_not_come_is_refused(serve, monkeypatch):
    monkeypatch.setattr(bodies, "BODY_S", 0.2)
    head = b"POST /api/jobs/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{"
    with socket.create_connection(serve().address, timeout=10) as client:
        client.sendall(head)
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 408")


def test_the_rest_of_a_body_that_was_refused_does_not_keep_the_server_from_stopping(serve, monkeypatch):
    monkeypatch.setattr(connection, "LINGER_S", 3600.0)
    monkeypatch.setattr(listening, "FINISH_S", 3600.0)
    server = serve()
    head = b"POST /api/jobs/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(server.address, timeout=20) as client:
        client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n200000\r\n" + b" " * 0x1FFFFF)
        assert client.recv(65536).startswith(b"HTTP/1.1 413")
        server.stop()


@pytest.mark.parametrize("turns", range(6))
def test_connections_that_are_accepted_while_the_server_stops_are_closed(monkeypatch, turns):
    """The moment of the stop is moved from turn to turn of the event loop; an open socket is a ResourceWarning."""

    class NoServer:
        cors = None
        config = config_of({"listen": "127.0.0.1:0"}, None, {})

        def stop(self):
            pass

        async def serve(self, request):
            raise AssertionError("nothing is asked")

    async def run(clients):
        async with listening.listening(NoServer()) as url:
            port = int(url.rpartition(":")[2])
            clients += [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(5)]
            for _ in range(turns):
                await asyncio.sleep(0)

    with ExitStack() as opened:
        clients = []
        asyncio.run(run(clients))
        for client in clients:
            assert read_all(opened.enter_context(client)) == b""


def test_a_stream_that_is_open_does_not_keep_the_server_from_stopping(server):
    job_id = server.execute("asking")
    server.until(job_id, lambda job: any(step.status == "suspended" for step in job.steps.values()))
    connection = http.client.HTTPConnection(*server.address, timeout=20)
    connection.request("GET", f"/api/jobs/{job_id}/events", headers={"Accept": "text/event-stream"})
    stream = connection.getresponse()
    assert stream.readline().startswith(b"id: ")
    server.stop()
    assert b"step.suspended" in stream.read()
    connection.close()


@pytest.mark.parametrize(
    ("listen", "more", "allowed"),
    [
        ("127.0.0.1:0", {}, True),
        ("localhost:0", {}, True),
        ("[::1]:0", {}, True),
        ("0.0.0.0:0", {}, False),
        (":0", {}, False),
        ("flows.example.com:0", {}, False),
        ("0.0.0.0:0", {"allow_open": True}, True),
        ("0.0.0.0:0", {"auth": {}}, True),
        ("127.0.0.1:99999", {}, False),
    ],
)
def test_an_open_server_is_for_this_machine_alone(listen, more, allowed):
    config = config_of({"listen": listen, **more}, None, {})
    if allowed:
        listening.address_of(config)
    else:
        with pytest.raises(ConfigError, match="listen"):
            listening.address_of(config)
