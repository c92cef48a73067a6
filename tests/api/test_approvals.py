"""Approvals on a server with accounts: what people with and without the right to one can do, in every API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from running import Running

PASSWORD = "correct horse battery"
PEOPLE = {"ada": ["approvers"], "bob": ["approvers"], "eve": []}
DEFINITIONS = """\
actions:
  ask: {type: approval, message: go?, approvers: [approvers]}
tasks:
  deploy:
    flow:
      ask: {action: ask}
      build: {type: shell, cmd: "true", depends_on: [ask]}
      ship: {type: shell, cmd: "true", depends_on: [build]}
  four-eyes:
    flow:
      ask: {type: approval, approvers: [approvers], approvers_exclude_requester: true}
  parent:
    flow:
      child: {type: task, task: four-eyes}
triggers:
  by-hand: {type: scheduler, cron: "0 0 1 1 *", task: four-eyes}
  after: {type: event, "on": {task: first, status: [completed]}, task: four-eyes}
""".replace("tasks:\n", 'tasks:\n  first: {flow: {a: {type: shell, cmd: "true"}}}\n')
SETTINGS: dict[str, Any] = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [{"workspace": "*", "action": "run"}],
}


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    return share(DEFINITIONS, SETTINGS)


def sign_in(server: Running, email: str) -> dict[str, str]:
    reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
    assert reply.status == 200, reply
    return {"Authorization": f"Bearer {reply.json['access_token']}"}


@pytest.fixture(scope="module")
def who(server: Running) -> dict[str, dict[str, str]]:
    """The header of each: an administrator, two approvers, a runner, and keys of theirs."""
    found = {"root": sign_in(server, "root@example.com")}
    for name, groups in PEOPLE.items():
        body = {"email": f"{name}@example.com", "password": PASSWORD, "groups": groups}
        assert server.post("/api/users", body, found["root"]).status == 201
        found[name] = sign_in(server, f"{name}@example.com")
    for name, owner, body in (
        ("ada's key", "ada", {"name": "ada-ci"}),
        ("root's machine", "root", {"name": "machine", "standalone": True}),
    ):
        made = server.post("/api/auth/api-keys", body, found[owner])
        assert made.status == 201, made
        found[name] = {"Authorization": f"Bearer {made.json['key']}"}
    return found


def execute(server: Running, headers: dict[str, str], task: str = "deploy") -> str:
    reply = server.post(f"/api/workspaces/default/tasks/{task}/execute", {}, headers)
    assert reply.status == 200, reply
    return waiting(server, reply.json["job_id"])


def waiting(server: Running, job_id: str, step: str = "ask") -> str:
    server.until(job_id, lambda job: job.steps[step].status.value == "suspended")
    return job_id


def step(server: Running, headers: dict[str, str], job_id: str, name: str, operation: str, **body: Any) -> Any:
    return server.post(f"/api/jobs/{job_id}/steps/{name}/{operation}", body, headers)


def statuses(server: Running, job_id: str, headers: dict[str, str]) -> dict[str, str]:
    detail = server.get(f"/api/jobs/{job_id}", headers).json
    return {one["step_name"]: one["status"] for one in detail["steps"]}


def tried(server: Running, job_id: str, headers: dict[str, str]) -> list[str]:
    """The steps that have begun."""
    return [one["step_name"] for one in server.get(f"/api/jobs/{job_id}", headers).json["steps"] if one["attempts"]]


def audited(server: Running, who: dict[str, dict[str, str]], job_id: str) -> list[dict[str, Any]]:
    rows = server.get(f"/api/audit?what=approval.overridden&subject={job_id}/ask", who["root"]).json
    assert isinstance(rows, list)
    return rows


# Without the right

#: What eve tries at the approval itself: the path below the job, and the body.
AT_THE_APPROVAL = {
    "approve": ("/api/jobs/{}/steps/ask/approve", {}),
    "approve with a reason": ("/api/jobs/{}/steps/ask/approve", {"reason": "I want to"}),
    "skip": ("/api/jobs/{}/steps/ask/skip", {"reason": "I want to"}),
    "complete": ("/api/jobs/{}/steps/ask/complete", {"result": {"approved": True}, "reason": "I want to"}),
    "other API: approve": ("/v1/workflow-runs/{}/steps/ask/approve", {"approver": "ada", "reason": "I want to"}),
    "other API: skip": ("/v1/workflow-runs/{}/steps/ask/skip", {"reason": "I want to"}),
    "other API: force-complete": ("/v1/workflow-runs/{}/steps/ask/force-complete", {"result": 1, "reason": "so"}),
}


@pytest.mark.parametrize(("path", "body"), AT_THE_APPROVAL.values(), ids=AT_THE_APPROVAL)
def test_a_runner_cannot_end_an_approval(server: Running, who: Any, path: str, body: Any) -> None:
    job_id = execute(server, who["eve"])
    reply = server.post(path.format(job_id), body, who["eve"])
    assert reply.status == 403, reply
    assert "approvers" in str(reply.json)
    assert statuses(server, job_id, who["eve"]) == {"ask": "suspended", "build": "pending", "ship": "pending"}


@pytest.mark.parametrize("given", [{"by": {"may_override": True}}, {"groups": ["approvers"]}, {"rights": {}}])
@pytest.mark.parametrize("operation", ["skip", "complete", "approve"])
def test_nobody_gives_themselves_rights_in_a_body(server: Running, who: Any, operation: str, given: Any) -> None:
    job_id = execute(server, who["eve"])
    reply = step(server, who["eve"], job_id, "ask", operation, reason="so", **given)
    assert reply.status in (400, 403), reply
    assert server.post(f"/v1/workflow-runs/{job_id}/steps/ask/skip", given, who["eve"]).status == 403


@pytest.mark.parametrize("first", ["skip", "complete"])
@pytest.mark.parametrize("then", [None, "retry", "replay", "skip", "complete"])
def test_a_runner_cannot_pass_an_approval_by_what_stands_behind_it(
    server: Running, who: Any, first: str, then: str | None
) -> None:
    job_id = execute(server, who["eve"])
    assert step(server, who["eve"], job_id, "build", first).status == 200
    if then is not None:
        step(server, who["eve"], job_id, "build" if then in ("retry", "replay") else "ship", then)
        step(server, who["eve"], job_id, "ship", then)
    found = statuses(server, job_id, who["eve"])
    assert found["ask"] == "suspended"
    assert found["ship"] in ("pending", "skipped", "completed")
    assert tried(server, job_id, who["eve"]) == ["ask"]
    assert step(server, who["ada"], job_id, "ask", "approve", approved=False).status == 200
    assert server.finished(job_id, who["eve"])["status"] == "failed"
    assert tried(server, job_id, who["eve"]) == ["ask"]


@pytest.mark.parametrize("operation", ["retry", "replay"])
def test_what_stands_behind_a_rejected_approval_is_not_retried(server: Running, who: Any, operation: str) -> None:
    job_id = execute(server, who["eve"])
    step(server, who["ada"], job_id, "ask", "approve", approved=False, reason="not today")
    server.finished(job_id, who["eve"])
    reply = step(server, who["eve"], job_id, "build", operation)
    assert reply.status == 409
    assert 'it depends on "ask", which failed' in reply.json["error"]


# With the right


def test_an_approver_needs_no_reason_and_leaves_no_row_of_an_override(server: Running, who: Any) -> None:
    job_id = execute(server, who["eve"])
    assert step(server, who["ada"], job_id, "ask", "skip").status == 200
    assert server.finished(job_id, who["eve"])["status"] == "completed"
    assert audited(server, who, job_id) == []


@pytest.mark.parametrize("operation", ["skip", "complete", "approve"])
@pytest.mark.parametrize("api", ["native", "workflow runs"])
def test_an_administrator_overrides_with_a_reason_which_is_audited(
    server: Running, who: Any, operation: str, api: str
) -> None:
    job_id = execute(server, who["eve"])
    path = f"/api/jobs/{job_id}/steps/ask/{operation}"
    if api != "native":
        path = f"/v1/workflow-runs/{job_id}/steps/ask/{operation.replace('complete', 'force-complete')}"
    reply = server.post(path, {}, who["root"])
    assert reply.status == (409 if api == "native" else 403), reply
    assert "must give a reason" in str(reply.json)
    assert audited(server, who, job_id) == []
    assert server.post(path, {"reason": "ada is on leave"}, who["root"]).status == 200
    assert server.finished(job_id, who["root"])["status"] == "completed"
    [row] = audited(server, who, job_id)
    assert (row["actor"], row["workspace"]) == ("root@example.com", "default")
    assert row["details"] == {"operation": operation, "reason": "ada is on leave"}
    assert (row["address"], row["api_key"]) == ("127.0.0.1", None)
    events = [row["what"] for row in server.get(f"/api/jobs/{job_id}/events", who["root"]).json]
    assert "approval.overridden" in events


def test_an_override_with_a_key_names_the_key(server: Running, who: Any) -> None:
    made = server.post("/api/auth/api-keys", {"name": "root-ci"}, who["root"])
    job_id = execute(server, who["eve"])
    key = {"Authorization": f"Bearer {made.json['key']}"}
    assert step(server, key, job_id, "ask", "approve", reason="an incident").status == 200
    assert [row["api_key"] for row in audited(server, who, job_id)] == ["root-ci"]


# Who asked for the job


def approve(server: Running, headers: dict[str, str], job_id: str) -> Any:
    return step(server, headers, job_id, "ask", "approve", reason="it is fine")


def test_nobody_approves_their_own_job(server: Running, who: Any) -> None:
    job_id = execute(server, who["ada"], "four-eyes")
    for operation in ("approve", "skip", "complete"):
        reply = step(server, who["ada"], job_id, "ask", operation, reason="it is mine")
        assert reply.status == 403, reply
        assert "cannot be decided by a requester of the job" in reply.json["error"]
    assert approve(server, who["ada's key"], job_id).status == 403
    assert approve(server, who["bob"], job_id).status == 200


@pytest.mark.parametrize(("starter", "other"), [("ada's key", "ada"), ("root's machine", "root"), ("root", "root")])
def test_a_key_and_its_owner_are_one_person(server: Running, who: Any, starter: str, other: str) -> None:
    job_id = execute(server, who[starter], "four-eyes")
    assert approve(server, who[other], job_id).status == 403
    assert approve(server, who["bob"], job_id).status == 200


def test_a_job_begun_by_somebody_else_is_ones_own_once_retried_or_restarted(server: Running, who: Any) -> None:
    job_id = execute(server, who["eve"], "four-eyes")
    assert server.post(f"/api/jobs/{job_id}/restart", {}, who["ada"]).status == 200
    waiting(server, job_id)
    assert approve(server, who["ada"], job_id).status == 403
    assert server.post(f"/api/jobs/{job_id}/cancel", {}, who["ada"]).status == 200
    server.finished(job_id, who["ada"])
    again = server.post(f"/api/jobs/{job_id}/retry", {}, who["eve"]).json["job_id"]
    waiting(server, again)
    assert approve(server, who["ada"], again).status == 403
    assert approve(server, who["bob"], again).status == 200


def test_what_restarts_many_jobs_asks_for_each(server: Running, who: Any) -> None:
    job_id = execute(server, who["eve"], "four-eyes")
    server.post("/api/jobs/bulk", {"operation": "restart", "job_ids": [job_id]}, who["root's machine"])
    waiting(server, job_id)
    assert approve(server, who["root"], job_id).status == 403


def test_who_begins_a_parent_asks_for_its_child(server: Running, who: Any) -> None:
    reply = server.post("/api/workspaces/default/tasks/parent/execute", {}, who["ada"])
    parent = server.until(reply.json["job_id"], lambda job: job.steps["child"].child_job_id is not None)
    child = waiting(server, parent.steps["child"].child_job_id or "")
    assert approve(server, who["ada"], child).status == 403
    assert approve(server, who["bob"], child).status == 200


def test_who_fires_a_trigger_asks_for_its_job(server: Running, who: Any) -> None:
    fired = server.post("/api/workspaces/default/triggers/by-hand/fire", {}, who["ada"])
    job_id = waiting(server, fired.json["job_id"])
    assert approve(server, who["ada"], job_id).status == 403
    assert approve(server, who["bob"], job_id).status == 200


def test_who_begins_a_job_asks_for_what_its_end_triggers(server: Running, who: Any) -> None:
    reply = server.post("/api/workspaces/default/tasks/first/execute", {}, who["ada"])
    server.finished(reply.json["job_id"], who["ada"])
    job_id = waiting(server, server.opened("four-eyes", "after").id)
    assert approve(server, who["ada"], job_id).status == 403
    assert approve(server, who["bob"], job_id).status == 200
