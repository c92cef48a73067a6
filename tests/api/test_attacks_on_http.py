"""What is no good HTTP: two readings of one request, requests without end, methods and targets nobody needs."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator

import pytest
from attacking import EXECUTE, attack, connected, get, read_responses
from running import DEFINITIONS, Running

from gitflow.api.http import connection

BULK = "/api/jobs/bulk"
JSON = "Content-Type: application/json"
HOOKED = DEFINITIONS + "  called: {type: webhook, task: hello-world}\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connection, "LINGER_S", 0.3)
        running = Running(tmp_path_factory.mktemp("http"), HOOKED, {}, {}).start()
        try:
            yield running
        finally:
            healthy = running.get("/healthz").status == 200
            running.stop()
    assert healthy  # no attack of this file has hurt it


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 4", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 4"),
        ("Content-Length: 4", "Content-Length: 5"),
        ("Content-Length: 4, 5",),
        ("Content-Length: +4",),
        ("Content-Length: -4",),
        ("Content-Length: 0x4",),
        ("Content-Length: 4 4",),
        ("Content-Length: ",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: identity, chunked, identity",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding : chunked",),
        (" Transfer-Encoding: chunked",),
        ("Transfer-Encoding: chun\x00ked",),
        ("Content-Length: 99999999999999999999999999",),
    ],
)
def test_a_body_whose_length_can_be_read_in_two_ways_is_refused_with_its_connection(
    server: Running, headers: tuple[str, ...]
) -> None:
    sent = get(BULK, JSON, *headers, method="POST", closing=False) + b"0\r\n\r\n" + SMUGGLED
    answers = attack(server, sent)
    assert [answer.status for answer in answers] == [400], answers
    assert answers[0].json["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"2 \n{}\n0\n\n",
        b"2\n{}\n0\n\n",
        b"2\r\n{}XX0\r\n\r\n",
        b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}\r\n0\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
def test_bad_chunks_end_the_connection(server: Running, body: bytes) -> None:
    answers = attack(
        server, get(BULK, JSON, "Transfer-Encoding: chunked", method="POST", closing=False) + body + SMUGGLED
    )
    assert all(answer.status == 400 for answer in answers), answers
    assert len(answers) <= 1


@pytest.mark.parametrize(
    "sent",
    [
        get("/healthz", "X-Long: " + "x" * 20_000),
        get("/healthz", "X" * 20_000 + ": 1"),
        get("/healthz", *(f"X-{number}: 1" for number in range(200))),
        get("/" + "x" * 20_000),
        get("/healthz?" + "x" * 20_000),
        get("/healthz", "Bad\x01Name: 1"),
        get("/healthz", "X: a\x00b"),
        get("/healthz", "X: a\rb"),
        get("/healthz", "X: a\n b"),
        get("/healthz", ": nameless"),
        get("/healthz", "no colon"),
        get("/heal\x01thz"),
        get("/healthz").replace(b"\r\n", b"\n"),
        get("/healthz").replace(b"HTTP/1.1", b"HTTP/1.1 more"),
        get("/healthz").replace(b"HTTP/1.1", b"HTTP/3.0"),
        get("/healthz").replace(b"HTTP/1.1", b"HTTP/1"),
        get("/healthz", method="BREW"),
        get("*", method="PRI").replace(b"HTTP/1.1", b"HTTP/2.0"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
    ],
)
def test_heads_that_are_none_or_too_large_are_refused_in_json_and_cut_off(server: Running, sent: bytes) -> None:
    (answer,) = attack(server, sent)
    assert answer.status == 400
    assert answer.json["error"]


@pytest.mark.parametrize("target", ["http://evil.example/healthz", "http://user@evil.example/healthz"])
def test_a_target_that_names_another_host_than_the_header_is_refused(server: Running, target: str) -> None:
    (answer,) = attack(server, get(target))
    assert answer.status in (400, 403)


def test_a_target_that_names_the_same_host_is_served(server: Running) -> None:
    (answer,) = attack(server, get("http://localhost/healthz"))
    assert answer.status == 200


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND", "LOCK", "PURGE"])
@pytest.mark.parametrize("target", ["/api/jobs", "*", "evil.example:443"])
def test_methods_that_nobody_needs_do_nothing(server: Running, method: str, target: str) -> None:
    answers = attack(server, get(target, "X-Secret: hush", method=method))
    assert len(answers) == 1
    assert answers[0].status in (400, 403, 404, 405), answers
    assert b"hush" not in answers[0].body


def test_a_request_names_one_host(server: Running) -> None:
    (answer,) = attack(server, get("/healthz", "Host: evil.example"))
    assert answer.status == 400


def test_http_1_0_is_answered_and_then_left(server: Running) -> None:
    (answer,) = attack(server, b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
    assert answer.status == 200
    (nameless,) = attack(server, b"GET /healthz HTTP/1.0\r\n\r\n")
    assert nameless.status == 403


def test_pipelined_requests_are_answered_in_their_order(server: Running) -> None:
    paths = ["/healthz", "/api/none", "/api/config", "/api/jobs?limit=0"] * 20
    sent = b"".join(get(path, closing=False) for path in paths) + get("/healthz")
    statuses = [answer.status for answer in attack(server, sent)]
    assert statuses == [200, 404, 200, 400] * 20 + [200]


def test_what_follows_a_refused_body_is_no_request(server: Running) -> None:
    body = SMUGGLED * 40_000
    with connected(server) as client:
        client.sendall(get(EXECUTE, JSON, f"Content-Length: {len(body)}", method="POST", closing=False))
        client.sendall(body)
        answers = read_responses(client)
    assert [answer.status for answer in answers] == [413]


def test_an_upgrade_that_is_declined_smuggles_nothing(server: Running) -> None:
    sent = get("/healthz", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", closing=False) + get("/api/none")
    assert [answer.status for answer in attack(server, sent)] in ([200, 404], [400])


def test_a_body_that_unpacks_to_much_more_is_refused(server: Running) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    (answer,) = attack(server, get(EXECUTE, JSON, "Content-Encoding: gzip", method="POST", body=packed))
    assert answer.status == 413


@pytest.mark.parametrize(("length", "status"), [(1 << 20, 400), ((1 << 20) + 1, 413), (1 << 40, 413)])
def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(
    server: Running, length: int, status: int
) -> None:
    with connected(server) as client:
        client.sendall(get(EXECUTE, JSON, f"Content-Length: {length}", method="POST", closing=False))
        if status == 400:
            client.sendall(b"x" * length)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert answer.status == status
        answer.close()


def test_a_body_that_never_ends_is_refused_while_it_is_sent(server: Running) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = get(EXECUTE, JSON, "Transfer-Encoding: chunked", method="POST", closing=False) + chunk * 40
    assert [answer.status for answer in attack(server, sent)] == [413]


def test_webhooks_take_more_and_no_more_than_that(server: Running) -> None:
    for size, status in ((5 << 20, 200), ((5 << 20) + 1, 413)):
        reply = server.request("POST", "/hooks/called", headers={"Content-Type": "text/plain"}, raw=b" " * size)
        assert reply.status == status


@pytest.mark.parametrize(
    "body",
    [
        b'{"input": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
        b'{"input": {"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b"[" * 1_000_000,
        b'{"input": {"name": ' + b"1" * 100_000 + b"}}",
        b'{"input": {"name": 1e999}}',
        b'{"a":' * 100_000,
    ],
)
def test_deep_and_huge_json_is_refused_in_words(server: Running, body: bytes) -> None:
    reply = server.request("POST", EXECUTE, raw=body)
    assert reply.status == 400
    assert len(reply.body) < 1000


def test_a_query_of_very_many_fields_is_refused(server: Running) -> None:
    reply = server.get("/api/jobs?" + "&".join(f"a{number}=1" for number in range(1500)))
    assert (reply.status, reply.json["code"]) == (400, "bad_request")
