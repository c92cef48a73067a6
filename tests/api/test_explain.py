"""What an explanation says besides the job's own state: reasons of people, and who holds a group's place."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Running

GIT = {
    "PATH": "/usr/bin:/bin",
    **{f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}
PASSWORD = "correct horse battery"
DEFINITIONS = """\
tasks:
  one: {concurrency: {group: shared, limit: 1}, flow: {wait: {type: wait, event: go}}}
  two: {concurrency: {group: shared, limit: 1}, flow: {wait: {type: wait, event: go}}}
  asks: {flow: {ask: {type: approval}, then: {type: wait, event: go, depends_on: [ask]}}}
"""


def why(server: Running, job_id: str, step: str, headers: dict[str, str] | None = None) -> list[str]:
    """The same from both APIs."""
    native = {one["step_name"]: one for one in server.get(f"/api/jobs/{job_id}/explain", headers).json["steps"]}
    other = server.get(f"/v1/workflow-runs/{job_id}/explain?step_ref={step}", headers)
    assert other.status == 200, other
    return [native[step]["explanation"], str(other.json)]


def test_who_approved_and_why(serve: Callable[..., Running]) -> None:
    server = serve(DEFINITIONS)
    job_id = server.execute("asks")
    server.until(job_id, lambda job: job.steps["ask"].status == "suspended")
    server.post(f"/api/jobs/{job_id}/steps/ask/approve", {"reason": "all is green"})
    for text in why(server, job_id, "ask"):
        assert "it was approved by api: all is green" in text


def test_one_step_is_explained_alone(serve: Callable[..., Running]) -> None:
    server = serve(DEFINITIONS)
    job_id = server.execute("asks")
    server.until(job_id, lambda job: job.steps["ask"].status == "suspended")
    whole = server.get(f"/api/jobs/{job_id}/explain").json
    alone = server.get(f"/api/jobs/{job_id}/explain?step=then").json
    assert [each["step_name"] for each in whole["steps"]] == ["ask", "then"]
    assert alone == {**whole, "steps": whole["steps"][1:]}
    refused = server.get(f"/api/jobs/{job_id}/explain?step=asks")
    assert (refused.status, "ask" in str(refused.json)) == (404, True)


def test_who_holds_the_place_that_a_job_waits_for(serve: Callable[..., Running]) -> None:
    server = serve(DEFINITIONS)
    holder, waiter = server.execute("one"), server.execute("two")
    assert why(server, waiter, "wait")[0].endswith(f"runs 1 at once, held now by job {holder} of task 'one'")


@pytest.mark.parametrize("name", ["eve", "root"])
def test_a_holder_that_the_caller_may_not_see_is_not_named(serve: Callable[..., Running], name: str) -> None:
    settings = {
        "auth": {
            "jwt_secret": "s" * 40,
            "providers": {"internal": {"provider_type": "internal"}},
            "initial_user": {"email": "root@example.com", "password": PASSWORD},
        },
        "permissions": [{"workspace": "*", "action": "run", "tasks": ["two"]}],
    }
    server = serve(DEFINITIONS, settings)

    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    root = sign_in("root@example.com")
    server.post("/api/users", {"email": "eve@example.com", "password": PASSWORD}, root)
    path = "/api/workspaces/default/tasks/{}/execute"
    holder, waiter = (server.post(path.format(task), {}, root).json["job_id"] for task in ("one", "two"))
    for text in why(server, waiter, "wait", sign_in(f"{name}@example.com")):
        assert (holder in text) is (name == "root")
        assert ("a job that you may not see" in text) is (name == "eve")


def test_a_failure_says_what_changed_since_the_task_went_well(serve: Callable[..., Running], tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / ".workflows").mkdir(parents=True)

    def commit(cmd: str, subject: str) -> None:
        steps = {
            "test": {"type": "shell", "cmd": cmd},
            "ship": {"type": "sleep", "duration": "1s", "depends_on": ["test"]},
        }
        text = json.dumps({"tasks": {"t": {"flow": steps}}})
        (repository / ".workflows" / "a.yaml").write_text(text)
        for command in (("add", "."), ("commit", "-qm", subject)):
            subprocess.run(["git", *command], cwd=repository, check=True, env=GIT)

    subprocess.run(["git", "init", "-qb", "main"], cwd=repository, check=True, env=GIT)
    commit("true", "Begin")
    server = serve(settings={"workspaces": {"shop": {"type": "git", "url": str(repository)}}})
    path = "/api/workspaces/shop/tasks/t/execute"
    good = server.finished(server.post(path, {}).json["job_id"])
    commit("echo 1 of 3 tests failed >&2; exit 3", "Speed up tests")
    server.post("/api/workspaces/shop/refresh", {})
    failed = server.finished(server.post(path, {}).json["job_id"])
    assert (good["status"], failed["status"]) == ("completed", "failed")
    found = server.get(f"/api/jobs/{failed['job_id']}/explain").json
    assert found["summary"].startswith(
        "Failed: `test` exited 3 — 1 of 3 tests failed. `ship` was skipped. Last good run: "
    )
    ago_and_change = f" ago at {good['revision'][:7]}; 1 commit changed this task since: 'Speed up tests'."
    assert found["summary"].endswith(ago_and_change)
    assert found["because"] == [{"kind": "dependency", "step": "test", "value": "failed"}]


def test_who_holds_a_group_is_data_as_well(serve: Callable[..., Running]) -> None:
    server = serve(DEFINITIONS)
    holder, _, waiter = server.execute("one"), server.execute("two"), server.execute("two")
    found = server.get(f"/api/jobs/{waiter}/explain").json
    [cause] = found["because"]
    assert (cause["kind"], cause["expression"], cause["value"]) == ("limit", "shared", 1)
    assert (cause["holder_job"], cause["ahead"]) == (holder, 1)
