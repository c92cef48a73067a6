"""What a list of jobs shows of each, and what it is narrowed by."""

from __future__ import annotations

import pytest
from running import Running


@pytest.fixture
def told(server: Running) -> dict[str, str]:
    """A job that failed, one that a trigger started, one that waits for a decision: their ids by task."""
    fired = server.post("/api/workspaces/default/triggers/nightly/fire", {}).json["job_id"]
    failed, asking = server.execute("failing"), server.execute("asking")
    server.until(asking, lambda job: job.steps["ask"].status.value == "suspended")
    server.finished(fired)
    server.finished(failed)
    return {"hello-world": fired, "failing": failed, "asking": asking}


def ids(server: Running, query: str) -> set[str]:
    return {row["job_id"] for row in server.get(f"/api/jobs?{query}").json}


def test_a_list_says_what_went_wrong_and_how_far_each_job_is(server, told):
    rows = {row["task_name"]: row for row in server.get("/api/jobs").json}
    failed, asking = rows["failing"], rows["asking"]
    assert failed["error_message"] == 'step "break" failed: Exit code: 3'
    assert server.get(f"/api/jobs/{told['failing']}").json["error_message"].endswith("Stderr: no")
    assert [failed[f"steps_{what}"] for what in ("total", "ended", "failed")] == [2, 2, 1]
    assert [asking[f"steps_{what}"] for what in ("total", "ended", "failed")] == [2, 0, 0]
    assert (asking["waiting_on"], failed["waiting_on"]) == ("approval", None)
    assert {row["task_name"]: row["trigger_name"] for row in rows.values()} == {
        "hello-world": "nightly",
        "failing": None,
        "asking": None,
    }


def test_a_list_is_narrowed_by_who_created_jobs_and_how_long_they_ran(server, told):
    rows = server.get("/api/jobs").json
    for actor in {row["created_by"] for row in rows}:
        assert ids(server, f"actor={actor}") == {row["job_id"] for row in rows if row["created_by"] == actor}
    assert ids(server, "trigger=nightly") == {told["hello-world"]}
    assert ids(server, "trigger=nightly&status=failed") == ids(server, "actor=nobody") == set()
    assert ids(server, "duration_over=0") == {told["hello-world"], told["failing"]}
    assert ids(server, "duration_over=1h30m") == set()


@pytest.mark.parametrize("query", ["duration_over=long", "duration_over=-1", "actors=ada"])
def test_a_filter_that_means_nothing_is_refused(server, query):
    assert server.get(f"/api/jobs?{query}").status == 400


def test_a_filter_of_many_operations_knows_the_same(server, told):
    chosen = {"operation": "retry", "filter": {"duration_over": "0s", "trigger": "nightly"}, "dry_run": True}
    assert server.post("/api/jobs/bulk", chosen).json["job_ids"] == []
    chosen["filter"] = {"duration_over": "0s", "actor": server.get("/api/jobs").json[0]["created_by"]}
    assert server.post("/api/jobs/bulk", chosen).json["job_ids"] == [told["failing"]]
