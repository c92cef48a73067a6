"""Pages that a user visits: they may start nothing, read nothing, and frame nothing; with and without accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attacking import attack, get
from running import DEFINITIONS, Running

from gitflow.api.dialects.base import DIALECTS
from gitflow.api.route_table import routes

EMAIL, PASSWORD = "root@example.com", "correct horse battery"
PORTAL = "https://portal.example.com"
OPEN: dict[str, Any] = {"dialects": list(DIALECTS), "cors": {"origins": [PORTAL + "/"]}}
CLOSED: dict[str, Any] = {
    "dialects": list(DIALECTS),
    "auth": {"anonymous": "run", "initial_user": {"email": EMAIL, "password": PASSWORD}},
}
FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "https://portal.example.com.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
)
ID = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module", params=[OPEN, CLOSED], ids=["open", "with accounts"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("pages"), DEFINITIONS, request.param, {}).start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def shared(share: Callable[..., Running]) -> Running:
    return share(DEFINITIONS, OPEN)


def changing() -> list[tuple[str, str]]:
    """Every route that changes something, in every API that can be served."""
    return sorted({(route.method, re.sub(r"\{[^}]*\}", ID, route.path)) for route in routes() if route.method != "GET"})


def test_no_route_of_any_api_lets_a_foreign_page_change_something(server: Running) -> None:
    forms = {"Content-Type": "text/plain"}
    for number, (method, path) in enumerate(changing()):
        headers = FOREIGN[number % len(FOREIGN)] | forms
        assert server.request(method, path, headers=headers, raw=b"a=b").status == 403, (method, path)
    assert server.service.app.orchestrator.open_ids() == []


@pytest.mark.parametrize("headers", FOREIGN)
def test_no_foreign_page_starts_a_job(server: Running, headers: dict[str, str]) -> None:
    path = "/api/workspaces/default/tasks/hello-world/execute"
    for media in ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert server.request("POST", path, headers=headers | {"Content-Type": media}, raw=b"{}").status == 403


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_what_a_form_can_send_is_no_request_here_even_without_a_sign_of_its_origin(server: Running, media: str) -> None:
    path = "/api/workspaces/default/tasks/hello-world/execute"
    assert server.request("POST", path, headers={"Content-Type": media}, raw=b'{"input": {}}').status == 415


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "169.254.169.254"]
)
def test_a_name_that_was_bound_anew_reads_nothing_in_any_api(server: Running, host: str) -> None:
    firsts = {prefix for name in DIALECTS for prefix in DIALECTS[name].prefixes}
    for path in ("/api/jobs", "/healthz", "/metrics", "/docs", "/openapi.json", "/hooks/x", *sorted(firsts)):
        assert server.get(path, {"Host": host}).status == 403, path


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_no_foreign_page_follows_a_log(server: Running, origin: str) -> None:
    upgrade = ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    path = f"/api/jobs/{ID}/logs/stream"
    (answer,) = attack(
        server, get(path, *upgrade, f"Origin: {origin}", "Connection: Upgrade", closing=False) + get("/")
    )[:1]
    assert answer.status == 403


def test_no_page_of_another_site_reads_anything_unless_it_is_configured(server: Running) -> None:
    for origin in ("https://evil.example", "null"):
        for path in ("/api/jobs", "/api/config", "/healthz"):
            assert not [
                name for name in server.get(path, {"Origin": origin}).headers if name.startswith("Access-Control")
            ]
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        reply = server.request("OPTIONS", "/api/jobs", headers=asked)
        assert reply.status == 403
        assert not [name for name in reply.headers if name.startswith("Access-Control")]


def test_a_configured_page_may_ask_send_and_read(shared: Running) -> None:
    asked = {
        "Origin": PORTAL,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    allowed = shared.request("OPTIONS", "/api/workspaces/default/tasks/hello-world/execute", headers=asked)
    assert (allowed.status, allowed.body) == (204, b"")
    assert allowed.headers["Access-Control-Allow-Origin"] == PORTAL
    assert "authorization" in allowed.headers["Access-Control-Allow-Headers"].lower()
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    job_id = shared.execute()
    shared.finished(job_id)
    for path in ("/api/jobs", "/api/none", f"/api/jobs/{job_id}/events", f"/api/jobs/{job_id}/logs"):
        headers = shared.get(path, {"Origin": PORTAL}).headers
        assert (headers["Access-Control-Allow-Origin"], headers["Vary"]) == (PORTAL, "Origin"), path
        assert "Access-Control-Allow-Credentials" not in headers
    stream = shared.get(f"/api/jobs/{job_id}/events", {"Origin": PORTAL, "Accept": "text/event-stream"})
    assert stream.headers["Access-Control-Allow-Origin"] == PORTAL


def test_other_pages_get_nothing_beside_a_configured_one(shared: Running) -> None:
    headers = shared.get("/api/jobs", {"Origin": "https://evil.example"}).headers
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Vary"] == "Origin"


def test_no_answer_can_be_framed_sniffed_or_kept_by_a_cache(server: Running) -> None:
    for path in ("/healthz", "/api/jobs", "/api/none", "/docs", "/openapi.json", "/metrics"):
        headers = server.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] in ("no-store", "private, no-cache")


def test_only_trusted_proxies_say_where_a_request_came_from(tmp_path: Any) -> None:
    forwarded = {
        "X-Forwarded-For": "203.0.113.9, 10.1.1.1",
        "X-Forwarded-Host": "flows.example.com",
        "X-Forwarded-Proto": "https",
    }
    auth = {"initial_user": {"email": EMAIL, "password": PASSWORD}}
    known = {"auth": auth, "public_url": "https://flows.example.com"}
    for name, proxies, address in (("b", ["127.0.0.1", "10.0.0.0/8"], "203.0.113.9"), ("a", [], "127.0.0.1")):
        server = Running(tmp_path / name, DEFINITIONS, known | {"trusted_proxies": proxies}, {}).start()
        try:
            server.post("/api/auth/login", {"email": EMAIL, "password": "wrong one"}, forwarded)
            session = server.post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}).json["access_token"]
            (failed,) = server.get("/api/audit?what=login.failed", {"Authorization": f"Bearer {session}"}).json
            assert failed["address"] == address
            rebound = server.get("/healthz", {"X-Forwarded-Host": "evil.example"})
            assert rebound.status == (403 if proxies else 200)
        finally:
            server.stop()
