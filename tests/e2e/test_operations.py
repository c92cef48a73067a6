"""What a person can do, from another shell, to a job that ``gitflow run`` is running."""

import json
import os
from pathlib import Path

import pytest

FLOW = """
tasks:
  gated:
    flow:
      first: {{type: shell, cmd: 'echo up; cat {gate}'}}
      second: {{type: shell, depends_on: [first], cmd: echo second}}
      third: {{type: shell, depends_on: [second], cmd: echo third}}
  asks:
    flow:
      sure: {{type: approval, message: Really?, input: {{count: {{type: integer, required: true}}}}}}
      go:
        type: shell
        depends_on: [sure]
        cmd: echo {{{{ sure.output.input.count }}}} by {{{{ sure.output.approved_by }}}}
  waits:
    flow:
      paid: {{type: wait, event: payment}}
      ship: {{type: shell, depends_on: [paid], cmd: 'echo shipped {{{{ paid.output.order }}}}'}}
"""


@pytest.fixture
def gate(gitflow, tmp_path: Path) -> Path:
    """A running step ends when something is written to it."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    gitflow.write(".workflows/a.yaml", FLOW.format(gate=path))
    return path


def running(gitflow):
    run = gitflow.start("run", "gated")
    assert "up" in run.stdout.readline()
    return run, gitflow.jobs()[0]["job_id"]


def suspended(gitflow, task: str):
    run = gitflow.start("run", task)
    while "suspended" not in run.stderr.readline():
        pass
    return run, gitflow.jobs()[0]["job_id"]


def ended(run) -> tuple[int, str]:
    stdout, _ = run.communicate(timeout=30)
    return run.returncode, stdout


def statuses(gitflow, job_id: str) -> dict[str, str]:
    job = json.loads(gitflow("job", job_id, "-o", "json").stdout)
    return {step["step_name"]: step["status"] for step in job["steps"]}


def test_a_job_is_cancelled_from_another_shell(gitflow, gate):
    run, job_id = running(gitflow)
    assert gitflow("cancel", job_id, "--reason", "wrong branch").returncode == 0
    assert ended(run)[0] == 1
    assert set(statuses(gitflow, job_id).values()) == {"cancelled"}
    history = json.loads(gitflow("history", job_id, "-o", "json").stdout)
    asked = next(entry for entry in history if entry["what"] == "job.cancel_requested")
    assert (asked["actor"], asked["details"]) == ("tester", {"reason": "wrong branch"})


def test_a_paused_job_starts_nothing_new_until_it_is_resumed(gitflow, gate):
    run, job_id = running(gitflow)
    assert gitflow("pause", job_id).returncode == 0
    assert gitflow("pause", job_id).returncode == 0
    gate.write_text("")
    follower = gitflow.start("logs", "-f", "--step", "_server", job_id)
    while "step.ready second" not in (line := follower.stdout.readline()):
        assert line, "the second step never became ready"
    assert statuses(gitflow, job_id) == {"first": "completed", "second": "ready", "third": "pending"}
    assert "pause" in gitflow("explain", job_id).stdout
    assert gitflow("resume", job_id).returncode == 0
    assert ended(run)[0] == 0


def test_a_step_is_skipped_and_another_declared_completed(gitflow, gate):
    run, job_id = running(gitflow)
    assert gitflow("complete", job_id, "third", "--result", '{"made": "by hand"}').returncode == 0
    assert gitflow("skip", job_id, "second", "--reason", "known").returncode == 0
    gate.write_text("")
    assert ended(run)[0] == 0
    job = json.loads(gitflow("job", job_id, "-o", "json").stdout)
    assert [step["status"] for step in job["steps"]] == ["completed", "skipped", "completed"]
    assert job["steps"][1]["skip_reason"] == "skipped by tester: known"
    assert job["output"] == {"third": {"made": "by hand"}}


def test_an_approval_is_given_with_what_the_approver_fills_in(gitflow, gate):
    run, job_id = suspended(gitflow, "asks")
    refused = gitflow("approve", job_id, "sure", "-i", "count=many")
    assert refused.returncode != 0
    assert "count" in refused.stderr
    assert gitflow("approve", job_id, "sure", "-i", "count=3").returncode == 0
    status, stdout = ended(run)
    assert (status, "3 by tester" in stdout) == (0, True)


def test_a_rejected_step_fails_with_the_reason(gitflow, gate):
    run, job_id = suspended(gitflow, "asks")
    assert gitflow("reject", job_id, "sure", "--reason", "not today").returncode == 0
    assert ended(run)[0] == 1
    job = json.loads(gitflow("job", job_id, "-o", "json").stdout)
    assert job["steps"][0]["error_message"] == "rejected by tester: not today"


def test_an_event_completes_the_step_that_waits_for_it(gitflow, gate):
    run, job_id = suspended(gitflow, "waits")
    assert gitflow("event", job_id, "other").returncode == 0
    assert gitflow("event", job_id, "payment", "--payload", '{"order": 7}').returncode == 0
    status, stdout = ended(run)
    assert (status, "shipped 7" in stdout) == (0, True)


def test_what_the_state_of_a_job_does_not_allow_is_refused_in_words(gitflow, gate):
    run, job_id = running(gitflow)
    refused = gitflow("approve", job_id, "second")
    assert refused.returncode == 1
    assert "second" in refused.stderr
    unknown = gitflow("skip", job_id, "secnd")
    assert unknown.returncode != 0
    assert "secnd" in unknown.stderr
    gate.write_text("")
    assert ended(run)[0] == 0
    late = gitflow("cancel", job_id)
    assert (late.returncode, "has ended: completed" in late.stderr) == (1, True)


def test_several_jobs_are_cancelled_and_one_that_refuses_stops_no_other(gitflow, gate):
    run, job_id = running(gitflow)
    done = gitflow("cancel", "0" * 36, job_id)
    assert done.returncode == 1
    assert "0" * 36 in done.stderr
    assert ended(run)[0] == 1
    assert statuses(gitflow, job_id)["first"] == "cancelled"


RETRIED = """
tasks:
  three:
    flow:
      a: {{type: shell, cmd: 'echo a >> {trace}'}}
      b: {{type: shell, depends_on: [a], cmd: 'echo b >> {trace}'}}
      c: {{type: shell, depends_on: [b], cmd: 'echo c >> {trace}; {end}'}}
"""


@pytest.mark.parametrize(
    ("how", "ran"),
    [([], ["c"]), (["--from", "start"], ["a", "b", "c"]), (["--step", "b"], ["b", "c"]), (["--latest"], ["c"])],
)
def test_a_retry_runs_what_it_is_asked_to(gitflow, tmp_path: Path, how: list[str], ran: list[str]):
    trace = tmp_path / "trace"
    gitflow.write(".workflows/a.yaml", RETRIED.format(trace=trace, end="false"))
    job_id = gitflow.job("three", status=1)["job_id"]
    gitflow.write(".workflows/a.yaml", RETRIED.format(trace=trace, end="true"))
    trace.write_text("")
    done = gitflow("retry", job_id, *how, "--json")
    assert trace.read_text().split() == ran
    retried = json.loads(done.stdout)
    assert retried["retry_of_job_id"] == job_id
    assert (done.returncode, retried["status"]) == ((0, "completed") if how == ["--latest"] else (1, "failed"))


PICKY = """
tasks:
  picky:
    flow:
      sure: {type: approval, approvers: [boss]}
      go: {type: shell, depends_on: [sure], cmd: echo gone}
"""


@pytest.mark.parametrize("command", ["approve", "skip", "complete"])
def test_the_owner_of_the_store_acts_for_an_approver_and_says_why(gitflow, command):
    gitflow.write(".workflows/a.yaml", PICKY)
    run, job_id = suspended(gitflow, "picky")
    refused = gitflow(command, job_id, "sure")
    assert refused.returncode == 1
    assert "can be decided only by boss; an administrator who acts for them must give a reason" in refused.stderr
    assert gitflow(command, job_id, "sure", "--reason", "boss is ill").returncode == 0
    assert ended(run)[0] == 0
    [row] = json.loads(gitflow("audit", "--what", "approval.overridden", "-o", "json").stdout)
    assert (row["subject"], row["details"]["reason"]) == (f"{job_id}/sure", "boss is ill")


def test_a_step_behind_a_rejected_approval_is_not_retried_in_silence(gitflow):
    gitflow.write(".workflows/a.yaml", PICKY.replace(", approvers: [boss]", ""))
    run, job_id = suspended(gitflow, "picky")
    assert gitflow("reject", job_id, "sure").returncode == 0
    assert ended(run)[0] == 1
    refused = gitflow("retry-step", job_id, "go")
    assert refused.returncode == 1
    assert "step 'go' cannot run: it depends on \"sure\", which failed; retry or complete that first" in refused.stderr


def test_an_explanation_tells_who_approved_and_why(gitflow):
    gitflow.write(".workflows/a.yaml", PICKY)
    run, job_id = suspended(gitflow, "picky")
    assert gitflow("approve", job_id, "sure", "--reason", "boss is ill").returncode == 0
    assert ended(run)[0] == 0
    told = gitflow("explain", job_id).stdout
    assert "it was approved by tester, who acted for its approvers: boss is ill" in told
