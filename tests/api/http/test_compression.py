"""Answers are compressed for clients that accept it, and only where nothing can be learned from their size."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from running import Reply, Running

from gitflow.api.http import compression
from gitflow.api.http.compression import accepted_encoding

PASSWORD = "correct horse battery"
TASKS = "tasks:\n" + "".join(f'  task-{n}: {{flow: {{s: {{type: shell, cmd: "true"}}}}}}\n' for n in range(100))


@pytest.fixture(scope="module")
def server(share: Any) -> Running:
    return share(TASKS)


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=0.5, br", "gzip"),
        ("gzip;q=0", None),
        ("zstd; q=0, gzip; q=1", "gzip"),
        ("gzip;q=x", None),
        ("br, identity", None),
        (";;,=", None),
    ],
)
def test_the_encoding_is_one_that_the_client_names(header: str, encoding: str | None) -> None:
    assert accepted_encoding(header) == encoding


@given(st.text())
def test_any_header_is_understood_as_some_encoding_or_none(header: str) -> None:
    assert accepted_encoding(header) in (None, *compression.ENCODERS)


def unpacked(reply: Reply) -> bytes:
    encoding = reply.headers["Content-Encoding"]
    if encoding == "gzip":
        return gzip.decompress(reply.body)
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompress(reply.body, max_output_size=10_000_000)
    assert encoding is None
    return reply.body


def raw(server: Running, path: str, accepted: str, **headers: str) -> Reply:
    """Without the check of the document, which reads JSON."""
    import http.client

    connection = http.client.HTTPConnection(*server.address, timeout=20)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": accepted, **headers})
        return Reply(connection.getresponse())
    finally:
        connection.close()


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("path", ["/api/workspaces/default/tasks", "/openapi.json", "/api/tasks?limit=500"])
def test_a_large_answer_is_the_same_once_it_is_unpacked(server: Running, path: str, encoding: str) -> None:
    plain = server.get(path)
    for _ in range(2):  # also when it is taken from the cache
        packed = raw(server, path, encoding)
        assert packed.headers["Content-Encoding"] == encoding
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert unpacked(packed) == plain.body
        assert len(packed.body) < len(plain.body) / 2
        assert int(packed.headers["Content-Length"]) == len(packed.body)
    assert plain.headers["Content-Encoding"] is None
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_small_answers_and_errors_are_sent_as_they_are(server: Running) -> None:
    for path in ("/healthz", "/api/workspaces/nowhere", "/api/workspaces/default/tasks/task-1"):
        reply = raw(server, path, "gzip")
        assert reply.headers["Content-Encoding"] is None
        assert reply.json


def test_an_etag_counts_for_both_forms(server: Running) -> None:
    path = "/api/workspaces/default/tasks"
    packed, plain = raw(server, path, "gzip"), server.get(path)
    assert packed.headers["ETag"] == "W/" + plain.headers["ETag"]
    for etag in (packed.headers["ETag"], plain.headers["ETag"]):
        again = raw(server, path, "gzip", **{"If-None-Match": etag})
        assert (again.status, again.body, again.headers["Content-Encoding"]) == (304, b"", None)


def test_an_answer_with_tokens_is_never_compressed(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "MIN_BYTES", 0)
    settings = {
        "auth": {
            "jwt_secret": "s" * 40,
            "providers": {"internal": {"provider_type": "internal"}},
            "initial_user": {"email": "root@example.com", "password": PASSWORD},
        }
    }
    server: Running = serve(settings=settings)
    sent = {"Accept-Encoding": "gzip, zstd"}
    login = server.post("/api/auth/login", {"email": "root@example.com", "password": PASSWORD}, sent)
    root = {**sent, "Authorization": f"Bearer {login.json['access_token']}"}
    key = server.post("/api/auth/api-keys", {"name": "a" * 100}, root)
    me, keys = server.get("/api/auth/me", root), server.get("/api/auth/api-keys", root)
    for reply in (login, key, me, keys):
        assert reply.status < 300
        assert reply.headers["Content-Encoding"] is None


def test_a_log_is_compressed_unless_it_is_a_stream_or_a_part(serve: Any) -> None:
    server: Running = serve('tasks: {say: {flow: {s: {type: shell, cmd: "seq 1000"}}}}\n')
    job_id = server.execute("say")
    server.finished(job_id)
    path = f"/api/jobs/{job_id}/logs"
    whole = raw(server, path, "gzip", Accept="text/plain")
    assert (whole.headers["Content-Encoding"], unpacked(whole).count(b"\n")) == ("gzip", 1000)
    part = raw(server, path, "gzip", Accept="text/plain", Range="bytes=0-2000")
    assert (part.status, part.headers["Content-Encoding"], len(part.body)) == (206, None, 2001)


def test_pages_of_allowed_origins_keep_their_vary(serve: Any) -> None:
    server: Running = serve(TASKS, {"cors": {"origins": ["https://pages.example.com"]}})
    reply = raw(server, "/api/tasks", "gzip", Origin="https://pages.example.com")
    assert {part.strip() for part in reply.headers["Vary"].split(",")} == {"Accept-Encoding", "Origin"}
