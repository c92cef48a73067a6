"""A rerun: a new, unrelated job with the input of another, edited as asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from running import Running

PASSWORD = "correct horse battery"
OLD = """\
tasks:
  greet:
    labels: {team: red}
    input:
      name: {type: string, default: World}
      count: {type: integer, default: 1}
    flow:
      say: {type: shell, cmd: "echo old {{ input.name }} {{ input.count }}"}
      tell: {type: shell, cmd: "cat note", depends_on: [say]}
  deploy:
    input: {target: {type: string, default: test}}
    flow:
      ask: {type: approval, message: go?}
  hooked:
    flow: {a: {type: shell, cmd: "true"}}
    on_success: [{action: note}]
actions:
  note: {type: shell, cmd: "true"}
"""
NEW = (
    OLD.replace("echo old", "echo new")
    .replace("count: {type: integer, default: 1}", "many: {type: integer}")
    .replace("input.count", "input.many")
)
SETTINGS: dict[str, Any] = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [
        {"workspace": "*", "action": "run", "users": ["ada@example.com"]},
        {"workspace": "*", "action": "view", "users": ["eve@example.com"]},
    ],
}


def ended_job(server: Running, **more: Any) -> str:
    server.write("one", "note")
    server.refresh()
    job_id = server.execute("greet", {"name": "Ada"}, **more)
    server.finished(job_id)
    return job_id


def rerun(server: Running, job_id: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    reply = server.post(f"/api/jobs/{job_id}/rerun", body, headers)
    assert reply.status == 201, reply
    return server.finished(reply.json["job_id"], headers)


def said(server: Running, job: Any) -> list[str]:
    lines = server.get(f"/api/jobs/{job['job_id']}/logs?format=text").json["logs"]
    return [line.rpartition("| ")[2] for line in lines.splitlines()]


def test_a_rerun_is_unrelated_and_keeps_input_labels_and_priority(serve):
    server = serve(OLD)
    before = ended_job(server, labels={"ticket": "7"}, priority=5)
    job = rerun(server, before)
    assert (job["input"], job["priority"]) == ({"name": "Ada", "count": 1}, 5)
    assert job["labels"] == {"team": "red", "ticket": "7"}
    assert (job["retry_of_job_id"], job["parent_job_id"], job["source_type"]) == (None, None, "api")


def test_a_rerun_belongs_to_no_backfill_and_to_no_search_for_a_commit(serve):
    server = serve(OLD)
    searched = rerun(server, ended_job(server, labels={"bisect": "one"}, priority=5))
    filled = rerun(server, ended_job(server, labels={"backfill": "one", "ticket": "7"}, priority=5))
    assert (searched["labels"], searched["priority"]) == ({"team": "red"}, 5)
    assert (filled["labels"], filled["priority"]) == ({"team": "red", "ticket": "7"}, 0)


def test_a_rerun_of_a_folders_job_has_the_definitions_and_files_that_the_job_keeps(serve):
    server = serve(OLD)
    before = ended_job(server)
    server.write(NEW)
    server.write("two", "note")
    server.refresh()
    job = rerun(server, before, {"input": {"count": 2}})
    assert job["revision"] == server.get(f"/api/jobs/{before}").json["revision"]
    assert any("old Ada 2" in line for line in said(server, job))
    assert any(line.endswith("one") for line in said(server, job))


def test_the_latest_definition_is_used_where_it_is_asked_for_and_null_removes_a_value(serve):
    server = serve(OLD)
    before = ended_job(server)
    server.write(NEW)
    server.write("two", "note")
    server.refresh()
    refused = server.post(f"/api/jobs/{before}/rerun", {"revision": "latest"})
    assert (refused.status, "count: is not a known field" in refused.json["error"]) == (400, True)
    job = rerun(server, before, {"revision": "latest", "input": {"count": None}, "text_input": {"many": "3"}})
    assert job["input"] == {"name": "Ada", "many": 3}
    assert any("new Ada 3" in line for line in said(server, job))


def test_a_wrong_input_is_refused_field_by_field(serve):
    server = serve(OLD)
    before = ended_job(server)
    refused = server.post(f"/api/jobs/{before}/rerun", {"text_input": {"count": "many", "x": "1"}})
    assert refused.status == 400
    assert [each["field"] for each in refused.json["details"]] == ["count", "x"]


def test_the_same_idempotency_key_gives_the_same_rerun(serve):
    server = serve(OLD)
    before = ended_job(server)
    made = [server.post(f"/api/jobs/{before}/rerun", None, {"Idempotency-Key": "k"}).json for _ in range(2)]
    assert made[0] == made[1]


def test_a_job_of_a_hook_is_not_rerun(serve):
    server = serve(OLD)
    job_id = server.execute("hooked")
    server.finished(job_id)
    hook = server.get(f"/api/jobs?parent_job_id={job_id}").json[0]["job_id"]
    server.finished(hook)
    refused = server.post(f"/api/jobs/{hook}/rerun")
    assert (refused.status, refused.json["code"]) == (409, "conflict")


@pytest.fixture
def who(serve: Callable[..., Running]) -> tuple[Running, dict[str, dict[str, str]]]:
    server = serve(OLD, SETTINGS)

    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    found = {"root": sign_in("root@example.com")}
    for name in ("ada", "eve", "mallory"):
        server.post("/api/users", {"email": f"{name}@example.com", "password": PASSWORD}, found["root"])
        found[name] = sign_in(f"{name}@example.com")
    return server, found


def test_only_who_may_run_the_task_reruns_its_job(who):
    server, headers = who
    job_id = server.post("/api/workspaces/default/tasks/greet/execute", {}, headers["root"]).json["job_id"]
    asked = {name: server.post(f"/api/jobs/{job_id}/rerun", None, headers[name]).status for name in headers}
    assert asked == {"root": 201, "ada": 201, "eve": 403, "mallory": 404}


def test_another_input_at_an_old_revision_takes_an_administrator(who):
    """Without edits it is what the job's own retry would run."""
    server, headers = who
    job_id = server.post("/api/workspaces/default/tasks/greet/execute", {}, headers["root"]).json["job_id"]
    server.finished(job_id, headers["root"])
    server.write(NEW)
    server.refresh()
    edited = {"input": {"name": "Eve"}}
    path = f"/api/jobs/{job_id}/rerun"
    assert [server.post(path, body, headers["ada"]).status for body in (None, edited)] == [201, 403]
    assert server.post(path, edited, headers["root"]).status == 201
