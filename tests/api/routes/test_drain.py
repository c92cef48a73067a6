"""A server that is drained takes nothing new, says so, finishes what runs, and stops."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PASSWORD = "correct horse battery"
FLOW = """
tasks:
  gated:
    flow:
      first: {{type: shell, cmd: 'cat {gate}'}}
      second: {{type: shell, cmd: 'echo second', depends_on: [first]}}
  quick: {{flow: {{a: {{type: shell, cmd: 'true'}}}}}}
triggers:
  called: {{type: webhook, name: called, task: quick}}
  nightly: {{type: scheduler, cron: "0 0 2 * * *", task: quick}}
"""
EXECUTE = "/api/workspaces/default/tasks/quick/execute"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A running step ends when something is written to it."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


def test_a_drained_server_takes_nothing_new_finishes_its_step_and_leaves_the_rest(serve, gate):
    server = serve(FLOW.format(gate=gate))
    job_id = server.execute("gated")
    server.until(job_id, lambda job: job.steps["first"].status == "running")
    ended = server.execute("quick")
    server.finished(ended)
    assert server.get("/api/drain").json["reason"] is None
    begun = server.post("/api/drain", {"timeout": "1h", "reason": "a new kernel"})
    assert (begun.status, begun.json["draining"], begun.json["running_steps"]) == (202, True, 1)
    server.post("/api/drain", {"timeout": "2h"})
    shown = server.get("/api/drain").json
    assert (shown["reason"], shown["by"], shown["until"]) == ("a new kernel", begun.json["by"], begun.json["until"])
    audited = [row["details"] for row in server.get("/api/audit").json if row["what"] == "server.drain"]
    assert audited == [{"timeout_s": "7200"}, {"timeout_s": "3600", "reason": "a new kernel"}]
    ready = server.get("/readyz")
    assert (ready.status, ready.json["checks"]["accepts_jobs"], ready.headers["Retry-After"]) == (
        503,
        "not ready",
        "30",
    )
    refused = [
        server.post(EXECUTE, {}),
        server.post("/hooks/called"),
        server.post("/api/workspaces/default/triggers/nightly/fire"),
        server.post(f"/api/jobs/{ended}/rerun"),
        server.post(f"/api/jobs/{ended}/retry", {"from": "start"}),
        server.post("/api/jobs/bulk", {"operation": "restart", "job_ids": [ended]}),
        server.request("POST", "/api/events", raw=b"{}"),
        server.post("/v1/workflows/default%2Fquick/trigger", {}),
    ]
    assert [reply.status for reply in refused] == [503] * len(refused), refused
    assert {reply.headers["Retry-After"] for reply in refused} == {"30"}
    assert refused[0].json["code"] == "draining"
    assert server.get(f"/api/jobs/{job_id}").json["status"] == "running"
    gate.write_text("go")
    server._thread.join(20)
    assert not server._thread.is_alive()
    again = serve(FLOW.format(gate=gate))
    detail = (
        again.finished(job_id) if again.service.app.orchestrator.job(job_id) else again.get(f"/api/jobs/{job_id}").json
    )
    assert (detail["status"], [step["attempt"] for step in detail["steps"]]) == ("completed", [1, 1])


def test_a_step_that_outlasts_the_timeout_is_ended(serve, gate):
    server = serve(FLOW.format(gate=gate))
    job_id = server.execute("gated")
    server.until(job_id, lambda job: job.steps["first"].status == "running")
    later, sooner = (server.post("/api/drain", {"timeout": text}).json["until"] for text in ("1h", "0s"))
    assert sooner < later
    server._thread.join(20)
    assert not server._thread.is_alive()
    again = serve(FLOW.format(gate=gate))
    detail = again.get(f"/api/jobs/{job_id}").json
    assert (detail["status"], "the server was stopped" in detail["steps"][0]["error_message"]) == ("failed", True)


def test_an_invalid_timeout_drains_nothing(serve):
    server = serve(FLOW.format(gate="x"))
    refused = server.post("/api/drain", {"timeout": "soon"})
    assert (refused.status, refused.json["details"][0]["field"]) == (400, "timeout")
    assert server.get("/api/drain").json["draining"] is False
    assert server.post(EXECUTE, {}).status == 200


def test_only_an_administrator_drains(serve):
    server = serve(
        FLOW.format(gate="x"),
        {
            "auth": {
                "jwt_secret": "s" * 40,
                "providers": {"internal": {"provider_type": "internal"}},
                "initial_user": {"email": "root@example.com", "password": PASSWORD},
            },
            "permissions": [{"workspace": "*", "action": "admin", "users": ["ada@example.com"]}],
        },
    )

    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    root = sign_in("root@example.com")
    server.post("/api/users", {"email": "ada@example.com", "password": PASSWORD}, root)
    ada = sign_in("ada@example.com")
    assert [server.post("/api/drain", None, who).status for who in (None, ada)] == [401, 403]
    assert server.get("/api/drain", ada).status == 403
    assert server.get("/api/drain", root).json["draining"] is False
