"""What jobs wait for: the list by that, and the decisions that are asked of people."""

from __future__ import annotations

from typing import Any

import pytest
from running import Running

PASSWORD = "correct horse battery"
DEFINITIONS = """\
tasks:
  asks:
    concurrency: {group: one}
    flow:
      ask: {type: approval, message: "Ship it?", approvers: [ops], approvers_exclude_requester: true, timeout: 1h}
      go: {type: shell, cmd: "true", depends_on: [ask]}
  waits: {flow: {w: {type: wait, event: go}}}
  sleeps: {flow: {s: {type: sleep, duration: 1h}}}
  outer: {flow: {inner: {type: task, task: waits}}}
  retries: {flow: {r: {type: shell, cmd: "false", retry: {max_attempts: 2, delay: 1h}}}}
  tagged: {flow: {t: {type: shell, cmd: "true", tags: [nowhere]}}}
  narrow:
    max_parallel_steps: 1
    flow: {a: {type: shell, cmd: "sleep 60"}, b: {type: shell, cmd: "true"}, c: {type: wait, event: go}}
"""
SETTINGS: dict[str, Any] = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [
        {"workspace": "default", "action": "run", "users": ["ada@example.com", "bob@example.com"]},
        {"workspace": "default", "tasks": ["waits"], "action": "run", "users": ["eve@example.com"]},
    ],
}
WORDS = ("approval", "event", "timer", "child", "retry", "dependencies", "worker", "slot", "pause", "group")


def has(word: str) -> Any:
    from gitflow.core.machine.outstanding import waiting_on

    return lambda job: any(waiting_on(job, run) == word for run in job.steps.values())


def waiting(server: Running, word: str) -> set[str]:
    return {row["job_id"] for row in server.get(f"/api/jobs?waiting_on={word}").json}


def test_the_list_finds_the_jobs_whose_steps_say_that_they_wait_for_it(serve):
    server = serve(DEFINITIONS)
    until = {"asks": "approval", "waits": "event", "sleeps": "timer", "outer": "child", "retries": "retry"}
    until |= {"tagged": "worker", "narrow": "slot"}
    for task, word in until.items():
        server.until(server.execute(task), has(word))
    paused = server.execute("tagged")
    server.until(paused, has("worker"))
    server.post(f"/api/jobs/{paused}/pause")
    queued = server.execute("asks")
    ended = server.execute("waits")
    server.until(ended, has("event"))
    server.post(f"/api/jobs/{ended}/cancel")
    server.finished(ended)
    told: dict[str, set[str]] = {word: set() for word in WORDS}
    told["group"] = {queued}
    as_a_whole: dict[str, set[str]] = {}
    for row in server.get("/api/jobs?status=pending&status=running&status=paused").json:
        job = server.get(f"/api/jobs/{row['job_id']}").json
        assert row["waiting_on"] == job["waiting_on"]  # as the store finds it, and as the core says
        as_a_whole.setdefault(job["task_name"], set()).add(job["waiting_on"])
        for step in job["steps"]:
            if step["waiting_on"]:
                told[step["waiting_on"]].add(row["job_id"])
    assert {word: waiting(server, word) for word in WORDS} == told
    assert all(told.values())
    assert as_a_whole == {
        "asks": {"approval", "group"},
        "waits": {"event"},
        "sleeps": {"timer"},
        "outer": {"child"},
        "retries": {"retry"},
        "tagged": {"worker", "pause"},
        "narrow": {None},
    }


def test_an_unknown_word_is_refused(serve):
    server = serve(DEFINITIONS)
    assert server.get("/api/jobs?waiting_on=godot").status == 400


@pytest.fixture
def who(serve) -> tuple[Running, dict[str, dict[str, str]]]:
    server = serve(DEFINITIONS, SETTINGS)

    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    found = {"root": sign_in("root@example.com")}
    for name, groups in {"ada": ["ops"], "bob": [], "eve": ["ops"]}.items():
        body = {"email": f"{name}@example.com", "password": PASSWORD, "groups": groups}
        server.post("/api/users", body, found["root"])
        found[name] = sign_in(f"{name}@example.com")
    return server, found


def test_approvals_say_what_is_asked_of_whom_and_whether_the_caller_may_decide(who):
    server, headers = who
    execute = "/api/workspaces/default/tasks/asks/execute"
    job_id = server.post(execute, {}, headers["bob"]).json["job_id"]
    server.until(job_id, has("approval"))
    asked = {name: server.get("/api/approvals", header).json for name, header in headers.items()}
    assert {name: [each["may_decide"] for each in rows] for name, rows in asked.items()} == {
        "root": [True],
        "ada": [True],
        "bob": [False],
        "eve": [],  # who may not see the task learns nothing
    }
    (row,) = asked["ada"]
    assert (row["job_id"], row["step_name"], row["approval"]["message"]) == (job_id, "ask", "Ship it?")
    assert (row["approvers"], row["excludes_requester"], row["requested_by"]) == (["ops"], True, ["bob@example.com"])
    assert row["expires_at"] > row["since"]
    assert server.get("/api/approvals").status == 401
    server.post(f"/api/jobs/{job_id}/steps/ask/approve", {}, headers["ada"])
    assert server.get("/api/approvals", headers["root"]).json == []


def test_an_approver_who_asked_for_the_job_may_not_decide_it(who):
    server, headers = who
    job_id = server.post("/api/workspaces/default/tasks/asks/execute", {}, headers["ada"]).json["job_id"]
    server.until(job_id, has("approval"))
    (row,) = server.get("/api/approvals", headers["ada"]).json
    assert row["may_decide"] is False
    assert server.post(f"/api/jobs/{job_id}/steps/ask/approve", {}, headers["ada"]).status == 403
