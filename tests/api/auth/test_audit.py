"""What the audit trail says of operations on jobs: of which, why, and by which filter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from running import Running

from gitflow.core.values import MASK

DEFINITIONS = """\
tasks:
  waits: {flow: {wait: {type: wait, event: go}}}
  asks: {flow: {ask: {type: approval, input: {pin: {type: string, secret: true}}}}}
  secret: {input: {word: {type: string, secret: true}}, flow: {wait: {type: wait, event: go}}}
  done: {flow: {say: {type: shell, cmd: "true"}}}
"""


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    return share(DEFINITIONS)


def waiting(server: Running, task: str = "waits", **more: Any) -> str:
    job_id = server.execute(task, **more)
    server.until(job_id, lambda job: any(run.status == "suspended" for run in job.steps.values()))
    return job_id


def audit(server: Running, what: str) -> list[dict[str, Any]]:
    """Newest first."""
    rows: list[dict[str, Any]] = server.get(f"/api/audit?what={what}").json
    assert rows, server.get("/api/audit").json
    return rows


def words(server: Running) -> str:
    """The word of the newest row."""
    return server.get("/api/audit?limit=1").json[0]["what"]


def test_a_cancel_says_why(server: Running) -> None:
    job_id = waiting(server)
    assert server.post(f"/api/jobs/{job_id}/cancel", {"reason": "wrong branch"}).status == 200
    [row] = server.get(f"/api/audit?subject={job_id}").json
    assert row["details"] == {"reason": "wrong branch"}
    assert row["actor"] == "api"


def test_steps_say_why_and_how_they_were_decided_and_not_what_was_filled_in(server: Running) -> None:
    job_id = waiting(server, "asks")
    body = {"approved": True, "reason": "checked", "input": {"pin": "1234567890"}}
    assert server.post(f"/api/jobs/{job_id}/steps/ask/approve", body).status == 200
    [row] = server.get(f"/api/audit?subject={job_id}/ask").json
    assert row["details"] == {"reason": "checked", "approved": "true"}


def test_what_was_refused_leaves_no_row(server: Running) -> None:
    job_id = server.execute("done")
    server.finished(job_id)
    assert server.post(f"/api/jobs/{job_id}/cancel", {"reason": "too late"}).status == 409
    assert server.get(f"/api/audit?subject={job_id}").json == []


def test_a_reason_shows_no_secret_of_the_job(server: Running) -> None:
    job_id = waiting(server, "secret", given={"word": "hunter2-hunter2"})
    other = waiting(server, "secret", given={"word": "other2-other2"})
    body = {"operation": "cancel", "job_ids": [other], "reason": "not other2-other2"}
    assert server.post("/api/jobs/bulk", body).status == 200
    assert audit(server, words(server))[0]["details"]["reason"] == f"not {MASK}"
    assert server.post(f"/api/jobs/{job_id}/cancel", {"reason": "not hunter2-hunter2"}).status == 200
    [row] = server.get(f"/api/audit?subject={job_id}").json
    assert row["details"] == {"reason": f"not {MASK}"}


def test_a_bulk_by_filter_says_filter_jobs_and_reason(server: Running) -> None:
    jobs = {waiting(server, labels={"team": "core"}) for _ in range(3)}
    body = {"operation": "cancel", "filter": {"labels": {"team": "core"}}, "reason": "an incident"}
    assert server.post("/api/jobs/bulk", {**body, "dry_run": True}).status == 200
    before = server.get("/api/audit").json
    assert server.post("/api/jobs/bulk", body).status == 200
    row = audit(server, words(server))[0]
    assert row["id"] not in {one["id"] for one in before}
    assert set(row["details"].pop("jobs").split()) == jobs
    assert row["details"] == {
        "operation": "cancel",
        "filter": '{"labels": {"team": "core"}}',
        "reason": "an incident",
    }


def test_ids_that_a_filter_found_are_shown_with_it(server: Running) -> None:
    job_id = waiting(server)
    body = {"operation": "cancel", "job_ids": [job_id], "filter": {"task_name": "done", "workspace": "default"}}
    assert len(server.post("/api/jobs/bulk", body).json["results"]) == 1
    details = audit(server, words(server))[0]["details"]
    assert details["jobs"] == job_id
    assert '"task_name": "done"' in details["filter"]


def test_a_bulk_by_ids_says_which_refused(server: Running) -> None:
    good, ended = waiting(server), server.execute("done")
    server.finished(ended)
    server.post("/api/jobs/bulk", {"operation": "cancel", "job_ids": [good, ended]})
    row = audit(server, words(server))[0]
    assert row["details"] == {"operation": "cancel", "jobs": good, "refused": ended}


def test_a_large_bulk_has_a_row_for_each_commit(server: Running) -> None:
    jobs = [server.execute("waits", labels={"many": "1"}) for _ in range(27)]
    server.post("/api/jobs/bulk", {"operation": "cancel", "job_ids": jobs})
    rows = audit(server, words(server))[:2]
    assert sorted(id for row in rows for id in row["details"]["jobs"].split()) == sorted(jobs)


def test_a_retry_says_which_job_it_made(server: Running) -> None:
    job_id = server.execute("done")
    server.finished(job_id)
    made = server.post(f"/api/jobs/{job_id}/retry", {"from": "start"}).json["job_id"]
    [row] = server.get(f"/api/audit?subject={job_id}").json
    assert row["details"] == {"new_job": made}


def test_bulks_of_other_apis_name_each_job(server: Running) -> None:
    one, other = waiting(server), waiting(server)
    reply = server.post("/v1/workflow-runs/bulk-cancel/", {"workflow_run_ids": [one, other]})
    assert reply.status == 200, reply
    rows = audit(server, words(server))[:2]
    assert {row["details"]["job"] for row in rows} == {one, other}
    assert {row["details"]["operation"] for row in rows} == {"cancel"}
