"""Clients that take their time, say nothing, take nothing, or come in great numbers: they are cut off, nobody waits."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from attacking import EXECUTE, attack, connected, get, read_responses
from running import DEFINITIONS, TIMEOUT_S, Running

from gitflow.api.http import bodies, connection

#: What the server under attack waits for, in seconds, and how many it lets in.
HEAD_S, BODY_S, IDLE_S, READ_S, MAX_OPEN = 0.5, 0.5, 1.0, 0.5, 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {"HEAD_S": HEAD_S, "IDLE_S": IDLE_S, "READ_S": READ_S, "LINGER_S": 0.2}.items():
            patched.setattr(connection, name, value)
        patched.setattr(connection, "MAX_CONNECTIONS", MAX_OPEN)
        patched.setattr(bodies, "BODY_S", BODY_S)
        running = Running(tmp_path_factory.mktemp("slow"), DEFINITIONS, {}, {}).start()
        try:
            yield running
        finally:
            running.stop()


def dribble(client: socket.socket, sent: bytes) -> None:
    """A byte at a time, until the server has had enough."""
    gone = threading.Event()
    for at in range(len(sent)):
        try:
            client.sendall(sent[at : at + 1])
        except OSError:
            return
        gone.wait(0.05)
    raise AssertionError("all of it was taken")


def test_a_head_that_dribbles_is_cut_off(server: Running) -> None:
    with connected(server) as client:
        dribble(client, b"GET /healthz HTTP/1.1\r\n" + b"X-Slow: 1\r\n" * 1000)
        assert server.get("/healthz").status == 200


def test_a_head_that_dribbles_behind_a_good_request_is_cut_off_too(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", HEAD_S)
    monkeypatch.setattr(connection, "IDLE_S", 75.0)
    with connected(serve()) as client:
        client.sendall(get("/healthz", closing=False))
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        dribble(client, b"GET /healthz HTTP/1.1\r\n" + b"X-Slow: 1\r\n" * 20)


@pytest.mark.parametrize("framing", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
def test_a_body_that_dribbles_is_cut_off(server: Running, framing: str) -> None:
    head = get(EXECUTE, "Content-Type: application/json", framing, method="POST", closing=False)
    body = b"1\r\n \r\n" * 1000 if "chunked" in framing else b" " * 10_000
    with connected(server) as client:
        client.sendall(head)
        dribble(client, body)


def test_a_slow_body_gets_an_error(server: Running) -> None:
    with connected(server) as client:
        client.sendall(get(EXECUTE, "Content-Type: application/json", "Content-Length: 10", method="POST"))
        (answer,) = read_responses(client)
    assert (answer.status, answer.json["code"]) == (408, "request_timeout")
    assert answer.header("Connection") == "close"


def test_a_connection_that_asks_nothing_more_is_closed(server: Running) -> None:
    with connected(server) as client:
        client.sendall(get("/healthz", closing=False))
        assert [answer.status for answer in read_responses(client)] == [200]


def test_slow_clients_keep_nobody_waiting(server: Running) -> None:
    with ExitStack() as stack:
        for _ in range(MAX_OPEN // 2):
            stack.enter_context(connected(server)).sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        assert server.finished(server.execute())["status"] == "completed"


def test_who_comes_last_finds_room_and_who_idled_longest_goes(server: Running) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(server)) for _ in range(MAX_OPEN)]
        for client in idle:
            client.sendall(get("/healthz", closing=False))
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
        idle[0].sendall(get("/healthz", closing=False))
        assert idle[0].recv(65536).startswith(b"HTTP/1.1 200")
        assert server.get("/healthz").status == 200
        assert read_responses(idle[1]) == []
        idle[0].sendall(get("/healthz"))
        assert [answer.status for answer in read_responses(idle[0])] == [200]


def test_while_all_connections_are_busy_a_new_one_gets_503(server: Running) -> None:
    job_id = server.execute("asking")
    follow = get(f"/api/jobs/{job_id}/events", "Accept: text/event-stream", closing=False)
    with ExitStack() as stack:
        for _ in range(MAX_OPEN):
            client = stack.enter_context(connected(server))
            client.sendall(follow)
            assert client.recv(12) == b"HTTP/1.1 200"
        (refused,) = attack(server, get("/healthz"))
        assert (refused.status, refused.header("Retry-After")) == (503, "5")
        assert "too many connections" in refused.json["error"]
    server.post(f"/api/jobs/{job_id}/cancel")
    server.finished(job_id)


def test_an_answer_that_is_not_taken_is_dropped(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "READ_S", READ_S)
    flow = "tasks: {t: {flow: {s: {type: shell, cmd: 'head -c 30000000 /dev/zero > $GITFLOW_ARTIFACTS/big'}}}}"
    server = Running(tmp_path, flow, {}, {}).start()
    try:
        job_id = server.execute("t")
        assert server.finished(job_id)["status"] == "completed"
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(TIMEOUT_S)
        client.connect(server.address)
        lost = threading.Event()
        waited_for = connection.ClientConnection.connection_lost

        def note(self, error):
            waited_for(self, error)
            lost.set()

        monkeypatch.setattr(connection.ClientConnection, "connection_lost", note)
        with client:
            client.sendall(get(f"/api/jobs/{job_id}/artifacts/big"))
            assert lost.wait(TIMEOUT_S)
    finally:
        server.stop()


PATTERNS = """\
tasks:
  t:
    input:
      name: {type: string, required: true, pattern: "([a-z]+)+[0-9]"}
      tags: {type: string, multiple: true, pattern: "(a|a)*b"}
    flow: {s: {type: shell, cmd: "true"}}
"""


def test_a_value_cannot_hold_a_server_up_in_the_pattern_of_a_field(serve) -> None:
    """A backtracking engine would be busy with either for longer than anybody waits, and answer nobody else."""
    running = serve(PATTERNS)
    refused = running.post("/api/workspaces/default/tasks/t/execute", {"input": {"name": "a" * 40}})
    assert refused.status == 400
    assert "must match the pattern" in refused.json["error"]
    refused = running.post("/api/workspaces/default/tasks/t/execute", {"input": {"name": "a1", "tags": ["a" * 40]}})
    assert refused.status == 400
    assert running.get("/healthz").status == 200
