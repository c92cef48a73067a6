"""The same job seen through all five APIs is one story, and what is done through one is seen at once in the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from running import Running

from gitflow.core.status import StepStatus

#: ``last`` runs until the file is there, and ends as that says.
DEFINITIONS = """\
tasks:
  life:
    concurrency: {group: one, limit: 1}
    input: {name: {type: string, default: World}}
    flow:
      first: {type: shell, cmd: 'echo "OUTPUT: {\\"to\\": \\"{{ input.name }}\\"}"'}
      ask: {type: approval, message: go?, depends_on: [first]}
      last:
        type: shell
        cmd: |
          until [ -e FOLDER/end ]; do sleep 0.02; done
          exit "$(cat FOLDER/end)"
        depends_on: [ask]
"""

#: State of the job -> how the native API, workflow runs, Cloudflare Workflows, and jobs-triggers-connections say it.
WORDS = {
    "queued": ("pending", "pending", "queued", "queued"),
    "running": ("running", "running", "running", "running"),
    "waiting": ("running", "running", "waiting", "running"),
    "paused": ("paused", "paused", "paused", "running"),
    "failed": ("failed", "failed", "errored", "failed"),
    "retried": ("failed", "failed", "errored", "retried"),
    "completed": ("completed", "completed", "complete", "succeeded"),
    "cancelled": ("cancelled", "canceled", "terminated", "cancelled"),
}

#: The same of steps; there Cloudflare Workflows says only whether it went well.
STEP_WORDS = {
    "pending": ("waiting", None, "queued"),
    "ready": ("pending", None, "queued"),
    "running": ("running", None, "running"),
    "suspended": ("waiting", None, "waiting"),
    "completed": ("completed", True, "succeeded"),
    "failed": ("failed", False, "failed"),
    "skipped": ("skipped", True, "skipped"),
    "cancelled": ("canceled", False, "cancelled"),
}

CLOUDFLARE = "/client/v4/accounts/default/workflows/life/instances"


@pytest.fixture
def server(serve: Callable[..., Running], tmp_path: Path) -> Running:
    return serve(DEFINITIONS.replace("FOLDER", str(tmp_path)))


@pytest.fixture
def end(tmp_path: Path) -> Callable[[int | None], None]:
    """Lets ``last`` end with this code; None: let it run."""

    def write(code: int | None) -> None:
        (tmp_path / "end").unlink(missing_ok=True)
        if code is not None:
            (tmp_path / "next").write_text(str(code))
            (tmp_path / "next").rename(tmp_path / "end")

    return write


def get(server: Running, path: str) -> Any:
    reply = server.get(path)
    assert reply.status == 200, reply
    return reply.json


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


class Story:
    """One job, as each API tells it."""

    def __init__(self, server: Running, job_id: str) -> None:
        self.server = server
        self.native = get(server, f"/api/jobs/{job_id}")
        self.run = get(server, f"/v1/workflow-runs/{job_id}")
        self.runs_steps = {one["step_ref"]: one for one in get(server, f"/v1/workflow-runs/{job_id}/steps")}
        self.instance = get(server, f"{CLOUDFLARE}/{job_id}")["result"]
        self.job = get(server, f"/v2/jobs/{job_id}")
        self.job_steps = {one["name"]: one for one in get(server, f"/v2/jobs/{job_id}/steps")}
        self.steps = {one["step_name"]: one for one in self.native["steps"]}
        self.is_open = self.native["completed_at"] is None

    @property
    def words(self) -> tuple[str, ...]:
        return self.native["status"], self.run["status"], self.instance["status"], self.job["status"]

    def hold(self) -> None:
        self.hold_names()
        self.hold_times()
        self.hold_values()
        self.hold_lists()
        for name in self.steps:
            self.hold_step(name)
        self.hold_place()
        self.hold_messages()

    def hold_names(self) -> None:
        assert {self.run["id"], self.instance["job_id"], self.job["job_id"]} == {self.native["job_id"]}
        assert self.run["workflow_id"] == f"{self.native['workspace']}/{self.job['name']}" == "default/life"
        assert self.run["workflow_version_id"] == self.instance["versionId"] == self.job["version_uid"]
        workflow = get(self.server, "/client/v4/accounts/default/workflows/life")["result"]
        assert workflow["id"] == self.job["workflow_uid"]
        assert self.run.get("retry_of_run_id") == self.native["retry_of_job_id"]
        assert (self.job["group_id"] == self.native["job_id"]) is (self.native["retry_of_job_id"] is None)

    def hold_times(self) -> None:
        counts = {
            "created": (self.native["created_at"], self.run["created_at"], self.instance["queued"]),
            "started": (self.native["started_at"], self.run.get("started_at"), self.instance["start"]),
            "ended": (self.native["completed_at"], self.run.get("finished_at"), self.instance["end"]),
        }
        for what, times in counts.items():
            assert len({moment(one) for one in times}) == 1, (what, times)
        assert moment(self.job["created_at"]) == moment(self.native["created_at"])
        assert moment(self.job["ended_at"]) == moment(self.native["completed_at"])

    def hold_values(self) -> None:
        given = self.native["input"]
        assert self.run["payload"] == self.instance["params"] == self.job["context"]["data"]["$start_message"] == given
        message = self.native["error_message"]
        assert self.run.get("error") == message
        wrong = message if self.native["status"] == "failed" else None  # there, a cancelled one has no error
        assert (self.instance["error"] or {}).get("message") == wrong
        is_well = None if self.is_open else self.native["status"] == "completed"
        assert self.instance["success"] is is_well
        if is_well:
            output = self.instance["output"]
            assert (json.loads(output) if isinstance(output, str) and output else output or None) == self.native[
                "output"
            ]

    def hold_lists(self) -> None:
        """Every list has it where it stands."""
        native, run, instance, job = self.words
        lists = (
            [one["job_id"] for one in get(self.server, f"/api/jobs?status={native}")],
            [one["id"] for one in get(self.server, f"/v1/workflow-runs?project_id=default&status={run}")],
            [one["id"] for one in get(self.server, f"{CLOUDFLARE}?status={instance}")["result"]],
            [one["job_id"] for one in get(self.server, f"/v2/jobs?status={job}")["jobs"]],
        )
        assert all(self.native["job_id"] in ids for ids in lists), lists

    def hold_step(self, name: str) -> None:
        step, of_run, of_job = self.steps[name], self.runs_steps[name], self.job_steps[name]
        run, is_well, job = STEP_WORDS[step["status"]]
        assert (of_run["status"], of_job["status"]) == (run, job)
        assert of_run["workflow_step_id"] == of_job["step_uid"]
        began = step["started_at"] or step["suspended_at"]
        assert moment(of_run.get("started_at")) == moment(of_job["started_at"]) == moment(began)
        assert moment(of_run.get("finished_at")) == moment(of_job["ended_at"]) == moment(step["completed_at"])
        assert of_run.get("output") == of_job["output"] == step["output"]
        of_instance = [one for one in self.instance["steps"] if one.get("name") == f"{name}-1"]
        if step["attempts"]:
            [found] = of_instance
            assert moment(found["start"]) == moment(began)
            assert moment(found["end"]) == moment(step["completed_at"])
            assert found["success"] is is_well
            assert len(found["attempts"]) == len(step["attempts"])

    def hold_place(self) -> None:
        """Where it stands, and what has led there."""
        names = {"": "", **{one["step_uid"]: name for name, one in self.job_steps.items()}}
        data = self.job["context"]["data"]
        led_to = {names[path["to_step_uid"]] for path in self.job["traversed_paths"]}
        begun = {name for name, step in self.steps.items() if step["attempt"] or step["status"] == "ready"}
        assert led_to == begun
        ended = {name for name, step in self.steps.items() if step["status"] in ("completed", "failed")}
        assert {name for name in self.steps if name in data} == ended
        assert {names[uid] for uid in self.job["next_step_uids"]} == {
            name for name, step in self.steps.items() if step["status"] == "ready"
        }
        failed = [name for name, step in self.steps.items() if step["status"] == "failed"]
        assert [self.job.get("failed_step_name")] == (failed or [None])

    def hold_messages(self) -> None:
        """Each output that a step of this job gave is a message."""
        agents = {one["name"]: one for one in get(self.server, "/api/v1/agents")}
        for name, step in self.steps.items():
            messages = get(self.server, f"/api/v1/agents/{agents[name]['id']}/messages")
            assert agents[name]["messages_count"] == len(messages)
            at = moment(step["completed_at"])
            if at is not None and at < moment(self.native["created_at"]):
                continue  # carried over: the job before this one gave it
            gave = step["status"] == "completed" and step["output"] is not None
            found = [one for one in messages if moment(one["created_at"]) == at]
            assert len(found) == gave
            for one in found:
                assert (one["expires_at"] is None) is self.is_open
                assert get(self.server, f"/api/v1/messages/{one['id']}")["payload"] == step["output"]


def tells(server: Running, job_id: str, state: str) -> None:
    story = Story(server, job_id)
    assert story.words == WORDS[state]
    story.hold()


def waits(server: Running, job_id: str) -> None:
    server.until(job_id, lambda job: job.steps["ask"].status is StepStatus.SUSPENDED)


def runs(server: Running, job_id: str) -> None:
    server.until(job_id, lambda job: job.steps["last"].status is StepStatus.RUNNING)


def good(reply: Any) -> Any:
    assert reply.status in (200, 201, 202, 204), reply
    return reply.json if reply.body else None


def test_a_whole_life_is_one_story(server: Running, end: Callable[[int | None], None]) -> None:
    one = good(server.post("/v2/workflows/life/events", {"name": "Ann"}))["job_id"]
    waits(server, one)
    tells(server, one, "waiting")
    two = good(server.post("/v1/workflows/default/life/trigger", {"payload": {"name": "Bob"}}))["id"]
    tells(server, two, "queued")

    good(server.request("PATCH", f"{CLOUDFLARE}/{one}/status", {"status": "pause"}))
    tells(server, one, "paused")
    good(server.post(f"/v1/workflow-runs/{one}/resume"))
    tells(server, one, "waiting")
    good(server.post(f"/api/jobs/{one}/steps/ask/approve", {}))
    runs(server, one)
    tells(server, one, "running")
    end(3)
    server.finished(one)
    tells(server, one, "failed")

    waits(server, two)
    tells(server, two, "waiting")
    three = good(server.post(f"/v1/workflow-runs/{one}/retry"))["id"]
    tells(server, one, "retried")
    tells(server, three, "queued")
    end(0)
    good(server.post(f"/v1/workflow-runs/{two}/steps/ask/approve", {}))
    server.finished(two)
    tells(server, two, "completed")
    server.finished(three)
    tells(server, three, "completed")
    tells(server, one, "retried")
    assert Story(server, three).job["group_id"] == one


@pytest.mark.parametrize("through", ["native", "workflow runs", "cloudflare"])
def test_a_cancel_through_any_is_a_cancel_in_all(server: Running, through: str) -> None:
    job_id = server.execute("life")
    waits(server, job_id)
    asked = {
        "native": ("POST", f"/api/jobs/{job_id}/cancel", {}),
        "workflow runs": ("DELETE", f"/v1/workflow-runs/{job_id}", None),
        "cloudflare": ("PATCH", f"{CLOUDFLARE}/{job_id}/status", {"status": "terminate"}),
    }
    good(server.request(*asked[through]))
    server.finished(job_id)
    tells(server, job_id, "cancelled")


@pytest.mark.parametrize("through", ["native", "workflow runs", "cloudflare", "komand"])
def test_a_job_that_is_made_through_any_is_there_in_all(server: Running, through: str) -> None:
    asked = {
        "native": ("/api/workspaces/default/tasks/life/execute", {"input": {"name": "Ann"}}, ("job_id",)),
        "workflow runs": ("/v1/workflows/default/life/trigger", {"payload": {"name": "Ann"}}, ("id",)),
        "cloudflare": (CLOUDFLARE, {"params": {"name": "Ann"}}, ("result", "id")),
        "komand": ("/v2/trigger/life/events", {"name": "Ann"}, None),
    }
    path, body, names = asked[through]
    made = good(server.post(path, body))
    for name in names or ():
        made = made[name]
    [listed] = get(server, "/api/jobs")
    assert names is None or get(server, f"{CLOUDFLARE}/{made}")["result"]["job_id"] == listed["job_id"]
    waits(server, listed["job_id"])
    assert Story(server, listed["job_id"]).words == WORDS["waiting"]
