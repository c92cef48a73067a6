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
    assert {name: [each["because"] for each in rows] for name, rows in asked.items()} == {
        "root": ["it is for ops to decide; an administrator may do it for them, with a reason"],
        "ada": ["it is for ops to decide"],
        "bob": ["a requester of the job may not approve it, and bob@example.com is one"],
        "eve": [],
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


def test_many_approvals_are_decided_at_once_each_for_itself(who):
    server, headers = who
    execute = "/api/workspaces/default/tasks/asks/execute"
    job_id = server.post(execute, {}, headers["bob"]).json["job_id"]
    server.until(job_id, has("approval"))
    other = server.post("/api/workspaces/default/tasks/waits/execute", {}, headers["bob"]).json["job_id"]
    nowhere = "00000000-0000-7000-8000-000000000000"
    wanted = [
        {"job_id": nowhere, "step_name": "ask"},
        {"job_id": job_id, "step_name": "aks"},
        {"job_id": other, "step_name": "w"},
        {"job_id": job_id.upper(), "step_name": "ask", "reason": "looks good"},
        {"job_id": job_id, "step_name": "ask"},
    ]
    refused = server.post("/api/approvals", {"decisions": wanted[3:4]}, headers["bob"]).json["results"]
    assert [(one["ok"], one["code"]) for one in refused] == [(False, "forbidden")]
    unseen = server.post("/api/approvals", {"decisions": wanted[3:4]}, headers["eve"]).json["results"]
    assert [(one["ok"], one["code"]) for one in unseen] == [(False, "not_found")]
    results = server.post("/api/approvals", {"decisions": wanted}, headers["ada"]).json["results"]
    assert [(one["job_id"], one["step_name"], one["ok"], one.get("code")) for one in results] == [
        (nowhere, "ask", False, "not_found"),
        (job_id, "aks", False, "not_found"),
        (other, "w", False, "conflict"),
        (job_id, "ask", True, None),
        (job_id, "ask", False, "conflict"),
    ]
    server.finished(job_id, headers["root"])
    made = server.get("/api/audit?limit=1", headers["root"]).json[0]
    assert (made["actor"], made["what"]) == ("ada@example.com", "approvals.decide")
    assert (made["details"]["job"], made["details"]["reason"]) == (job_id, "looks good")


@pytest.mark.parametrize("body", [{}, {"decisions": []}, {"decisions": [{"job_id": "x", "step_name": "a"}]}])
def test_decisions_that_name_nothing_are_refused(who, body):
    server, headers = who
    assert server.post("/api/approvals", body, headers["ada"]).status == 400
