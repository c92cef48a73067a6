"""The built pages: which paths they answer, and the headers that protect and cache them."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest
from running import Running

from gitflow.api.dialects.base import DIALECTS

pytestmark = pytest.mark.usefixtures("pages")

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCRIPT = b"console.log('built');" * 100


def nonce_of(html: bytes) -> str:
    found = re.search(r'nonce="([^"]+)"', html.decode())
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "path", ["/", "/jobs", "/jobs/01a22a62-2bca-76ad-b360-49c3f851f3a7", "/tasks/default/a%2Fb?x=1"]
)
def test_a_browser_gets_the_page_for_every_path_of_the_pages(server: Running, path: str):
    reply = server.get(path, BROWSER)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-store"
    assert b"<p>pages" in reply.body


def test_each_page_has_a_nonce_of_its_own_and_names_it_in_its_policy(server: Running):
    replies = [server.get("/", BROWSER) for _ in range(5)]
    nonces = [nonce_of(reply.body) for reply in replies]
    assert len(set(nonces)) == 5
    for nonce, reply in zip(nonces, replies, strict=True):
        assert len(nonce) >= 22
        policy = reply.headers["Content-Security-Policy"]
        assert f"style-src 'self' 'nonce-{nonce}'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "__CSP_NONCE__" not in reply.body.decode()


def test_a_worker_of_the_pages_may_connect_to_this_server(server: Running):
    policy = server.get("/assets/main-1a2b.js").headers["Content-Security-Policy"]
    assert "connect-src 'self'" in policy
    assert "nonce" not in policy


@pytest.mark.parametrize("path", ["/", "/jobs"])
def test_a_program_that_wants_json_gets_the_json_404(server: Running, path: str):
    reply = server.get(path, {"Accept": "application/json"})
    assert reply.status == 404
    assert reply.json == {"error": f"no route matches {path}", "code": "not_found"}


def test_only_the_root_answers_a_client_that_takes_anything(server: Running):
    assert server.get("/", {"Accept": "*/*"}).status == 200
    assert server.get("/jobs", {"Accept": "*/*"}).status == 404
    assert server.get("/jobs", {"Accept": "text/html;q=0, */*"}).status == 404


@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/hooks/nothing/at/all/here"])
def test_paths_of_the_api_never_answer_with_a_page(server: Running, path: str):
    reply = server.get(path, BROWSER)
    assert (reply.status, reply.headers.get_content_type()) == (404, "application/json")


def test_paths_of_a_dialect_never_answer_with_a_page(serve):
    server = serve(settings={"dialects": list(DIALECTS)})
    for path in ("/accounts/none/nothing", "/v1/workflow-runs/x/y/z", "/v2/nothing"):
        reply = server.get(path, BROWSER)
        assert (reply.status, reply.headers.get_content_type()) == (404, "application/json"), path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_pages_are_only_read(server: Running, method: str):
    assert server.request(method, "/jobs", headers=BROWSER).status == 404
    assert server.request(method, "/", headers=BROWSER).status == 405


def test_a_fingerprinted_file_may_be_cached_for_ever(server: Running):
    reply = server.get("/assets/main-3c4d.css")
    assert reply.body == b"p{}"
    assert reply.headers["Content-Type"] == "text/css; charset=utf-8"
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_file_without_a_fingerprint_is_checked_each_time(server: Running):
    first = server.get("/theme.js")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = server.get("/theme.js", {"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("", None, SCRIPT),
        ("gzip, deflate", "gzip", SCRIPT),
        ("gzip, deflate, br", "br", b"as brotli writes it"),
        ("br;q=0, gzip", "gzip", SCRIPT),
        ("br;q=0.0, gzip;q=0", None, SCRIPT),
        ("GZIP;q=0.5", "gzip", SCRIPT),
        ("identity", None, SCRIPT),
    ],
)
def test_a_file_comes_in_the_smallest_encoding_that_the_client_takes(
    server: Running, accepted: str, encoding: str | None, body: bytes
):
    reply = server.get("/assets/main-1a2b.js", {"Accept-Encoding": accepted})
    assert reply.headers.get("Content-Encoding") == encoding
    assert reply.headers["Vary"] == "Accept-Encoding"
    assert (gzip.decompress(reply.body) if encoding == "gzip" else reply.body) == body


def test_each_encoding_has_an_etag_of_its_own(server: Running):
    tags = {
        server.get("/assets/main-1a2b.js", {"Accept-Encoding": coding}).headers["ETag"] for coding in ("", "gzip", "br")
    }
    assert len(tags) == 3


@pytest.mark.parametrize("path", ["/", "/jobs", "/theme.js", "/assets/main-1a2b.js"])
def test_head_answers_what_get_would_without_the_body(server: Running, path: str):
    got, head = (server.request(method, path, headers=BROWSER) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Cache-Control", "ETag"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/../BUILD.json",
        "/BUILD.json",
        "/assets/link.txt",
        "/assets/",
        "/assets",
        "/assets//main-1a2b.js",
        "/assets/main-1a2b.js.gz",
        "/assets/main-1a2b.js%00",
        "/assets/main-1a2b.js/",
    ],
)
def test_what_is_not_a_file_of_the_pages_cannot_be_read(server: Running, path: str):
    reply = server.get(path)
    assert reply.status == 404
    assert b"secret" not in reply.body.replace(b"secret.txt", b"")


def test_a_page_of_a_foreign_host_name_is_refused(server: Running):
    assert server.get("/", {**BROWSER, "Host": "attacker.example"}).status == 403


def test_a_new_build_is_served_without_a_restart(server: Running, pages: Path):
    assert b"<p>pages" in server.get("/", BROWSER).body
    (pages / "index.html").write_text("<p>newer")
    os.utime(pages / "index.html", ns=(1, 1))
    (pages / "assets" / "new-5e6f.js").write_text("newer")
    assert server.get("/", BROWSER).body == b"<p>newer"
    assert server.get("/assets/new-5e6f.js").body == b"newer"


def test_whoever_must_sign_in_may_load_the_pages(serve):
    server = serve(settings={"auth": {"providers": {"internal": {"provider_type": "internal"}}}})
    assert server.get("/", BROWSER).status == 200
    assert server.get("/assets/main-3c4d.css").status == 200
    assert server.get("/api/jobs").status == 401


def test_without_built_pages_the_root_names_the_command_that_builds_them(serve, no_pages: None):
    server = serve()
    reply = server.get("/", BROWSER)
    assert reply.status == 200
    assert b"make ui" in reply.body
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert server.get("/assets/main-1a2b.js").status == 404
