"""Statistics of a task's jobs: together, one by one, by step and by revision."""

from __future__ import annotations

import pytest

STATS = "/api/workspaces/default/tasks/{}/stats"
FLOWS = """\
tasks:
  asking:
    flow:
      ask: {type: approval, message: "Go?"}
      many: {type: shell, cmd: "true", for_each: [a, b, c], depends_on: [ask]}
      last: {type: shell, cmd: "true", depends_on: [many]}
"""


def test_a_task_tells_how_its_jobs_fared(server):
    made = [server.execute() for _ in range(2)]
    for job_id in made:
        server.finished(job_id)
    stats = server.get(STATS.format("hello-world")).json
    assert (stats["jobs"], stats["by_status"]["completed"]) == (2, 2)
    assert 0 < stats["duration_seconds"]["p50"] <= stats["duration_seconds"]["p95"]
    assert [job["job_id"] for job in stats["series"]] == made[::-1]
    assert [job["status"] for job in stats["series"]] == ["completed"] * 2
    [step] = stats["by_step"]
    assert (step["step_name"], step["runs"]) == ("say-hello", 2)
    assert 0 < step["duration_seconds"]["p50"] <= stats["duration_seconds"]["p95"]
    assert server.get(STATS.format("none")).status == 404


def test_the_time_in_which_a_step_waits_for_a_person_is_no_run_time(serve):
    server = serve(FLOWS)
    job_id = server.execute("asking")
    server.until(job_id, lambda job: job.steps["ask"].status == "suspended")
    assert server.post(f"/api/jobs/{job_id}/steps/ask/approve").status == 200
    job = server.finished(job_id)
    stats = server.get(STATS.format("asking")).json
    assert [(step["step_name"], step["runs"]) for step in stats["by_step"]] == [("ask", 1), ("many", 3), ("last", 1)]
    ask, many, _ = stats["by_step"]
    assert ask["duration_seconds"] == {"p50": 0.0, "p95": 0.0}
    assert ask["wait_seconds"]["p50"] > 0
    assert many["duration_seconds"]["p50"] > 0
    assert stats["series"][0]["revision"] == job["revision"]


def test_each_revision_has_figures_of_its_own(server):
    first = server.finished(server.execute())
    server.write((server.folder / ".workflows/a.yaml").read_text() + "  # changed\n")
    assert server.refresh()
    others = [server.finished(server.execute()) for _ in range(2)]
    old, new = first["revision"], others[0]["revision"]
    assert old != new
    found = server.get(STATS.format("hello-world")).json["by_revision"]
    assert [(each["revision"], each["jobs"]) for each in found] == [(new, 2), (old, 1)]
    assert found[0]["first_created_at"] == others[0]["created_at"]
    assert found[0]["last_created_at"] == others[1]["created_at"]
    assert found[1]["duration_seconds"]["p50"] > 0
    assert found[0]["commit"] is None


def test_the_jobs_are_bounded_by_a_time_and_by_numbers(server):
    jobs = [server.finished(server.execute()) for _ in range(3)]
    path = STATS.format("hello-world")
    since = server.get(f"{path}?since={jobs[1]['created_at']}").json
    assert [job["job_id"] for job in since["series"]] == [jobs[2]["job_id"], jobs[1]["job_id"]]
    assert since["by_step"][0]["runs"] == 2
    assert [job["job_id"] for job in server.get(f"{path}?series=1").json["series"]] == [jobs[2]["job_id"]]
    assert server.get(f"{path}?last=1").json["by_step"][0]["runs"] == 1
    future = server.get(f"{path}?since=2100-01-01T00:00:00Z").json
    assert (future["jobs"], future["series"], future["by_step"]) == (0, [], [])
    assert future["duration_seconds"] == {"p50": None, "p95": None}


@pytest.mark.parametrize("query", ["since=yesterday", "series=1001", "last=0", "sinse=2026-01-01"])
def test_a_wrong_parameter_is_refused(server, query):
    reply = server.get(f"{STATS.format('hello-world')}?{query}")
    assert (reply.status, reply.json["details"][0]["field"]) == (400, query.partition("=")[0])
