from __future__ import annotations

import base64
import gzip
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.actions.http import percent_encode, request_of
from gitflow.actions.http_client import MAX_BODY_BYTES
from gitflow.core.errors import InvalidInput


class Handler(BaseHTTPRequestHandler):
    """Answers as the path asks for, or tells what it was sent."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        wish = dict(parse_qsl(parts.query))
        if parts.path == "/loop":
            wish = {"status": "302", "location": "/loop"}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        if parts.path == "/hang":
            self.server.hanging.set()  # type: ignore[attr-defined]
            self.connection.recv(1)
            return
        status = int(wish.get("status", 200))
        sent = self.server.bodies.get(parts.path, b"hello")  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("Content-Type", wish.get("type", "text/plain; charset=utf-8"))
        self.send_header("Content-Length", str(len(sent) + int(wish.get("missing", 0))))
        for name in ("Location", "Content-Encoding"):
            if name.lower() in wish:
                self.send_header(name, wish[name.lower()])
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.bodies: dict[str, bytes] = {}
        self.hanging = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def run(bench: Any, fields: dict[str, Any], **given: Any) -> Any:
    return bench.run(type="http", fields=fields, **given)


def test_the_output_holds_status_headers_and_body(bench: Any, server: Server) -> None:
    outcome = run(bench, {"url": f"{server.url}/a?b=1"})
    assert outcome.error is None
    assert outcome.output["status"] == 200
    assert outcome.output["headers"]["content-type"] == "text/plain; charset=utf-8"
    assert outcome.output["body"] == "hello"
    method, path, headers, _ = server.seen[0]
    assert (method, path, headers["Host"]) == ("GET", "/a?b=1", f"127.0.0.1:{server.server_port}")


@pytest.mark.parametrize(
    ("sent", "type", "body"),
    [
        (b'{"a": [1]}', "application/json", {"a": [1]}),
        (b'{"a": 1}', "application/problem%2Bjson", {"a": 1}),
        (b"", "application/json", None),
        ("é".encode("latin-1"), "text/plain; charset=latin-1", "é"),
        (b"\xff", "text/plain; charset=utf-8", "�"),
        (b"\xff\x00", "image/png", base64.b64encode(b"\xff\x00").decode()),
        (b"x", "text/plain; charset=unheard-of", "x"),
        (b'{"a": 1}', "text/plain", '{"a": 1}'),
    ],
)
def test_a_body_is_parsed_by_its_content_type(bench: Any, server: Server, sent: bytes, type: str, body: Any) -> None:
    server.bodies["/"] = sent
    outcome = run(bench, {"url": f"{server.url}/?type={type.replace(' ', '%20')}"})
    assert (outcome.output["body"], outcome.error) == (body, None)


def test_json_that_is_none_fails_the_step(bench: Any, server: Server) -> None:
    outcome = run(bench, {"url": f"{server.url}/?type=application/json"})
    assert "not valid JSON" in outcome.error
    assert outcome.output["body"] == "hello"


@pytest.mark.parametrize("text", ["1e999", "NaN", "9" * 5000, '"\\ud800"', "[" * 150 + "]" * 150, '"\xff"'])
def test_json_that_others_cannot_read_fails_the_step_and_says_why(bench: Any, server: Server, text: str) -> None:
    server.bodies["/"] = b'{"x": ' + text.encode("latin-1") + b"}"
    outcome = run(bench, {"url": f"{server.url}/?type=application/json"})
    assert outcome.error.startswith("the content type is JSON, but the body is not valid JSON: ")
    assert "int_max_str_digits" not in outcome.error
    json.dumps(outcome.output, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
def test_json_in_any_of_its_encodings_is_read(bench: Any, server: Server, encoding: str) -> None:
    server.bodies["/"] = '{"x": "é"}'.encode(encoding)
    assert run(bench, {"url": f"{server.url}/?type=application/json"}).output["body"] == {"x": "é"}


@pytest.mark.parametrize(
    ("fields", "body", "type"),
    [
        ({"json": {"n": [1, None]}}, b'{"n": [1, null]}', "application/json"),
        ({"body": "a=é"}, "a=é".encode(), "text/plain; charset=utf-8"),
        ({"body": "a=1", "headers": {"content-type": "application/x-www-form-urlencoded"}}, b"a=1", None),
    ],
)
def test_a_body_is_sent(bench: Any, server: Server, fields: dict[str, Any], body: bytes, type: str | None) -> None:
    assert run(bench, {"url": server.url, "method": "post", **fields}).error is None
    method, path, headers, sent = server.seen[0]
    assert (method, path, sent) == ("POST", "/", body)
    found = {name.lower(): value for name, value in headers.items()}
    assert found["content-type"] == (type or "application/x-www-form-urlencoded")


def test_an_unexpected_status_fails_the_step_with_the_beginning_of_the_body(bench: Any, server: Server) -> None:
    server.bodies["/x"] = b"it is not here " * 100
    outcome = run(bench, {"url": f"{server.url}/x?status=404"})
    assert outcome.error.startswith(f"GET {server.url}/x: unexpected status 404 Not Found\nit is not here")
    assert len(outcome.error) < 700
    assert outcome.output["status"] == 404


@pytest.mark.parametrize("at", range(470, 505, 3))
def test_no_part_of_a_secret_is_left_where_a_quoted_body_is_cut(bench: Any, server: Server, at: int) -> None:
    server.bodies["/x"] = b"-" * at + b"Zq7Wk9Xv3Rt5Yp2Jd8Ls4Mn6" + b"-" * 100
    error = run(bench, {"url": f"{server.url}/x?status=404"}, masks=("Zq7Wk9Xv3Rt5Yp2Jd8Ls4Mn6",)).error
    assert "Z" not in error


def test_only_listed_statuses_are_expected(bench: Any, server: Server) -> None:
    assert run(bench, {"url": f"{server.url}/?status=404", "expect": [200, 404]}).error is None
    assert "unexpected status 201" in run(bench, {"url": f"{server.url}/?status=201", "expect": [200, 404]}).error


def test_redirects_are_followed_without_credentials_to_another_origin(bench: Any, server: Server) -> None:
    other = f"http://localhost:{server.server_port}"
    fields = {"headers": {"Authorization": "Bearer t", "X-Key": "k", "Accept": "text/plain"}}
    assert run(bench, {"url": f"{server.url}/a?status=302&location=/b", **fields}).output["body"] == "hello"
    assert server.seen[1][1] == "/b"
    assert server.seen[1][2]["Authorization"] == "Bearer t"
    server.seen.clear()
    assert run(bench, {"url": f"{server.url}/a?status=307&location={other}/c", **fields}).error is None
    headers = server.seen[1][2]
    assert headers.keys() & {"Authorization", "X-Key"} == set()
    assert (headers["Accept"], headers["Host"]) == ("text/plain", f"localhost:{server.server_port}")


def test_redirects_in_a_circle_end(bench: Any, server: Server) -> None:
    assert run(bench, {"url": f"{server.url}/loop"}).error == "GET " + server.url + "/loop: more than 5 redirects"
    assert len(server.seen) == 6


def test_a_redirect_to_another_kind_of_address_is_refused(bench: Any, server: Server) -> None:
    assert "http://" in run(bench, {"url": f"{server.url}/?status=302&location=file:///etc/passwd"}).error


def test_only_reading_requests_follow_redirects(bench: Any, server: Server) -> None:
    outcome = run(bench, {"url": f"{server.url}/?status=303&location=/b", "method": "POST"})
    assert outcome.output["status"] == 303
    assert len(server.seen) == 1


def test_a_redirect_that_is_expected_is_the_answer(bench: Any, server: Server) -> None:
    assert run(bench, {"url": f"{server.url}/loop", "expect": [302]}).output["headers"]["location"] == "/loop"


def test_a_body_that_breaks_off_fails_the_step(bench: Any, server: Server) -> None:
    assert "middle of the body" in run(bench, {"url": f"{server.url}/?missing=5", "method": "GET"}).error


def test_gzip_is_unpacked(bench: Any, server: Server) -> None:
    server.bodies["/"] = gzip.compress(b"text " * 1000, mtime=0)
    assert run(bench, {"url": f"{server.url}/?content-encoding=gzip"}).output["body"] == "text " * 1000


@pytest.mark.parametrize(
    ("sent", "query", "said"),
    [
        (b"x" * (MAX_BODY_BYTES + 1), "", "larger than 1 MiB"),
        (gzip.compress(b"x" * 50_000_000, mtime=0), "content-encoding=gzip", "larger than 1 MiB"),
        (b"no gzip", "content-encoding=gzip", "not valid gzip"),
        (gzip.compress(b"hello" * 100, mtime=0)[:-9], "content-encoding=gzip", "middle of the body"),
    ],
)
def test_a_body_that_cannot_be_taken_fails_the_step(
    bench: Any, server: Server, sent: bytes, query: str, said: str
) -> None:
    server.bodies["/"] = sent
    assert said in run(bench, {"url": f"{server.url}/?{query}"}).error


def test_a_connection_gives_address_and_credentials(bench: Any, server: Server) -> None:
    connection = {"base_url": f"{server.url}/api/", "token": "t0ken"}
    run(bench, {"url": "/items", "connection": connection})
    run(bench, {"url": "", "connection": {"base_url": server.url, "username": "me", "password": "pw"}})
    assert server.seen[0][1] == "/api/items"
    assert server.seen[0][2]["Authorization"] == "Bearer t0ken"
    assert server.seen[1][2]["Authorization"] == "Basic " + base64.b64encode(b"me:pw").decode()


def test_stop_ends_a_request_that_hangs(bench: Any, server: Server) -> None:
    bench.runner.start(bench.context(type="http", fields={"url": f"{server.url}/hang"}))
    assert server.hanging.wait(60.0)
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "step step")
    bench.runner.stop(("job", "step", 1), 30.0)
    outcome = bench.outcome()
    assert (outcome.killed, outcome.error) == (True, "stopped")
    thread.join(10.0)
    assert not thread.is_alive()


def test_a_time_limit_ends_a_request_that_hangs(bench: Any, server: Server) -> None:
    outcome = run(bench, {"url": f"{server.url}/hang"}, timeout_s=0.1)
    assert (outcome.timed_out, outcome.error) == (True, "timed out after 100ms")


def test_a_refused_connection_is_told_without_query_and_credentials(bench: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        outcome = run(bench, {"url": f"http://me:pw@127.0.0.1:{port}/x?key=secret"})
    assert outcome.error == f"GET http://127.0.0.1:{port}/x: Connection refused"


def test_secrets_in_an_answer_are_masked_in_the_error(bench: Any, server: Server) -> None:
    server.bodies["/"] = b"bad token hunter22"
    outcome = run(bench, {"url": f"{server.url}/?status=401"}, masks=("hunter22",))
    assert outcome.error.endswith("bad token ••••••")


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "file:///etc/passwd"},
        {"url": "ftp://host/x"},
        {"url": "/no/host"},
        {"url": "http://"},
        {"url": "http://host:99999/"},
        {"url": "http://host/a b"},
        {"url": "http://host/\r\nX: 1"},
        {"url": "http://host", "headers": {"X": "a\r\nY: b"}},
        {"url": "http://host", "headers": {"X Y": "a"}},
        {"url": "http://host", "headers": {"": "a"}},
        {"url": "http://host", "method": "GET /x"},
        {"url": "http://host", "expect": ["ok"]},
        {"url": "http://host", "connection": "name"},
    ],
)
def test_a_request_that_must_not_be_sent_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        request_of(fields)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_inserted_value_stays_one_part_of_the_address(value: str) -> None:
    encoded = percent_encode(value)
    parts = urlsplit(request_of({"url": f"http://host/a/{encoded}/b?q={encoded}#f"}).url)
    assert (parts.netloc, parts.fragment, parts.path.count("/")) == ("host", "f", 3)
    assert dict(parse_qsl(parts.query, keep_blank_values=True)) == {"q": value}


def test_a_value_at_the_start_is_the_address_itself() -> None:
    base = percent_encode("http://host:80/api/")
    assert request_of({"url": f"{base}/items/{percent_encode('a/b')}"}).url == "http://host:80/api/items/a%2Fb"
    assert request_of({"url": f"{base}?q=1"}).url == "http://host:80/api/?q=1"


def test_a_body_that_is_json_is_what_was_given() -> None:
    body = request_of({"url": "http://host", "json": {"a": "é"}}).body
    assert body is not None
    assert json.loads(body) == {"a": "é"}


@pytest.fixture
def other() -> Iterator[Server]:
    """Another origin: another port of the same host."""
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


CREDENTIALS = [
    {"token": "t0ken"},
    {"username": "me", "password": "pw"},
    {"headers": {"X-Key": "k3y"}},
]


@pytest.mark.parametrize("credentials", CREDENTIALS)
@pytest.mark.parametrize(
    "url",
    [
        "{other}/steal",
        percent_encode("{other}/steal"),
        percent_encode("{other}") + "/steal",
        "http://127.0.0.1:{port}@127.0.0.1:{other_port}/",
        percent_encode("http://127.0.0.1:{port}@127.0.0.1:{other_port}/"),
        percent_encode("http://127.0.0.1:{port}\\@127.0.0.1:{other_port}/"),
        "http://localhost:{port}/",
        "https://127.0.0.1:{port}/",
        percent_encode("http://127.0.0.1:{port}#@127.0.0.1:{other_port}/"),
    ],
)
def test_credentials_go_to_the_origin_of_their_connection_alone(
    bench: Any, server: Server, other: Server, credentials: dict[str, Any], url: str
) -> None:
    known = {"{other}": other.url, "{other_port}": str(other.server_port), "{port}": str(server.server_port)}
    for name, value in known.items():
        url = url.replace(name, value).replace(percent_encode(name), percent_encode(value))
    outcome = run(bench, {"url": url, "connection": {"base_url": server.url, **credentials}})
    assert other.seen == []
    if outcome.error is None:  # the fragment of an address is nobody's
        assert [path for _, path, _, _ in server.seen] == ["/"]
    else:
        assert server.seen == []
        assert "base_url" in outcome.error or "backslash" in outcome.error or "user's name" in outcome.error


@pytest.mark.parametrize("credentials", CREDENTIALS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_takes_no_credentials_along(
    bench: Any, server: Server, other: Server, credentials: dict[str, Any], status: int
) -> None:
    connection = {"base_url": server.url, **credentials}
    url = f"/a?status={status}&location={percent_encode(other.url + '/b?status=302&location=' + server.url + '/c')}"
    assert run(bench, {"url": url, "connection": connection}).error is None
    first, second = server.seen
    assert {"Authorization", "X-Key"} & first[2].keys()
    for _, _, headers, _ in (other.seen[0], second):  # also on the way back
        assert {"Authorization", "X-Key"} & headers.keys() == set()


def test_credentials_without_an_origin_are_sent_to_nobody(bench: Any, server: Server) -> None:
    outcome = run(bench, {"url": server.url, "connection": {"token": "t"}})
    assert "no base_url" in outcome.error
    assert server.seen == []


def test_a_connection_may_be_named_beside_an_address_of_its_own_origin(bench: Any, server: Server) -> None:
    connection = {"base_url": f"{server.url}/api", "token": "t0ken"}
    assert run(bench, {"url": f"{server.url}/other", "connection": connection}).error is None
    assert run(bench, {"url": "/go?next=http://elsewhere/", "connection": connection}).error is None
    assert run(bench, {"url": "//host/x", "connection": connection}).error is None
    assert [path for _, path, _, _ in server.seen] == ["/other", "/api/go?next=http://elsewhere/", "/api/host/x"]


@pytest.mark.parametrize("connection", [None, {"token": "t"}])
@pytest.mark.parametrize(
    "value",
    [
        "..",
        ".",
        "../admin",
        "a/../../admin",
        "..\\admin",
        "%2e%2e",
        "%2E.",
        "%252e%252e",
        "..%2fadmin",
        "..;x",
        "..;/admin",
        "..\0",
        "..\r\n",
        ".. ",
        "%" + "25" * 10 + "2e%2e",
    ],
)
def test_a_value_cannot_lead_up_in_the_path(bench: Any, server: Server, connection: Any, value: str) -> None:
    given = {"connection": {**connection, "base_url": server.url}} if connection else {}
    start = "" if connection else server.url
    for url in (f"{start}/items/{percent_encode(value)}", f"{start}/items/{percent_encode(value)}/x?q=1"):
        assert '".."' in run(bench, {"url": url, **given}).error
    assert run(bench, {"url": f"{start}/items?q={percent_encode(value)}", **given}).error is None
    assert len(server.seen) == 1


@pytest.mark.parametrize("value", ["...", "a..b", "..a", ".well-known", "1.2", "a;b", "50%", "é", "a/b", "-", "~"])
def test_other_values_are_parts_of_a_path(bench: Any, server: Server, value: str) -> None:
    assert run(bench, {"url": f"{server.url}/items/{percent_encode(value)}"}).error is None
    assert server.seen[0][1] == f"/items/{percent_encode(value)}"


@pytest.mark.parametrize(
    "url",
    [
        f"http://host{percent_encode('@evil')}/",
        f"http://host{percent_encode('/x')}",
        f"http://host{percent_encode('#')}.good/",
        f"http://host{percent_encode(':80')}/",
        "http://host\\@evil/",
        f"{percent_encode('http://evil?')}/items",
        f"{percent_encode('http://evil/#')}?q=1",
        f"{percent_encode(chr(10) + 'http://evil')}/items",
        percent_encode("http://evil/\r\nX: 1"),
        "http://a b/",
        "http://a;b/",
        "/../x",
    ],
)
def test_a_value_cannot_change_whose_address_it_is(url: str) -> None:
    for connection in ({}, {"connection": {"base_url": "http://good/api", "token": "t"}}):
        try:
            made = request_of({"url": url, **connection})
        except InvalidInput:
            continue
        assert urlsplit(made.url).netloc == "good"
        assert urlsplit(made.url).path.startswith("/api/")


def test_a_base_with_a_query_takes_no_path() -> None:
    with pytest.raises(InvalidInput):
        request_of({"url": "/x", "connection": {"base_url": "http://host/?k="}})
    assert request_of({"connection": {"base_url": "http://host/?k=1"}}).url == "http://host/?k=1"


@given(st.text(max_size=30))
def test_whatever_a_value_is_it_reaches_its_origin_or_nobody(value: str) -> None:
    connection = {"base_url": "https://good:8443/api/", "token": "t"}
    for url in (percent_encode(value), f"/a/{percent_encode(value)}", f"{percent_encode(value)}/x", value):
        try:
            made = urlsplit(request_of({"url": url, "connection": connection}).url)
        except InvalidInput:
            continue
        assert (made.scheme, made.hostname, made.port, made.username) == ("https", "good", 8443, None)
