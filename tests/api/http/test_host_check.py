"""No page of another site, no name that is not the server's, nothing that is too large or no JSON."""

from __future__ import annotations

import socket

import pytest

EXECUTE = "/api/workspaces/default/tasks/hello-world/execute"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil", "", "["]
)
def test_a_foreign_name_is_refused(server, host):
    reply = server.get("/api/jobs", {"Host": host})
    assert (reply.status, reply.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.1.2.3:9", "[::1]:80", "a.localhost"])
def test_names_of_this_machine_are_its_own(server, host):
    assert server.get("/api/jobs", {"Host": host}).status == 200


def test_a_public_address_is_a_name_of_the_server(serve):
    running = serve(settings={"public_url": "https://flows.example.com/"})
    assert running.get("/api/jobs", {"Host": "flows.example.com"}).status == 200
    same = {"Host": "flows.example.com", "Origin": "https://flows.example.com", "Sec-Fetch-Site": "same-origin"}
    assert running.post(EXECUTE, {}, same).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_page_of_another_site_may_start_anything(server, headers):
    for method, path in (("POST", EXECUTE), ("DELETE", "/api/jobs/00000000-0000-7000-8000-000000000000")):
        reply = server.request(method, path, {}, headers)
        assert (reply.status, reply.json["code"]) == (403, "forbidden")
    assert server.get("/api/jobs", headers).json == []


def test_a_websocket_of_another_site_is_refused(server):
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": "https://evil.example"}
    assert server.get("/api/jobs/00000000-0000-7000-8000-000000000000/logs/stream", headers).status == 403


def test_a_configured_origin_may_call(serve):
    running = serve(settings={"cors": {"origins": ["https://portal.example.com"]}})
    headers = {"Origin": "https://portal.example.com", "Sec-Fetch-Site": "cross-site"}
    assert running.post(EXECUTE, {}, headers).status == 200


@pytest.mark.parametrize(
    ("raw", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"input": {"name": NaN}}', "application/json", 400),
        (b'{"input": {"name": "\\ud800"}}', "application/json", 400),
        (b'{"input": {"name": ' + b"9" * 5000 + b"}}", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 5000 + b"]" * 5000, "application/json", 400),
        (b'{"inputs": {}}', "application/json", 400),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b'{"input": {}}', "text/plain", 415),
        (b" " * (1 << 20) + b"{} ", "application/json", 413),
    ],
)
def test_a_bad_body_is_refused_in_words(server, raw, media, status):
    reply = server.request("POST", EXECUTE, headers={"Content-Type": media}, raw=raw)
    assert reply.status == status, reply
    assert reply.json["error"]


def test_a_chunked_body_has_the_same_limit(server):
    reply = server.request(
        "POST", EXECUTE, headers={"Transfer-Encoding": "chunked"}, raw=b"200000\r\n" + b" " * 0x200000
    )
    assert reply.status == 413


@pytest.mark.parametrize(
    "request_", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n"]
)
def test_what_is_no_request_is_answered_in_json(server, request_):
    with socket.create_connection(server.address, timeout=10) as connection:
        connection.sendall(request_)
        answer = connection.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
    assert body.startswith(b'{"error":')


def test_request_ids_come_back_or_are_given(server):
    assert server.get("/healthz", {"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    assert len(server.get("/healthz", {"X-Request-ID": "a b\tc"}).headers["X-Request-ID"]) == 16


def test_every_answer_carries_the_security_headers(server):
    for path in ("/healthz", "/api/none", "/docs", "/api/jobs"):
        headers = server.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Server"] == "gitflow"


def test_head_is_get_without_a_body(server):
    reply = server.request("HEAD", "/api/workspaces")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["Content-Length"]) > 0
