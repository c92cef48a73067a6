"""Signing in on a command line by a code, over HTTP, and what others may try with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from running import DEFINITIONS, Reply, Running

from gitflow.identity.device_codes import MAX_PER_ADDRESS

EMAIL, PASSWORD = "root@example.com", "correct horse battery"
AUTH: dict[str, Any] = {
    "jwt_secret": "a-secret-of-more-than-thirty-two-bytes",
    "providers": {"internal": {"provider_type": "internal"}},
    "initial_user": {"email": EMAIL, "password": PASSWORD},
}


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS, {"auth": AUTH})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def root(server: Running) -> dict[str, str]:
    reply = server.post("/api/auth/login", {"email": EMAIL, "password": PASSWORD})
    return bearer(reply.json["access_token"])


def begin(server: Running, client: str = "gitflow on laptop") -> Any:
    reply = server.post("/api/auth/device", {"client": client})
    assert reply.status == 200, reply
    return reply.json


def exchange(server: Running, device_code: str) -> Reply:
    return server.post("/api/auth/device/token", {"device_code": device_code})


def decide(server: Running, user_code: str, who: dict[str, str], approved: bool = True) -> int:
    return server.post("/api/auth/device/decision", {"user_code": user_code, "approved": approved}, who).status


def test_a_person_confirms_a_code_and_the_command_line_is_signed_in_as_them(server: Running, root: dict[str, str]):
    begun = begin(server)
    assert (begun["verification_uri"], begun["expires_in"]) == (f"{server.url}/device", 600)
    waiting = exchange(server, begun["device_code"])
    assert (waiting.status, waiting.json["code"]) == (400, "authorization_pending")
    shown = server.get(f"/api/auth/device?user_code={begun['user_code'].lower()}", root).json
    assert (shown["client"], shown["address"]) == ("gitflow on laptop", "127.0.0.1")
    assert decide(server, begun["user_code"], root) == 204
    session = exchange(server, begun["device_code"])
    assert "Set-Cookie" not in session.headers
    assert server.get("/api/auth/me", bearer(session.json["access_token"])).json["email"] == EMAIL
    assert exchange(server, begun["device_code"]).json["code"] == "expired_token"
    audited = [row["what"] for row in server.get("/api/audit?limit=5", root).json]
    assert audited[:2] == ["login.succeeded", "device.approved"]


def test_what_a_person_refuses_gets_no_tokens(server: Running, root: dict[str, str]):
    begun = begin(server)
    assert decide(server, begun["user_code"], root, approved=False) == 204
    assert exchange(server, begun["device_code"]).json["code"] == "access_denied"
    assert decide(server, begun["user_code"], root) == 404


def test_only_a_signed_in_person_confirms_and_never_a_key(server: Running, root: dict[str, str]):
    """A key with few rights must not become a session with all rights of its user."""
    begun = begin(server)
    key = server.post("/api/auth/api-keys", {"name": "ci", "scopes": ["workflows:read"]}, root).json["key"]
    path = f"/api/auth/device?user_code={begun['user_code']}"
    for who, status in (({}, 401), (bearer("x"), 401), (bearer(key), 403)):
        assert server.get(path, who).status == status
        assert decide(server, begun["user_code"], who) == status
    assert exchange(server, begun["device_code"]).json["code"] == "authorization_pending"


def test_a_page_of_another_site_confirms_nothing(server: Running, root: dict[str, str]):
    begun = begin(server)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert decide(server, begun["user_code"], {**root, **headers}) == 403
    assert exchange(server, begun["device_code"]).json["code"] == "authorization_pending"


def test_user_codes_cannot_be_found_by_trying(server: Running, root: dict[str, str]):
    begun = begin(server)
    tried = [server.get(f"/api/auth/device?user_code=BBBB-BBB{letter}", root).status for letter in "BCDFGHJKLMN"]
    assert tried == [404] * 10 + [429]
    assert decide(server, begun["user_code"], root) == 429


def test_device_codes_cannot_be_used_up_for_others(server: Running):
    for _ in range(MAX_PER_ADDRESS):
        begin(server)
    refused = server.post("/api/auth/device", {})
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) <= 600


def test_who_was_disabled_after_the_decision_gets_no_tokens(server: Running, root: dict[str, str]):
    user = server.post("/api/users", {"email": "ann@example.com", "password": "open sesame 1"}, root).json
    ann = server.post("/api/auth/login", {"email": "ann@example.com", "password": "open sesame 1"}).json
    begun = begin(server)
    assert decide(server, begun["user_code"], bearer(ann["access_token"])) == 204
    assert server.post(f"/api/users/{user['user_id']}/disable", {}, root).status == 200
    assert exchange(server, begun["device_code"]).status == 401


def test_a_client_cannot_write_into_the_screen_of_the_person(server: Running, root: dict[str, str]):
    begun = begin(server, "x\n\x1b[2Jyou\u202e")
    shown = server.get(f"/api/auth/device?user_code={begun['user_code']}", root).json["client"]
    assert shown == "x \\u001b[2Jyou\\u202e"
    assert server.post("/api/auth/device", {"client": "x" * 101}).status == 400


def test_an_open_server_signs_nobody_in(serve: Callable[..., Running]):
    server = serve()
    assert server.post("/api/auth/device", {}).status == 404
