"""What a person can do, from any shell, to jobs that nobody runs any more: it is done and run where it is asked."""

import json
from pathlib import Path

import pytest

FLOW = """
tasks:
  three:
    labels: {{team: red}}
    flow:
      a: {{type: shell, cmd: 'echo a >> {trace}'}}
      b: {{type: shell, depends_on: [a], cmd: 'echo b >> {trace}; test -e {fixed}'}}
      c: {{type: shell, depends_on: [b], cmd: 'echo c >> {trace}'}}
  fine: {{flow: {{a: {{type: shell, cmd: 'true'}}}}}}
"""


@pytest.fixture
def trace(gitflow, tmp_path: Path) -> Path:
    path = tmp_path / "trace"
    gitflow.write(".workflows/a.yaml", FLOW.format(trace=path, fixed=tmp_path / "fixed"))
    return path


@pytest.fixture
def failed(gitflow, trace: Path, tmp_path: Path) -> str:
    """A job whose second step failed, and would not any more."""
    job_id = gitflow.job("three", status=1)["job_id"]
    (tmp_path / "fixed").touch()
    trace.write_text("")
    return job_id


@pytest.mark.parametrize(
    ("words", "ran"),
    [
        (["retry-step", "{id}", "b"], ["b", "c"]),
        (["replay", "{id}", "a"], ["a", "b", "c"]),
        (["restart", "{id}"], ["a", "b", "c"]),
        (["complete", "{id}", "b", "--result", '{"by": "hand"}'], ["c"]),
    ],
)
def test_a_job_that_has_ended_goes_on_here(gitflow, trace: Path, failed: str, words, ran):
    done = gitflow(*(word.format(id=failed) if "{id}" in word else word for word in words), "--json")
    assert done.returncode == 0, done.stderr
    assert trace.read_text().split() == ran
    shown = json.loads(done.stdout)
    assert (shown["job_id"], shown["status"], len(shown["steps"])) == (failed, "completed", 3)


def test_a_step_is_run_again_for_people_to_watch(gitflow, failed: str):
    done = gitflow("retry-step", failed[:13], "b")
    assert (done.returncode, done.stdout) == (0, "")
    assert "✔ c" in done.stderr
    assert "three completed" in done.stderr


def test_a_deleted_job_is_gone(gitflow, failed: str):
    done = gitflow("delete", failed, "-o", "json")
    assert json.loads(done.stdout) == {"deleted": [failed]}
    assert gitflow.jobs() == []
    again = gitflow("delete", failed)
    assert (again.returncode, failed in again.stderr) == (2, True)
    assert gitflow("logs", failed).returncode == 2


def test_many_jobs_are_retried_by_a_filter_once(gitflow, trace: Path, failed: str):
    other = gitflow.job("three")["job_id"]
    done = gitflow("retry", "--filter", "task=three,label.team=red", "--yes")
    assert done.returncode == 0, done.stderr
    assert f"retry: job {failed}, as job " in done.stderr
    assert other not in done.stderr
    assert sorted(job["status"] for job in gitflow.jobs()) == ["completed", "completed", "failed"]
    again = gitflow("retry", "--filter", "task=three", "--json", "--yes")
    assert json.loads(again.stdout) == {"results": [], "remaining": 0}


def test_one_of_many_that_refuses_is_told_and_stops_no_other(gitflow, trace: Path, failed: str):
    fine = gitflow.job("fine")["job_id"]
    missing = "0" * 36
    done = gitflow("retry", failed, fine, missing, "--json")
    assert done.returncode == 1
    results = {result["job_id"]: result for result in json.loads(done.stdout)["results"]}
    assert [results[one]["ok"] for one in (failed, fine, missing)] == [True, False, False]
    assert "no step left to run" in results[fine]["error"]
    assert results[missing]["code"] == "not_found"
    assert "new_job_id" in results[failed]


def test_many_jobs_are_deleted_and_restarted_by_filters(gitflow, trace: Path, failed: str):
    fine = gitflow.job("fine")["job_id"]
    restarted = gitflow("restart", "--filter", "status=failed", "--yes", "--json")
    assert [result["job_id"] for result in json.loads(restarted.stdout)["results"]] == [failed]
    assert {job["status"] for job in gitflow.jobs()} == {"completed"}
    assert gitflow("delete", "--filter", "task=fine", "-y").returncode == 0
    assert [job["job_id"] for job in gitflow.jobs()] == [failed]
    assert fine[-8:] not in gitflow("jobs").stdout
    assert "no job matches" in gitflow("delete", "--filter", "task=fine", "-y").stderr


@pytest.mark.parametrize("command", ["cancel", "retry", "restart", "delete"])
def test_a_filter_without_a_terminal_touches_nothing_and_a_dry_run_says_what_it_would(gitflow, failed: str, command):
    before = gitflow.jobs()
    done = gitflow(command, "--filter", "status=failed")
    assert (done.returncode, done.stdout) == (2, "")
    assert "see which jobs match with --dry-run, then say --yes" in done.stderr
    shown = gitflow(command, "--filter", "status=failed", "--dry-run")
    assert (shown.returncode, shown.stdout) == (0, f"{failed}\n")
    shown = gitflow(command, "--filter", "status=failed", "--dry-run", "--json")
    assert json.loads(shown.stdout) == {"results": [], "remaining": 0, "job_ids": [failed]}
    shown = gitflow(command, failed[:13], "0" * 36, "--dry-run")
    assert (shown.returncode, shown.stdout) == (1, f"{failed}\n")
    assert "no job matches" in gitflow(command, "--filter", "task=nope", "--dry-run").stderr
    assert gitflow.jobs() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["cancel"], "by --filter"),
        (["cancel", "0" * 36, "--filter", "task=x"], "not both"),
        (["retry", "--filter", "stauts=failed"], 'did you mean "status"'),
        (["retry", "--filter", "status=faild"], "failed"),
        (["retry", "--filter", "task"], "name=value"),
        (["retry", "--latest", "--filter", "task=x"], "one job"),
        (["retry", "--latest", "--dry-run", "0" * 36], "no --dry-run"),
        (["delete", "--filter", "after=tomorrow"], "is not a time"),
    ],
)
def test_jobs_that_are_not_named_rightly_are_refused(gitflow, trace: Path, words, told):
    done = gitflow(*words)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_what_acts_on_one_job_answers_as_the_api_would(gitflow, tmp_path: Path):
    gitflow.write(
        ".workflows/a.yaml",
        "tasks: {asks: {flow: {sure: {type: approval}, go: {type: shell, cmd: 'true', depends_on: [sure]}}}}\n",
    )
    run = gitflow.start("run", "asks")
    while "suspended" not in run.stderr.readline():
        pass
    job_id = gitflow.jobs()[0]["job_id"]

    def asked(*words):
        done = gitflow(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert asked("pause", job_id)["status"] == "paused"
    assert asked("resume", job_id)["status"] == "running"
    step = asked("skip", job_id, "go", "--reason", "known")
    assert (step["step_name"], step["status"], step["skip_reason"]) == ("go", "skipped", "skipped by tester: known")
    assert asked("event", job_id, "x", "--id", "1")["job_id"] == job_id
    assert asked("cancel", job_id) == {"status": "cancelled"}
    run.communicate(timeout=30)
    assert run.returncode == 1
