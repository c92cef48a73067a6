"""Changes of accounts, and sessions: of oneself, and of others by administrators."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from running import DEFINITIONS, Running

ROOT, PASSWORD = "root@example.com", "correct horse battery"
SETTINGS: dict[str, Any] = {
    "auth": {"jwt_secret": "s" * 40, "initial_user": {"email": ROOT, "password": PASSWORD}},
    "permissions": [{"workspace": "*", "action": "run", "groups": ["ops"]}],
}
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    return share(DEFINITIONS, SETTINGS)


def sign_in(server: Running, email: str, password: str = PASSWORD) -> dict[str, str]:
    reply = server.post("/api/auth/login", {"email": email, "password": password})
    assert reply.status == 200, reply
    return {"Authorization": f"Bearer {reply.json['access_token']}"}


@pytest.fixture(scope="module")
def root(server: Running) -> dict[str, str]:
    return sign_in(server, ROOT)


@pytest.fixture
def ann(server: Running, root: dict[str, str]) -> Any:
    """An account of its own for each test."""
    body = {"email": f"ann{next(NUMBERS)}@example.com", "password": PASSWORD, "groups": ["ops"], "name": "Ann"}
    return server.post("/api/users", body, root).json


def change(server: Running, user: Any, body: Any, who: dict[str, str]) -> Any:
    return server.request("PATCH", f"/api/users/{user['user_id']}", body, who)


def audited(server: Running, user: Any, root: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    rows = server.get(f"/api/audit?subject={user['user_id']}", root).json
    return [(row["what"], row["details"]) for row in rows]


def test_what_is_given_changes_and_the_rest_stays(server: Running, root: dict[str, str], ann: Any) -> None:
    reply = change(server, ann, {"groups": ["dev", "dev", "ops"]}, root)
    assert (reply.status, reply.json["groups"], reply.json["name"]) == (200, ["dev", "ops"], "Ann")
    assert change(server, ann, {"name": "Anna", "is_admin": True}, root).json["is_admin"] is True
    assert server.get(f"/api/users/{ann['user_id']}", root).json["name"] == "Anna"
    assert audited(server, ann, root)[:2] == [
        ("user.changed", {"name": "Ann -> Anna", "is_admin": "false -> true"}),
        ("user.changed", {"groups": "ops -> dev, ops"}),
    ]
    before = audited(server, ann, root)
    assert change(server, ann, {"name": "Anna"}, root).status == 200
    assert audited(server, ann, root) == before


@pytest.mark.parametrize("body", [{}, {"email": "x@example.com"}, {"groups": "ops"}, {"is_admin": 1}])
def test_a_wrong_change_is_a_bad_request(server: Running, root: dict[str, str], ann: Any, body: Any) -> None:
    assert change(server, ann, body, root).status == 400


def test_only_an_administrator_changes_accounts(server: Running, root: dict[str, str], ann: Any) -> None:
    assert change(server, ann, {"groups": ["dev"]}, sign_in(server, ann["email"])).status == 403
    nobody = {"user_id": "00000000-0000-7000-8000-000000000000"}
    assert change(server, nobody, {"name": "x"}, root).status == 404


def test_the_last_administrator_stays_one(server: Running, root: dict[str, str], ann: Any) -> None:
    me = server.get("/api/auth/me", root).json
    for other in server.get("/api/users?limit=500", root).json:
        if other["is_admin"] and other["user_id"] != me["user_id"]:
            change(server, other, {"is_admin": False}, root)
    refused = change(server, me, {"is_admin": False}, root)
    assert (refused.status, refused.json["code"]) == (409, "conflict")
    change(server, ann, {"is_admin": True}, root)
    server.post(f"/api/users/{ann['user_id']}/disable", None, root)
    assert change(server, me, {"is_admin": False}, root).status == 409
    server.post(f"/api/users/{ann['user_id']}/enable", None, root)
    assert change(server, me, {"is_admin": False}, root).status == 200
    assert server.get("/api/audit", root).status == 403
    assert change(server, me, {"is_admin": True}, sign_in(server, ann["email"])).status == 200


def test_the_keys_and_sessions_of_a_user_are_narrowed_at_once(server: Running, root: dict[str, str], ann: Any) -> None:
    change(server, ann, {"is_admin": True}, root)
    session = sign_in(server, ann["email"])
    key = server.post("/api/auth/api-keys", {"name": f"key-{next(NUMBERS)}"}, session).json["key"]
    callers = (session, {"Authorization": f"Bearer {key}"})
    execute = "/api/workspaces/default/tasks/hello-world/execute"
    for who in callers:
        assert server.get("/api/audit", who).status == 200
    change(server, ann, {"is_admin": False}, root)
    for who in callers:
        assert (server.get("/api/audit", who).status, server.post(execute, {}, who).status) == (403, 200)
    change(server, ann, {"groups": []}, root)
    for who in callers:
        assert server.post(execute, {}, who).status == 404


def test_a_key_makes_no_administrator(server: Running, root: dict[str, str], ann: Any) -> None:
    made = server.post("/api/auth/api-keys", {"name": f"key-{next(NUMBERS)}", "scopes": ["admin"]}, root).json["key"]
    key = {"Authorization": f"Bearer {made}"}
    refused = change(server, ann, {"is_admin": True}, key)
    assert refused.status == 403
    assert "gitflow user" in refused.json["error"]
    assert change(server, ann, {"groups": ["dev"]}, key).status == 200


def test_sessions_are_listed_and_ended_one_by_one(server: Running, root: dict[str, str], ann: Any) -> None:
    tokens = [server.post("/api/auth/login", {"email": ann["email"], "password": PASSWORD}).json for _ in range(3)]
    own = {"Authorization": f"Bearer {tokens[0]['access_token']}"}
    path = f"/api/users/{ann['user_id']}/sessions"
    assert server.post("/api/auth/refresh", {"refresh_token": tokens[0]["refresh_token"]}).status == 200
    found = server.get(path, own).json
    assert len(found) == 3
    assert [session["address"] for session in found] == ["127.0.0.1", None, None]
    assert server.get(path, root).json == found
    body = server.get(path, own).body.decode()
    assert not [token for pair in tokens for name in ("access_token", "refresh_token") if (token := pair[name]) in body]

    assert server.request("DELETE", f"{path}/{found[0]['session_id']}", None, own).status == 204
    assert [session["session_id"] for session in server.get(path, own).json] == [
        session["session_id"] for session in found[1:]
    ]
    assert server.request("DELETE", f"{path}/{found[0]['session_id']}", None, own).status == 404
    assert server.request("DELETE", path, None, root).status == 204
    assert server.get(path, own).json == []
    for pair in tokens[1:]:
        assert server.post("/api/auth/refresh", {"refresh_token": pair["refresh_token"]}).status == 401
    assert [what for what, _ in audited(server, ann, root)][:2] == ["user.sessions_ended", "session.ended"]


def test_sessions_of_others_are_for_administrators(server: Running, root: dict[str, str], ann: Any) -> None:
    me = server.get("/api/auth/me", root).json["user_id"]
    who = sign_in(server, ann["email"])
    [mine, *_] = server.get(f"/api/users/{me}/sessions", root).json
    for method, path in (
        ("GET", f"/api/users/{me}/sessions"),
        ("DELETE", f"/api/users/{me}/sessions"),
        ("DELETE", f"/api/users/{me}/sessions/{mine['session_id']}"),
        ("DELETE", f"/api/users/{ann['user_id']}/sessions/{mine['session_id']}"),
    ):
        assert server.request(method, path, None, who).status == 404, (method, path)
    assert mine in server.get(f"/api/users/{me}/sessions", root).json


def test_a_key_to_read_ends_no_session(server: Running, ann: Any) -> None:
    who = sign_in(server, ann["email"])
    body = {"name": f"key-{next(NUMBERS)}", "scopes": ["workflows:read"]}
    key = {"Authorization": f"Bearer {server.post('/api/auth/api-keys', body, who).json['key']}"}
    path = f"/api/users/{ann['user_id']}/sessions"
    assert len(server.get(path, key).json) == 1
    assert server.request("DELETE", path, None, key).status == 403
