"""The lines of the server's log about jobs; each test runs a real job."""

from __future__ import annotations

import logging
import os

import pytest

from gitflow.runtime.engine.recovery import LOST
from gitflow.runtime.telemetry.job_log import log_commit
from house import SERVER, House, cancel, killed, open_jobs

FLOW = """
secrets: {key: "{{ env.KEY }}"}
tasks:
  good: {flow: {one: {type: shell, cmd: "true"}}}
  bad:
    flow:
      one: {type: shell, cmd: 'echo "the key is $K" >&2; exit 3', env: {K: "{{ secret.key }}"}}
      two: {type: shell, cmd: "true", depends_on: [one]}
  late: {timeout: 1s, flow: {one: {type: sleep, duration: 1h}}}
  asking: {flow: {one: {type: approval, message: ok?}}}
  parent: {flow: {call: {type: task, task: good}}}
  t: {flow: {one: {type: shell, cmd: "echo > GATE; sleep 600"}}}
"""


@pytest.fixture
def house(house: House, tmp_path) -> House:
    house.write(FLOW.replace("GATE", str(tmp_path / "gate")))
    return house


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, dict[str, object]]]:
    return [
        (found.levelname, found.message, found.__dict__) for found in caplog.records if found.name == "gitflow.jobs"
    ]


def served(house: House, caplog: pytest.LogCaptureFixture, task: str, each_turn=lambda app: None):
    caplog.set_level(logging.INFO, "gitflow.jobs")
    with house.serve() as app:
        job = house.execute(app, task)
        house.finish(app, each_turn)
        return job.id, lines(caplog)


def test_a_job_has_a_line_when_it_starts_and_one_when_it_has_completed(house, caplog):
    job_id, ((level, started, first), (_, completed, last)) = served(house, caplog, "good")
    assert (level, started, completed) == ("INFO", "job started", "job completed")
    assert (first["job_id"], first["task_name"], first["source_type"], first["actor"]) == (
        job_id,
        "good",
        "user",
        "ada",
    )
    assert (last["status"], "reason" in last) == ("completed", False)
    assert last["duration_s"] >= 0


def test_a_failed_job_has_its_reason_without_its_secrets(house, caplog):
    house.environ["KEY"] = "hunter2hunter2"
    caplog.set_level(logging.INFO, "gitflow.jobs")
    with house.open() as app:  # a command line may read its own environment
        app.orchestrator.observers.append(log_commit)
        house.execute(app, "bad")
        house.finish(app)
    _, (level, message, fields) = lines(caplog)
    assert (level, message, fields["status"]) == ("WARNING", "job failed", "failed")
    assert fields["reason"] == "Failed: `one` exited 3 — the key is ••••••. `two` was skipped."


def test_a_job_that_takes_too_long_and_one_that_is_cancelled_say_so(house, caplog):
    _, (*_, (level, message, fields)) = served(house, caplog, "late")
    assert (level, message) == ("WARNING", "job timed out")
    assert str(fields["reason"]).startswith("Timed out: ")
    caplog.clear()

    def each_turn(app):
        for job in open_jobs(app, "asking"):
            if job.status.value == "running" and not job.cancelling:
                cancel(app, job.id)

    _, (*_, (level, message, fields)) = served(house, caplog, "asking", each_turn)
    assert (level, message, fields["status"]) == ("INFO", "job cancelled", "cancelled")


def test_a_child_job_names_its_parent(house, caplog):
    parent, found = served(house, caplog, "parent")
    (child,) = [fields for _, message, fields in found if message == "job completed" and "parent_job_id" in fields]
    assert (child["task_name"], child["parent_job_id"]) == ("good", parent)


def test_a_job_whose_command_line_was_killed_is_logged_as_interrupted_by_the_next_server(house, caplog, tmp_path):
    killed(house, tmp_path / "gate")
    caplog.set_level(logging.INFO, "gitflow.jobs")
    with house.serve() as app:
        ((level, message, fields),) = lines(caplog)
        assert app.orchestrator.is_idle
    assert (level, message, fields["status"], fields["task_name"]) == ("WARNING", "job interrupted", "failed", "t")


def test_a_job_whose_server_was_killed_is_interrupted_and_goes_on(house, caplog, tmp_path):
    """Its step has one attempt, so the job then fails, and says why."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    server = house.elsewhere(SERVER.format(tasks=("t",), drain_s=0))
    gate.read_text()
    server.kill()
    server.communicate()
    caplog.set_level(logging.INFO, "gitflow.jobs")
    with house.serve() as app:
        house.finish(app)
    (_, interrupted, fields), (_, failed, end) = lines(caplog)
    assert (interrupted, failed) == ("job interrupted", "job failed")
    assert fields["reason"] == "the server that ran it ended; this server goes on with it"
    assert LOST in str(end["reason"])


def test_a_command_line_logs_nothing(house, caplog):
    caplog.set_level(logging.INFO, "gitflow.jobs")
    house.run("good")
    assert lines(caplog) == []
