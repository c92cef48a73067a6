"""What an explanation says besides the job's own state: reasons of people, and who holds a group's place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from running import Running

PASSWORD = "correct horse battery"
DEFINITIONS = """\
tasks:
  one: {concurrency: {group: shared, limit: 1}, flow: {wait: {type: wait, event: go}}}
  two: {concurrency: {group: shared, limit: 1}, flow: {wait: {type: wait, event: go}}}
  asks: {flow: {ask: {type: approval}, then: {type: wait, event: go, depends_on: [ask]}}}
"""


def why(server: Running, job_id: str, step: str, headers: dict[str, str] | None = None) -> list[str]:
    """The same from both APIs."""
    native = {one["step_name"]: one for one in server.get(f"/api/jobs/{job_id}/explain", headers).json}
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
