"""The published API, field by field: the examples of its page, and what the running server answers."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

#: The examples of the page, as they stand there.
WORKSPACES = (
    """[{"name": "default", "tasks_count": 3, "actions_count": 5, "triggers_count": 1, "revision": "abc123"}]"""
)
TASKS = """[{"name": "hello-world", "workspace": "default", "mode": "distributed", "has_triggers": true}]"""
TASK = """
{
  "name": "hello-world",
  "mode": "distributed",
  "input": {"name": { "type": "string", "default": "World" }},
  "flow": {"say-hello": {"action": "greet", "input": { "name": "{{ input.name }}" }}},
  "triggers": [
    {
      "name": "nightly",
      "type": "scheduler",
      "cron": "0 0 2 * * *",
      "task": "hello-world",
      "enabled": true,
      "input": {},
      "next_runs": ["2026-02-19T02:00:00+00:00"]
    }
  ]
}
"""
EXECUTED = """{"job_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890"}"""
TRIGGERS = """
[{
  "name": "nightly", "type": "scheduler", "cron": "0 0 2 * * *", "task": "nightly-backup", "enabled": true,
  "input": { "env": "production" }, "next_runs": ["2026-02-19T02:00:00+00:00"]
}]
"""
JOBS = """
[{
  "job_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
  "workspace": "default",
  "task_name": "hello-world",
  "mode": "distributed",
  "status": "completed",
  "source_type": "api",
  "source_id": null,
  "created_at": "2025-02-10T12:00:00Z",
  "started_at": "2025-02-10T12:00:01Z",
  "completed_at": "2025-02-10T12:00:03Z"
}]
"""
JOB = """
{
  "job_id": "a1b2c3d4-...",
  "workspace": "default",
  "task_name": "hello-world",
  "status": "completed",
  "input": { "name": "World" },
  "steps": [
    {
      "step_name": "say-hello",
      "action_name": "greet",
      "action_type": "shell",
      "runner": "local",
      "input": { "name": "World" },
      "output": { "greeting": "Hello World" },
      "status": "completed",
      "worker_id": "w1w2w3w4-...",
      "started_at": "2025-02-10T12:00:01Z",
      "completed_at": "2025-02-10T12:00:02Z",
      "error_message": null
    }
  ]
}
"""
LOGS = r"""
{"logs": "{\"ts\":\"...\",\"stream\":\"stdout\",\"step\":\"say-hello\",\"line\":\"Hello World\"}\n"}
"""

#: What differs from one run to the next: only its kind is compared.
VARIES = ("revision", "job_id", "worker_id", "next_runs", "ts", "created_at", "started_at", "completed_at")
COUNTS = ("tasks_count", "actions_count", "triggers_count")


def hold(example: object, answered: object, at: str = "") -> None:
    """Every field of the example is in the answer, of the same kind, and the same where it does not vary."""
    if isinstance(example, dict):
        assert isinstance(answered, dict), at
        for name, value in example.items():
            assert name in answered, f"{at}.{name} is missing"
            if name in VARIES or name in COUNTS:
                assert type(answered[name]) is type(value), f"{at}.{name}"
            else:
                hold(value, answered[name], f"{at}.{name}")
    elif isinstance(example, list):
        assert isinstance(answered, list), at
        assert answered, at
        hold(example[0], answered[0], f"{at}[0]")
    else:
        assert answered == example, at


def test_workspaces(server):
    hold(json.loads(WORKSPACES), server.get("/api/workspaces").json)


def test_tasks_tell_a_folder_only_where_there_is_one(server):
    listed = server.get("/api/workspaces/default/tasks").json
    hold(json.loads(TASKS), listed)
    assert [(task["name"], task.get("folder"), task["has_triggers"]) for task in listed] == [
        ("hello-world", "basics", True),
        ("failing", None, False),
        ("asking", None, False),
        ("waiting", None, False),
    ]


def test_a_task_with_its_flow_and_the_next_runs_of_its_triggers(server):
    detail = server.get("/api/workspaces/default/tasks/hello-world").json
    example = json.loads(TASK)
    example["triggers"][0]["input"] = {"name": "night"}
    hold(example, detail)
    runs = [datetime.fromisoformat(run) for run in detail["triggers"][0]["next_runs"]]
    assert len(runs) == 5
    assert runs == sorted(runs)
    assert all((run.hour, run.minute, run.second) == (2, 0, 0) for run in runs)
    assert detail["triggers"][0]["next_runs"][0].endswith("+00:00")


def test_triggers(server):
    example = json.loads(TRIGGERS)
    example[0] |= {"task": "hello-world", "input": {"name": "night"}}
    hold(example, server.get("/api/workspaces/default/triggers").json)


def test_a_job_is_executed_and_listed_and_its_log_is_there(server):
    url = "/api/workspaces/default/tasks/hello-world/execute"
    executed = server.post(url, {"input": {"name": "World"}})
    assert executed.status == 200
    hold(json.loads(EXECUTED), executed.json)
    job_id = executed.json["job_id"]
    hold(json.loads(JOB), server.finished(job_id))
    (listed,) = server.get("/api/jobs").json
    hold(json.loads(JOBS), [listed])
    assert all(listed[name].endswith("Z") for name in ("created_at", "started_at", "completed_at"))
    logs = server.get(f"/api/jobs/{job_id}/logs")
    hold(json.loads(LOGS).keys(), logs.json.keys())
    line, _ = [json.loads(line) for line in logs.json["logs"].splitlines()]
    assert list(line)[:4] == ["ts", "stream", "step", "line"]
    hold(json.loads(json.loads(LOGS)["logs"]), line)
    step = server.get(f"/api/jobs/{job_id}/steps/say-hello/logs").json["logs"]
    assert step == logs.json["logs"]
    assert server.get(f"/api/jobs/{job_id}/steps/_server/logs").status == 200


def test_a_body_may_be_missing(server):
    server.finished(server.request("POST", "/api/workspaces/default/tasks/hello-world/execute").json["job_id"])


@pytest.mark.parametrize("path", ["/api/users", "/api/workers"])
def test_users_and_workers_are_paged(server, path):
    assert server.get(f"{path}?limit=1&offset=1").json == []
    assert server.get(f"{path}?limit=0").status == 400
    assert server.get(f"{path}/00000000-0000-7000-8000-000000000000").status == 404


def test_jobs_are_filtered_and_paged(server):
    ids = [server.execute("failing", labels={"n": str(number)}) for number in range(3)]
    for job_id in ids:
        server.finished(job_id)
    newest_first = ids[::-1]

    def listed(query: str) -> list[str]:
        return [job["job_id"] for job in server.get(f"/api/jobs?{query}").json]

    assert listed("") == newest_first
    assert listed("limit=1&offset=1") == newest_first[1:2]
    assert listed("workspace=default&task_name=failing") == newest_first
    assert listed("workspace=default&task_name=other") == listed("workspace=other") == listed("status=completed") == []
    assert listed("status=failed&source_type=api") == newest_first
    assert listed("label=n=1") == ids[1:2]
    assert listed(f"search={ids[0]}") == ids[:1]
    assert listed("created_before=2020-01-01T00:00:00Z") == []
    assert listed("created_after=2020-01-01T00:00:00%2B01:00") == newest_first


def test_pages_lead_to_the_next_one_and_the_whole_is_counted(server):
    ids = [server.execute("failing") for _ in range(3)]
    for job_id in ids:
        server.finished(job_id)
    first = server.get("/api/jobs?limit=2&count=true&workspace=default")
    assert first.headers["X-Total-Count"] == "3"
    following = first.headers["Link"].removesuffix('>; rel="next"').removeprefix("<")
    second = server.get(following)
    assert [job["job_id"] for job in first.json + second.json] == ids[::-1]
    assert "Link" not in second.headers


def test_definitions_and_ended_jobs_have_an_etag(server):
    job_id = server.execute()
    server.finished(job_id)
    for path in ("/api/workspaces/default/tasks", "/api/workspaces/default/tasks/hello-world", f"/api/jobs/{job_id}"):
        etag = server.get(path).headers["ETag"]
        again = server.get(path, {"If-None-Match": f'"other", W/{etag}'})
        assert (again.status, again.body) == (304, b"")
        assert server.get(path, {"If-None-Match": '"other"'}).status == 200


def test_a_wrong_input_names_each_field(server):
    reply = server.post("/api/workspaces/default/tasks/hello-world/execute", {"input": {"name": [3], "nam": "x"}})
    assert reply.status == 400
    assert {detail["field"] for detail in reply.json["details"]} == {"name", "nam"}
