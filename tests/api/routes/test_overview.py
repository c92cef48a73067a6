"""What is known across workspaces: tasks with their last jobs, coming fires, and counts of jobs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import TIMEOUT_S, Running

from gitflow.stores.registry import open_stores

FLOW = """\
tasks:
  good: {folder: a/b, flow: {s: {type: shell, cmd: "true"}}, labels: {owner: core}}
  bad: {folder: a, flow: {s: {type: shell, cmd: "exit 1"}}}
  never: {flow: {s: {type: shell, cmd: "true"}}}
  waits: {flow: {s: {type: wait, event: go}}}
triggers:
  hourly: {type: scheduler, cron: "0 0 * * * *", task: good}
  later: {type: scheduler, cron: "0 30 * * * *", task: good, timezone: Europe/Berlin}
  off: {type: scheduler, cron: "0 0 * * * *", task: never, enabled: false}
  stopped: {type: scheduler, cron: "0 15 * * * *", task: bad}
  hook: {type: webhook, name: h, task: waits}
"""


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    server = share(FLOW)
    for task, times in (("good", 3), ("bad", 2)):
        for _ in range(times):
            server.finished(server.execute(task))
    job_id = server.execute("waits")
    server.until(job_id, lambda job: job.steps["s"].status.value == "suspended")
    server.post("/api/workspaces/default/triggers/stopped/suspend", {})
    return server


def rows(server: Running, query: str = "") -> dict[str, dict[str, Any]]:
    reply = server.get(f"/api/tasks{query}")
    assert reply.status == 200, reply
    return {row["name"]: row for row in reply.json}


def test_a_task_has_its_last_jobs_and_durations(server: Running) -> None:
    found = rows(server)
    assert list(found) == ["never", "waits", "bad", "good"]  # in the order of their folders
    good = found["good"]
    ids = [job["job_id"] for job in server.get("/api/jobs?workspace=default&task_name=good").json]
    assert [job["job_id"] for job in good["last_jobs"]] == ids
    took = sorted(job["duration"] for job in good["last_jobs"])
    assert good["p50"] == pytest.approx(took[1], abs=1e-5)
    assert good["p95"] == pytest.approx(took[2], abs=1e-5)
    assert (good["trigger_types"], good["labels"]) == (["scheduler"], {"owner": "core"})
    assert [job["status"] for job in found["bad"]["last_jobs"]] == ["failed", "failed"]
    assert found["bad"]["p50"] is None
    assert found["waits"]["last_jobs"][0]["duration"] is None
    assert (found["never"]["last_jobs"], found["never"]["trigger_types"]) == ([], [])


def test_the_next_run_is_that_of_the_schedule_that_fires_first(server: Running) -> None:
    found = rows(server)
    runs = {
        name: server.get(f"/api/workspaces/default/triggers/{name}").json["next_runs"][0]
        for name in ("hourly", "later")
    }
    assert found["good"]["next_run"] in runs.values()
    assert found["bad"]["next_run"] is None  # it is suspended
    assert found["never"]["next_run"] is None  # it is disabled


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?failing=1", ["bad"]),
        ("?never_ran=1", ["never"]),
        ("?folder=a", ["bad", "good"]),
        ("?folder=a/b/", ["good"]),
        ("?folder=b", []),
        ("?workspace=default&limit=500", ["never", "waits", "bad", "good"]),
        ("?workspace=elsewhere", []),
    ],
)
def test_filters_leave_what_they_name(server: Running, query: str, names: list[str]) -> None:
    assert list(rows(server, query)) == names


def test_pages_go_on_at_their_cursor(server: Running) -> None:
    found, path = [], "/api/tasks?limit=1"
    while path:
        reply = server.get(path)
        found += [row["name"] for row in reply.json]
        path = reply.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert found == ["never", "waits", "bad", "good"]
    for wrong in ("x", "WzFd", "%25"):
        assert server.get(f"/api/tasks?cursor={wrong}").status == 400


def git(server: Running, *words: str) -> str:
    names = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    done = subprocess.run(["git", *names, *words], cwd=server.folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def changes(server: Running) -> dict[str, Any]:
    """The last change of each task, once all have been looked up; an answer waits for that a moment."""
    until = time.monotonic() + TIMEOUT_S
    while not all((found := {name: row["changed_by"] for name, row in rows(server).items()}).values()):
        assert time.monotonic() < until
    return found


def test_a_task_is_changed_by_the_last_commit_of_its_files(serve: Callable[..., Running]) -> None:
    server = serve('tasks: {one: {flow: {s: {type: shell, cmd: "true"}}}}\n')
    git(server, "init", "-q")
    server.write('tasks: {two: {flow: {s: {type: shell, cmd: "true"}}}}\n', ".workflows/b.yaml")
    git(server, "add", ".")
    git(server, "commit", "-q", "-m", "both")
    server.refresh()
    assert [change["subject"] for change in changes(server).values()] == ["both", "both"]
    server.write('tasks: {two: {flow: {s: {type: shell, cmd: "false"}}}}\n', ".workflows/b.yaml")
    git(server, "commit", "-q", "-am", "another")
    server.refresh()
    found = changes(server)
    assert (found["one"]["subject"], found["two"]["subject"]) == ("both", "another")
    assert found["two"]["revision"] == git(server, "rev-parse", "HEAD")


def test_fires_of_all_schedules_are_merged_in_their_order(server: Running) -> None:
    found = server.get("/api/fires").json
    assert {fire["trigger_name"] for fire in found} == {"hourly", "later"}
    assert len(found) == 24
    from datetime import datetime

    times = [datetime.fromisoformat(fire["at"]) for fire in found]
    assert times == sorted(times)
    assert [fire["at"] for fire in found if fire["trigger_name"] == "later"][:5] == server.get(
        "/api/workspaces/default/triggers/later"
    ).json["next_runs"]
    assert len(server.get("/api/fires?limit=3").json) == 3
    assert server.get("/api/fires?workspace=elsewhere").json == []
    assert server.get("/api/fires?until=2000-01-01T00:00:00Z").json == []
    assert server.get("/api/fires?until=2100-01-01T00:00:00Z").status == 400


def test_jobs_are_counted_by_state_and_by_task(server: Running) -> None:
    by_status = {row["status"]: row["jobs"] for row in server.get("/api/jobs/counts").json}
    assert {name: jobs for name, jobs in by_status.items() if jobs} == {"completed": 3, "failed": 2, "running": 1}
    by_task = {row["task_name"]: row for row in server.get("/api/jobs/counts?by=task_name").json}
    assert {name: row["jobs"] for name, row in by_task.items()} == {"good": 3, "bad": 2, "waits": 1}
    assert by_task["good"]["by_status"] == {"completed": 3}
    newest = server.get("/api/jobs?limit=1").json[0]["created_at"]
    since = newest.replace("+", "%2B")
    assert sum(row["jobs"] for row in server.get(f"/api/jobs/counts?since={since}").json) <= 6
    assert sum(row["jobs"] for row in server.get("/api/jobs/counts?since=2100-01-01T00:00:00Z").json) == 0
    assert sum(row["jobs"] for row in server.get("/api/jobs/counts?workspace=default&task_name=bad").json) == 2
    assert server.get("/api/jobs/counts?task_name=bad").status == 400
    assert server.get("/api/jobs/counts?by=colour").status == 400


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["make", "move", "delete"]),
        st.integers(0, 5),
        st.sampled_from(["pending", "running", "completed", "failed"]),
        st.integers(0, 60) | st.integers(0, 3 * 86_400),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(moves=MOVES, since=st.none() | st.integers(-10, 4 * 86_400))
def test_counts_are_those_of_the_jobs_whatever_happened(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int, str, int]], since: int | None
) -> None:
    stores = open_stores(str(tmp_path_factory.mktemp("counts")))
    try:
        driver = stores.reports._driver  # type: ignore[attr-defined]
        for what, number, status, at in moves:
            values = {"id": f"job-{number}", "status": status, "at": float(at), "task": f"t{number % 2}"}
            if what == "make":
                driver.execute(
                    "INSERT INTO job (id, workspace, revision, task_name, mode, input, source_type, depth, created_at, "
                    "status, version, open_steps, busy_steps, priority, attempt, reopened) VALUES (:id, 'w', 'r', "
                    ":task, 'local', '{}', 'api', 0, :at, :status, 0, 0, 0, 0, 1, 0) ON CONFLICT DO NOTHING",
                    values,
                )
            elif what == "move":
                driver.execute("UPDATE job SET status = :status WHERE id = :id", values)
            else:
                driver.execute("DELETE FROM job WHERE id = :id", values)
        expected = driver.query(
            "SELECT workspace, task_name, status, count(*) AS jobs FROM job WHERE created_at >= :since "
            "GROUP BY workspace, task_name, status",
            {"since": -1 if since is None else since},
        )
        found = stores.reports.job_counts(since)
        assert {(row.workspace, row.task_name, row.status): row.jobs for row in found} == {
            (row["workspace"], row["task_name"], row["status"]): row["jobs"] for row in expected
        }
        (left,) = driver.query("SELECT count(*) AS rows FROM job_count WHERE jobs < 0", {})
        assert left["rows"] == 0
    finally:
        stores.close()
