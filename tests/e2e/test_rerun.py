"""``gitflow rerun``, and jobs that are named without their ids, on the jobs of this machine."""

import json

from committing import commit_all, init

FLOW = """
tasks:
  greet:
    input: {name: {type: string, default: World}, count: {type: integer, default: 1}}
    flow: {say: {type: shell, cmd: 'echo old {{ input.name }} {{ input.count }}; cat note'}}
  outer: {flow: {inner: {type: task, task: greet}}}
"""


def test_a_rerun_repeats_a_job_with_its_definitions_and_files_or_with_the_latest(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    gitflow.write("note", "one\n")
    first = gitflow.job("greet", "-i", "name=Ada")["job_id"]
    gitflow.write(".workflows/a.yaml", FLOW.replace("old", "new"))
    gitflow.write("note", "two\n")
    kept = gitflow("rerun", first, "-i", "count=2")
    assert kept.returncode == 0, kept.stderr
    assert [line.rpartition("| ")[2] for line in kept.stdout.splitlines()] == ["old Ada 2", "one"]
    latest = gitflow("rerun", first, "--latest", "--json")
    assert json.loads(latest.stdout)["input"] == {"name": "Ada", "count": 1}
    assert json.loads(latest.stdout)["retry_of_job_id"] is None
    assert "new Ada 1" in gitflow("logs", "last", "--format", "text").stdout


def test_a_rerun_at_the_same_revision_is_of_the_same_commit_and_a_failure_says_what_changed_since(gitflow):
    init(gitflow.folder)
    gitflow.write(".workflows/a.yaml", FLOW)
    gitflow.write("note", "one\n")
    first = commit_all(gitflow.folder, "One")
    gitflow.job("greet")
    gitflow.write(".workflows/a.yaml", FLOW.replace("echo old", "exit 1; echo old"))
    commit_all(gitflow.folder, "Fail early")
    assert gitflow("rerun", "last").returncode == 0
    again = json.loads(gitflow("job", "last", "-o", "json").stdout)
    assert (again["commit"]["sha"], again["commit"]["subject"]) == (first, "One")
    gitflow.job("greet", status=1)
    said = gitflow("job", "last").stdout
    assert f"ago at {first[:7]}; 1 commit changed this task since: 'Fail early'." in said


def test_last_is_the_newest_job_that_no_other_started_and_a_task_names_its_newest(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    gitflow.write("note", "one\n")
    outer = gitflow.job("outer")["job_id"]
    child = next(row["job_id"] for row in gitflow.jobs() if row["task_name"] == "greet")
    ids = {named: json.loads(gitflow("job", named, "-o", "json").stdout)["job_id"] for named in ("last", "@greet")}
    assert ids == {"last": outer, "@greet": child}
    assert "job.completed" in gitflow("history", "last").stdout
    listed = gitflow("jobs", "--parent", "last", "-o", "json")
    assert [row["job_id"] for row in json.loads(listed.stdout)] == [child]


def test_a_name_that_no_job_has_and_a_wrong_input_are_refused(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    assert gitflow("explain", "last").stderr == "gitflow: there is no job yet\n"
    gitflow.write("note", "one\n")
    gitflow.job("greet")
    refused = [
        gitflow("rerun", "@nobody"),
        gitflow("rerun", "last", "-i", "count=x"),
        gitflow("rerun", "last", "-i", "x"),
    ]
    assert [done.returncode for done in refused] == [2, 2, 2]
    assert "there is no job of a task named 'nobody' yet" in refused[0].stderr
    assert "count:" in refused[1].stderr
    assert "--input takes key=value" in refused[2].stderr
