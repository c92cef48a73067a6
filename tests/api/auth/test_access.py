"""Who may not do something is told which permission is missing, and who can give it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from running import DEFINITIONS, Running

ROOT, BO, PASSWORD = "root@example.com", "bo@example.com", "correct horse battery"
SETTINGS: dict[str, Any] = {
    "auth": {"jwt_secret": "s" * 40, "initial_user": {"email": ROOT, "password": PASSWORD}},
    "permissions": [{"workspace": "*", "action": "view", "users": [BO]}],
}


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    return share(DEFINITIONS, SETTINGS)


def sign_in(server: Running, email: str) -> dict[str, str]:
    reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
    return {"Authorization": f"Bearer {reply.json['access_token']}"}


@pytest.fixture(scope="module")
def bo(server: Running) -> dict[str, str]:
    server.post("/api/users", {"email": BO, "password": PASSWORD}, sign_in(server, ROOT))
    return sign_in(server, BO)


def test_who_may_only_see_a_task_is_told_the_level_that_running_it_needs_and_whom_to_ask(server: Running, bo):
    reply = server.post("/api/workspaces/default/tasks/hello-world/execute", {}, bo)
    assert reply.status == 403
    assert reply.json["lacking"] == {
        "permission": "run", "workspace": "default", "task": "hello-world", "ask": [ROOT],
    }  # fmt: skip


def test_a_page_for_administrators_names_them(server: Running, bo):
    reply = server.get("/api/audit", bo)
    assert reply.status == 403
    assert reply.json["lacking"] == {"permission": "admin", "workspace": None, "task": None, "ask": [ROOT]}


def test_a_key_is_told_which_scope_it_lacks_and_not_who_administers_the_server(server: Running, bo):
    body = {"name": "reader", "scopes": ["workflows:read"]}
    key = server.post("/api/auth/api-keys", body, bo).json["key"]
    reply = server.post("/api/workspaces/default/tasks/hello-world/execute", {}, {"Authorization": f"Bearer {key}"})
    assert reply.status == 403
    assert "does not have the scope" in reply.json["error"]
    assert "lacking" not in reply.json
