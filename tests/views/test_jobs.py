"""The shapes that clients of the API read, field by field."""

import json

import pytest

from gitflow.core.jobs.events import HistoryEntry, JobAdmitted, StepClaimed, StepDecided
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import new_job, plan_task
from gitflow.core.language.sources import SourceFile
from gitflow.core.logs import LogLine
from gitflow.core.machine.machine import advance
from gitflow.core.record import replace
from gitflow.core.status import JobStatus
from gitflow.definitions.loader import load
from gitflow.runtime.operations.bulk import Result
from gitflow.stores.protocols.jobs import AttemptRow, JobRow
from gitflow.views import history, jobs, logs

TEXT = """
actions:
  greet: {type: shell, cmd: echo hi, input: {name: {type: string}}}
tasks:
  hello:
    input: {name: {type: string, default: World}, key: {type: string, secret: true}}
    flow:
      say-hello: {action: greet, input: {name: x}}
      shout: {type: python, name: Shout it, code: pass, depends_on: [say-hello]}
"""

ROW = JobRow(
    "id", "default", "hello", "distributed", JobStatus.COMPLETED, "user", None, "rev", "w", {"a": "b"}, 3, None, None,
    0.0, 1.0, None,
)  # fmt: skip


def a_job():
    loaded = load([SourceFile("a.yaml", TEXT.encode())], workspace="default", revision="rev", has_file=lambda _: True)
    assert loaded.snapshot is not None, loaded.problems
    plan = plan_task(loaded.snapshot, "hello")
    job = new_job(
        plan, id="id", workspace="default", revision="rev", input={"name": "World", "key": "hidden"}, at=0.0,
        source=Source("user"),
    )  # fmt: skip
    job = advance(job, JobAdmitted(1.0)).job
    return advance(job, StepClaimed(2.0, "say-hello", 1, "worker", "token", {"name": "x"})).job


def test_an_item_of_a_list_of_jobs():
    assert list(jobs.job_row(ROW)) == [
        "job_id", "workspace", "task_name", "mode", "status", "source_type", "source_id",
        "created_at", "started_at", "completed_at",
        "revision", "commit", "worker_id", "labels", "priority", "parent_job_id", "retry_of_job_id",
        "created_by", "trigger_name", "steps_total", "steps_ended", "steps_failed", "waiting_on", "error_message",
        "error_line",
    ]  # fmt: skip


def test_times_are_rfc_3339_in_utc():
    row = jobs.job_row(ROW)
    assert (row["created_at"], row["started_at"], row["completed_at"]) == (
        "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", None,
    )  # fmt: skip


def test_the_detail_of_a_job():
    detail = jobs.job_detail(a_job(), ())
    named = {"job_id", "workspace", "task_name", "status", "input", "steps"}
    more = {"output", "mode", "source_type", "source_id", "worker_id", "created_at", "started_at", "completed_at"}
    assert set(detail) == named | more | set(jobs.job_row(ROW)) | {
        "expires_at",
        "deadline_at",
        "late_at",
        "error_message",
        "version",
    }
    assert [step["step_name"] for step in detail["steps"]] == ["say-hello", "shout"]


def test_a_step_of_a_job():
    detail = jobs.job_detail(a_job(), ())
    for step in detail["steps"]:
        assert list(step) == [
            "step_name", "title", "action_name", "action_type", "runner", "input", "output", "status", "worker_id",
            "started_at", "completed_at", "error_message", "tolerated",
            "action_image", "depends_on", "attempt", "attempts", "skip_reason", "waiting_on", "suspended_at",
            "deadline_at", "late_at", "approval", "loop_index", "loop_total", "ended_instances", "label", "item",
        ]  # fmt: skip
    first, second = detail["steps"]
    assert (first["action_name"], first["action_type"], first["runner"]) == ("greet", "shell", "local")
    assert (first["status"], first["worker_id"], first["input"]) == ("running", "worker", {"name": "x"})
    assert (first["title"], second["title"]) == (None, "Shout it")
    assert (second["action_name"], second["depends_on"], second["waiting_on"]) == (None, ["say-hello"], "dependencies")


def test_an_attempt_of_a_step():
    row = AttemptRow("say-hello", 1, "failed", 3, 1.0, 2.0, "Exit code: 3", "worker")
    [attempt] = jobs.job_detail(a_job(), [row])["steps"][0]["attempts"]
    assert list(attempt) == [
        "attempt", "status", "exit_code", "started_at", "completed_at", "error_message", "worker_id",
    ]  # fmt: skip
    assert (attempt["exit_code"], attempt["error_message"]) == (3, "Exit code: 3")


def test_a_secret_input_is_masked():
    detail = jobs.job_detail(a_job(), ())
    assert detail["input"] == {"name": "World", "key": "••••••"}


def test_a_line_of_a_log():
    line = logs.log_line(LogLine(0.0, "stdout", "say-hello", "Hello", 1, 1))
    assert list(line) == ["ts", "stream", "step", "line", "seq", "attempt"]


def test_an_entry_of_the_history_is_a_line_of_the_same_shape():
    entry = HistoryEntry(0.0, "worker", "step.completed", "say-hello", 1, {"exit_code": 0})
    line = logs.history_line(entry, 4)
    assert list(line) == ["ts", "stream", "step", "line", "seq", "attempt"]
    assert (line["step"], line["line"]) == ("_server", 'step.completed say-hello: {"exit_code": 0} (worker)')


def test_times_in_the_details_of_the_history_are_rfc_3339():
    entry = HistoryEntry(0.0, "engine", "step.retrying", "build", 1, {"due_at": 1.5, "exit_code": 3, "starts_at": 90})
    details = {"due_at": "1970-01-01T00:00:01.500Z", "exit_code": 3, "starts_at": "1970-01-01T00:01:30Z"}
    assert history.history_entry(entry, 1)["details"] == details
    assert logs.history_line(entry, 1)["line"] == f"step.retrying build: {json.dumps(details)} (engine)"


def test_a_job_of_many_steps_carries_the_first_thousand():
    flow = "".join(f"      s{i}: {{type: shell, cmd: 'true'}}\n" for i in range(1001))
    text = f"tasks:\n  big:\n    flow:\n{flow}"
    loaded = load([SourceFile("a.yaml", text.encode())], workspace="w", revision="r", has_file=lambda _: True)
    assert loaded.snapshot is not None
    plan = plan_task(loaded.snapshot, "big")
    job = new_job(plan, id="id", workspace="w", revision="r", input={}, at=0.0, source=Source("user"))
    detail = jobs.job_detail(job, ())
    assert len(detail["steps"]) == detail["steps_next"] == 1000


def test_a_loaded_job_and_its_row_give_the_same_json():
    assert list(jobs.job_item(a_job())) == list(jobs.job_row(ROW))


def test_a_list_shows_the_first_line_of_an_error_alone():
    message = 'step "build" failed: Exit code: 3\nStderr: a secret'
    loaded = replace(a_job(), error_message=message, secrets=("build",))
    assert jobs.job_row(replace(ROW, error_message=message))["error_message"] == 'step "build" failed: Exit code: 3'
    assert jobs.job_item(loaded)["error_message"] == 'step "••••••" failed: Exit code: 3'
    assert jobs.job_detail(loaded, ())["error_message"].endswith("Stderr: a secret")


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("start\n\x1b[31mError: no disk\x1b[0m\nend", "Error: no disk"),
        ("start\nend", "end"),
        ("a secret failed", "a •••••• failed"),
        (" ", None),
    ],
)
def test_a_job_shows_the_line_that_says_what_went_wrong(written, line):
    message = f'step "build" failed: Exit code: 3\nStderr: {written}'
    loaded = replace(a_job(), error_message=message, secrets=("secret",))
    assert jobs.job_item(loaded)["error_line"] == jobs.job_detail(loaded, ())["error_line"] == line
    if line is None or "•" not in line:
        assert jobs.job_row(replace(ROW, error_message=message))["error_line"] == line
    assert jobs.job_row(replace(ROW, error_message="the job took longer than 1h"))["error_line"] is None


def test_a_job_says_who_created_it_and_how_far_it_is():
    row = replace(ROW, source_type="webhook", source_id="push", source_actor="ci", total_steps=7, open_steps=2)
    shown = jobs.job_row(row)
    assert (shown["created_by"], shown["trigger_name"]) == ("ci", "push")
    assert (shown["steps_total"], shown["steps_ended"], shown["steps_failed"]) == (7, 5, 0)
    assert jobs.job_row(ROW)["trigger_name"] is None


ASKING = """
tasks:
  ask:
    input: {env: {type: string, default: prod}}
    flow:
      sure:
        type: approval
        message: 'Deploy to {{ input.env }}?'
        approvers: [ada]
        input: {count: {type: integer, required: true, minimum: 1}}
"""


def test_an_approval_tells_what_is_asked_only_while_it_is():
    loaded = load([SourceFile("a.yaml", ASKING.encode())], workspace="default", revision="rev", has_file=lambda _: True)
    assert loaded.snapshot is not None, loaded.problems
    job = new_job(
        plan_task(loaded.snapshot, "ask"), id="id", workspace="default", revision="rev", input={"env": "prod"}, at=0.0,
        source=Source("user"),
    )  # fmt: skip
    [before] = jobs.job_detail(job, ())["steps"]
    job = advance(job, JobAdmitted(1.0)).job
    [step] = jobs.job_detail(job, ())["steps"]
    done = advance(job, StepDecided(2.0, "sure", "ada", True, {"count": 2})).job
    [after] = jobs.job_detail(done, ())["steps"]
    assert (before["approval"], after["approval"]) == (None, None)
    assert step["approval"] == {
        "message": "Deploy to prod?",
        "fields": {"count": {"type": "integer", "required": True, "minimum": 1}},
        "approvers": ["ada"],
    }


def test_an_entry_of_the_history():
    entry = HistoryEntry(0.0, "ada", "step.approved", "sure", 1, {"reason": "tested"})
    assert history.history_entry(entry, 7) == {
        "seq": 7, "at": "1970-01-01T00:00:00Z", "actor": "ada", "what": "step.approved",
        "step_name": "sure", "attempt": 1, "details": {"reason": "tested"},
    }  # fmt: skip


def test_what_came_of_each_of_many_jobs():
    assert jobs.bulk_result(Result("a", {"job_id": "b"})) == {"job_id": "a", "ok": True, "new_job_id": "b"}
    assert jobs.bulk_result(Result("a", {})) == {"job_id": "a", "ok": True}
    refused = {"job_id": "a", "ok": False, "error": "it has ended", "code": "conflict"}
    assert jobs.bulk_result(Result("a", error="it has ended", code="conflict")) == refused
