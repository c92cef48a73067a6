"""Many triggers are suspended at once, with a reason that is shown, by those who may run their tasks."""

from __future__ import annotations

from typing import Any

import pytest

PASSWORD = "correct horse battery"
DEFINITIONS = """
tasks:
  t: {flow: {a: {type: shell, cmd: "true"}}}
  secret: {folder: prod, flow: {a: {type: shell, cmd: "true"}}}
triggers:
  nightly: {type: scheduler, cron: "0 0 2 * * *", task: t}
  called: {type: webhook, name: called, task: t}
  hidden: {type: scheduler, cron: "@daily", task: secret}
"""
TRIGGERS = "/api/workspaces/default/triggers"
SETTINGS: dict[str, Any] = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [
        {"workspace": "default", "tasks": ["t"], "action": "run", "users": ["ada@example.com"]},
        {"workspace": "default", "tasks": ["prod/*"], "action": "view", "users": ["ada@example.com"]},
        {"workspace": "default", "tasks": ["t"], "action": "run", "users": ["bob@example.com"]},
    ],
}


def states(server, headers=None) -> dict[str, tuple[Any, Any]]:
    return {row["name"]: (row["suspended"], row.get("suspended_reason")) for row in server.get(TRIGGERS, headers).json}


def test_all_triggers_of_a_server_are_suspended_shown_with_who_and_why_and_let_go_again(serve):
    server = serve(DEFINITIONS)
    done = server.post("/api/triggers/suspend", {"all": True, "reason": "the database is down"})
    assert (done.status, [result["ok"] for result in done.json["results"]]) == (200, [True] * 3)
    assert set(states(server).values()) == {(True, "the database is down")}
    nightly = server.get(f"{TRIGGERS}/nightly").json
    assert (nightly["suspended_by"], nightly["next_runs"]) == ("api", [])
    declared = server.get("/openapi.json").json["components"]["schemas"]["Trigger"]["properties"]
    assert {name for name in nightly if name.startswith("suspended")} <= declared.keys()
    assert nightly["suspended_at"].endswith("Z")
    refused = server.post("/hooks/called")
    assert (refused.status, "the database is down" in refused.json["error"]) == (409, True)
    assert server.post("/api/triggers/unsuspend", {"workspace": "default"}).status == 200
    assert set(states(server).values()) == {(False, None)}
    assert server.post("/hooks/called").status == 200
    events = server.get(f"{TRIGGERS}/nightly/events").json
    assert [(event["what"], event["reason"]) for event in events] == [
        ("unsuspended", None),
        ("suspended", "the database is down"),
    ]


def test_named_triggers_are_suspended_and_the_first_reason_stays(serve):
    server = serve(DEFINITIONS)
    for reason in ("first", "second"):
        assert server.post("/api/triggers/suspend", {"triggers": ["nightly"], "reason": reason}).status == 200
    assert states(server)["nightly"] == (True, "first")
    assert states(server)["called"] == (False, None)
    assert server.post(f"{TRIGGERS}/called/suspend", {"reason": "one"}).json["suspended_reason"] == "one"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"reason": "r"}, 400, "name triggers, a workspace, or all"),
        ({"all": True, "workspace": "default", "reason": "r"}, 400, "name triggers, a workspace, or all"),
        ({"all": True}, 400, "say why"),
        ({"triggers": ["nigthly"], "reason": "r"}, 404, "did you mean"),
        ({"triggers": ["nightly", "none"], "reason": "r"}, 404, "none"),
        ({"workspace": "nowhere", "reason": "r"}, 404, "nowhere"),
        ({"triggers": [], "reason": "r"}, 400, "triggers"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_suspended(serve, body, status, message):
    server = serve(DEFINITIONS)
    refused = server.post("/api/triggers/suspend", body)
    assert (refused.status, message in str(refused.json)) == (status, True), refused
    assert {suspended for suspended, _ in states(server).values()} == {False}


def test_a_person_suspends_only_what_that_person_may_run_and_learns_of_nothing_unseen(serve):
    server = serve(DEFINITIONS, SETTINGS)

    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    root = sign_in("root@example.com")
    who: dict[str, dict[str, str]] = {}
    for name in ("ada", "bob", "eve"):
        server.post("/api/users", {"email": f"{name}@example.com", "password": PASSWORD}, root)
        who[name] = sign_in(f"{name}@example.com")
    body = {"all": True, "reason": "r"}
    answers = {name: server.post("/api/triggers/suspend", body, headers).json for name, headers in who.items()}
    results = {
        name: {result["trigger"]: result["ok"] for result in answer["results"]} for name, answer in answers.items()
    }
    assert results == {
        "ada": {"nightly": True, "called": True, "hidden": False},
        "bob": {"nightly": True, "called": True},
        "eve": {},
    }
    assert states(server, root)["hidden"] == (False, None)
    hidden = server.post("/api/triggers/suspend", {"triggers": ["hidden"], "reason": "r"}, who["bob"])
    assert (hidden.status, "hidden" in hidden.json["error"]) == (404, True)
    assert server.post("/api/triggers/suspend", body).status == 401
    audit = server.get("/api/audit?what=triggers.suspend_many", root).json
    assert audit[-1]["details"] == {"triggers": "default/nightly default/called", "reason": "r"}
    assert audit[-1]["actor"] == "ada@example.com"
