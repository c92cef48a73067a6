"""Concurrency groups: who holds a place, who waits, in which order, why, and who may see it."""

from __future__ import annotations

from typing import Any

import pytest
from running import Running

PASSWORD = "correct horse battery"
DEFINITIONS = """\
tasks:
  open-door:
    input: {env: {type: string, default: prod}}
    concurrency: {group: "door {{ input.env }}"}
    flow: {ask: {type: approval, message: "Ship it?"}}
  hidden-door:
    concurrency: {group: door prod}
    flow: {ask: {type: approval, message: "Ship it?"}}
  hidden-window:
    concurrency: {group: window}
    flow: {ask: {type: approval, message: "Ship it?"}}
"""
SETTINGS: dict[str, Any] = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [{"workspace": "default", "tasks": ["open-*"], "action": "run", "users": ["eve@example.com"]}],
}


@pytest.fixture
def server(serve) -> Running:
    return serve(DEFINITIONS)


def begun(server: Running, task: str, **more: Any) -> str:
    job_id = server.execute(task, **more)
    server.until(job_id, lambda job: job.steps["ask"].status == "suspended")
    return job_id


def test_a_queue_is_in_the_order_in_which_its_jobs_begin_and_says_why_each_waits(server):
    holder = begun(server, "open-door")
    late, urgent, later = (server.execute("open-door", priority=priority) for priority in (0, 5, 0))
    [group] = server.get("/api/concurrency").json
    assert (group["workspace"], group["group"], group["limit"]) == ("default", "door prod", 1)
    assert (group["held"], group["waiting"], group["hidden"]) == (1, 3, 0)
    assert [(job["job_id"], job["status"], job["cancelling"]) for job in group["holders"]] == [
        (holder, "running", False)
    ]
    assert [(job["job_id"], job["position"], job["reason"]) for job in group["queue"]] == [
        (urgent, 1, "1 of 1 places is taken"),
        (late, 2, "1 of 1 places is taken, and 1 job goes before it"),
        (later, 3, "1 of 1 places is taken, and 2 jobs go before it"),
    ]
    server.post(f"/api/jobs/{holder}/cancel")
    server.finished(holder)
    server.until(urgent, lambda job: job.status == "running")
    [group] = server.get("/api/concurrency").json
    assert [job["job_id"] for job in group["holders"]] == [urgent]
    assert [job["job_id"] for job in group["queue"]] == [late, later]


def test_groups_are_paged_and_filtered_by_workspace(server):
    for env in ("b", "a"):
        begun(server, "open-door", given={"env": env})
    assert [group["group"] for group in server.get("/api/concurrency").json] == ["door a", "door b"]
    assert [group["group"] for group in server.get("/api/concurrency?limit=1&offset=1").json] == ["door b"]
    assert server.get("/api/concurrency?workspace=other").json == []
    assert len(server.get("/api/concurrency?workspace=default").json) == 2
    assert server.get("/api/concurrency?group=door").status == 400


def test_jobs_that_may_not_be_seen_are_counted_and_not_named(serve):
    server = serve(DEFINITIONS, SETTINGS)

    def sign_in(email: str, password: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": password})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    def execute(task: str, headers: dict[str, str]) -> str:
        return server.post(f"/api/workspaces/default/tasks/{task}/execute", {}, headers).json["job_id"]

    root = sign_in("root@example.com", PASSWORD)
    server.post("/api/users", {"email": "eve@example.com", "password": "eve's password"}, root)
    eve = sign_in("eve@example.com", "eve's password")
    hidden = execute("hidden-door", root)
    server.until(hidden, lambda job: job.steps["ask"].status == "suspended")
    also_hidden, seen = execute("hidden-door", root), execute("open-door", eve)
    execute("hidden-window", root)

    reply = server.get("/api/concurrency", eve)
    [group] = reply.json
    assert (group["group"], group["held"], group["waiting"], group["hidden"]) == ("door prod", 1, 1 + 1, 2)
    assert group["holders"] == []
    assert [(job["job_id"], job["position"]) for job in group["queue"]] == [(seen, 2)]
    for secret in (hidden, also_hidden, "hidden-door", "window"):
        assert secret not in reply.body.decode()
    assert [group["group"] for group in server.get("/api/concurrency", root).json] == ["door prod", "window"]
    assert server.get("/api/concurrency").status == 401


def test_a_job_whose_process_has_ended_has_no_turn(server):
    begun(server, "open-door")
    waiting = server.execute("open-door")
    import sqlite3

    with sqlite3.connect(server.state / "gitflow.db") as database:  # as a process leaves it that was killed
        database.execute("UPDATE job SET owner_id = 'run-gone' WHERE id = ?", [waiting])
    [group] = server.get("/api/concurrency").json
    [job] = group["queue"]
    assert (job["position"], job["reason"].partition(";")[0]) == (None, "the process that made it has ended")
