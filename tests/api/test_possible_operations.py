"""A button is never a guess: what the server says that a caller may do is what the caller may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from running import Running

PASSWORD = "correct horse battery"
DEFINITIONS = """\
tasks:
  asks:
    flow:
      ask: {type: approval, message: go?, approvers: [ops], approvers_exclude_requester: true}
      go: {type: sleep, duration: 1h, depends_on: [ask]}
  fails: {flow: {break: {type: shell, cmd: "exit 3"}, after: {type: shell, cmd: "true", depends_on: [break]}}}
  passes: {flow: {a: {type: shell, cmd: "true"}}}
  sleeps: {flow: {s: {type: sleep, duration: 1h}, w: {type: wait, event: go, depends_on: [s]}}}
  once: {concurrency: {group: one, on_limit: skip}, flow: {s: {type: wait, event: go}}}
"""
SETTINGS: dict[str, Any] = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [
        {"workspace": "default", "action": "view", "groups": ["staff"]},
        {"workspace": "default", "action": "run", "users": ["bob@example.com"], "groups": ["ops"]},
        {"workspace": "default", "tasks": ["sleeps"], "action": "deny", "groups": ["ops"]},
    ],
}
#: Task -> when one of its jobs stands still; those of other tasks end.
STANDS: dict[str, Callable[[Any], bool]] = {
    "asks": lambda job: job.steps["ask"].status.value == "suspended",
    "sleeps": lambda job: job.steps["s"].status.value == "suspended",
}
PEOPLE = {"bob": [], "ann": ["ops", "staff"], "eve": ["staff"]}


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    return share(DEFINITIONS, SETTINGS)


@pytest.fixture(scope="module")
def callers(server: Running) -> dict[str, dict[str, str]]:
    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    found = {"root": sign_in("root@example.com")}
    for name, groups in PEOPLE.items():
        made = {"email": f"{name}@example.com", "password": PASSWORD, "groups": groups}
        assert server.post("/api/users", made, found["root"]).status == 201
        found[name] = sign_in(f"{name}@example.com")
    key = {"name": "reader", "scopes": ["workflows:read"]}
    found["reader"] = {"Authorization": f"Bearer {server.post('/api/auth/api-keys', key, found['bob']).json['key']}"}
    return found


def a_job(server: Running, task: str, header: dict[str, str]) -> str:
    made = server.post(f"/api/workspaces/default/tasks/{task}/execute", {}, header).json["job_id"]
    if task in STANDS:
        server.until(made, STANDS[task])
    else:
        server.finished(made, header)
    return made


def done(server: Running, job_id: str, said: dict[str, Any], header: dict[str, str]) -> Any:
    """The operation as it is said to be possible."""
    path, operation = f"/api/jobs/{job_id}", said["operation"]
    if operation == "delete":
        return server.request("DELETE", path, None, header)
    if operation == "event":
        return server.post(f"{path}/events/go", {}, header)
    body = {"reason": "so"} if "reason" in said["requires"] else {}
    if operation == "reject":
        operation, body = "approve", {**body, "approved": False}
    return server.post(
        f"{path}/steps/{said['step']}/{operation}" if "step" in said else f"{path}/{operation}", body, header
    )


@pytest.mark.parametrize("who", ["root", "bob", "ann", "eve", "reader"])
@pytest.mark.parametrize("task", [*STANDS, "fails", "passes"])
def test_what_is_said_to_be_allowed_is_done_and_the_rest_is_refused_in_the_same_words(server, callers, task, who):
    header, maker = callers[who], callers["bob"]
    job_id = a_job(server, task, maker)
    reply = server.get(f"/api/jobs/{job_id}/operations", header)
    if who == "ann" and task == "sleeps":
        assert reply.status == 404  # a rule denies it
        return
    for number, said in enumerate(reply.json):
        fresh = a_job(server, task, maker) if said["allowed"] else job_id
        again = server.get(f"/api/jobs/{fresh}/operations", header).json[number]
        assert {**again, "because": None} == {**said, "because": None}
        answer = done(server, fresh, again, header)
        assert (answer.status < 300) is again["allowed"], (again, answer)
        if not again["allowed"]:
            assert answer.json["error"] == again["because"]


def test_who_may_not_run_a_task_is_told_so_for_each_operation(server, callers):
    job_id = a_job(server, "passes", callers["bob"])
    found = server.get(f"/api/jobs/{job_id}/operations", callers["eve"]).json
    assert {(each["allowed"], each["because"]) for each in found} == {
        (False, "eve@example.com may not do this in workspace 'default'")
    }


def test_the_requester_of_a_job_may_reject_and_not_approve(server, callers):
    job_id = a_job(server, "asks", callers["bob"])

    def of(who: str) -> dict[str, dict[str, Any]]:
        found = server.get(f"/api/jobs/{job_id}/operations?step=ask", callers[who]).json
        return {each["operation"]: each for each in found if each.get("step")}

    assert "cannot be decided by a requester" in of("bob")["approve"]["because"]
    assert of("ann")["approve"] == {
        "operation": "approve", "step": "ask", "allowed": True, "because": None, "requires": [],
    }  # fmt: skip
    by_root = of("root")["approve"]
    assert (by_root["allowed"], by_root["requires"]) == (True, ["reason"])
    assert "must give a reason" in by_root["because"]


def test_a_full_group_refuses_another_job(server, callers):
    execute = "/api/workspaces/default/tasks/once/execute"
    first = server.post(execute, {}, callers["bob"]).json["job_id"]
    server.until(first, lambda job: job.steps["s"].status.value == "suspended")
    server.post(f"/api/jobs/{first}/cancel", {}, callers["bob"])
    server.finished(first)
    second = server.post(execute, {}, callers["bob"]).json["job_id"]
    found = server.get(f"/api/jobs/{first}/operations", callers["bob"]).json
    said = {(each["operation"], each.get("step")): each for each in found}
    for key in (("restart", None), ("retry", None), ("rerun", None), ("retry", "s")):
        assert "concurrency group 'one' is full" in said[key]["because"]
        assert done(server, first, said[key], callers["bob"]).json["error"] == said[key]["because"]
    server.post(f"/api/jobs/{second}/cancel", {}, callers["bob"])


def test_a_step_that_is_not_there_is_not_found(server, callers):
    job_id = a_job(server, "passes", callers["bob"])
    assert server.get(f"/api/jobs/{job_id}/operations?step=b", callers["bob"]).status == 404


def test_the_rule_that_decides_is_named(server, callers):
    def asked(who: str, query: str) -> Any:
        return server.get(f"/api/auth/can?{query}", callers[who])

    bob = asked("bob", "action=run&task=asks").json
    assert (bob["allowed"], bob["level"], bob["rule"]["number"]) == (True, "run", 2)
    assert (bob["rule"]["users"], bob["rule"]["groups"]) == (["bob@example.com"], [])  # of whom else it names nothing
    eve = asked("eve", "action=run&workspace=default&task=asks").json
    assert (eve["allowed"], eve["level"], eve["rule"]["number"]) == (False, "view", 1)
    reader = asked("reader", "action=run&task=asks").json
    assert (reader["allowed"], reader["rule"]) == (False, None)
    assert "scopes workflows:read" in reader["because"]
    root = asked("root", "action=admin&task=asks").json
    assert (root["allowed"], root["because"]) == (True, "an administrator may do everything")
    of_ann = asked("root", "action=view&task=sleeps&user=ann@example.com").json
    assert (of_ann["allowed"], of_ann["rule"]["number"], of_ann["rule"]["groups"]) == (False, 3, ["ops"])
    assert asked("ann", "task=sleeps").status == asked("bob", "task=nothing").status == 404
    assert asked("bob", "task=asks&user=ann@example.com").status == 403
    assert asked("bob", "action=fly").status == asked("bob", "tsk=asks").status == 400


def test_an_open_server_lets_everybody_do_everything(serve):
    server = serve()
    assert server.get("/api/auth/can?action=admin&task=hello-world").json["because"].startswith("this server is open")
