"""What people read about definitions, jobs and logs."""

import json

import pytest
import yaml

FLOWS = """
actions:
  greet: {type: shell, cmd: 'echo hi', tags: [small]}
tasks:
  hello:
    labels: {team: core}
    flow:
      each-one: {type: shell, for_each: [a, b], sequential: true, cmd: 'echo {{ each.item }}; echo err >&2'}
  other: {flow: {s: {type: shell, cmd: echo other}}}
triggers:
  nightly: {type: scheduler, cron: "0 0 2 * * *", task: hello}
"""


@pytest.fixture(autouse=True)
def flows(gitflow):
    gitflow.write(".workflows/a.yaml", FLOWS)


def test_lists_and_details_come_as_tables_json_and_yaml(gitflow):
    assert "nightly  scheduler  hello  yes      0 0 2 * * *  2" in gitflow("triggers").stdout
    assert "greet   shell  small" in gitflow("actions").stdout
    [first, second] = json.loads(gitflow("tasks", "-o", "json").stdout)
    assert (first["name"], first["has_triggers"], second["has_triggers"]) == ("hello", True, False)
    assert json.loads(gitflow("tasks", "--json").stdout) == [first, second]
    detail = yaml.safe_load(gitflow("show", "hello").stdout)
    assert detail["flow"]["each-one"]["for_each"] == ["a", "b"]
    assert len(detail["triggers"][0]["next_runs"]) == 5


def test_jobs_are_narrowed_by_what_they_are(gitflow):
    hello, other = gitflow.job("hello"), gitflow.job("other")

    def found(*words: str) -> list[str]:
        return [job["job_id"] for job in json.loads(gitflow("jobs", "-o", "json", *words).stdout)]

    assert found() == [other["job_id"], hello["job_id"]]
    assert found("--task", "hello", "--source", "user", "--after", "2020-01-01") == [hello["job_id"]]
    assert found("--label", "team=core") == [hello["job_id"]]
    assert found("--search", "OTH", "--revision", other["revision"]) == [other["job_id"]]
    assert found("--status", "failed") == found("--before", "2020-01-01T00:00:00Z") == found("--workspace", "no") == []
    assert found("--limit", "1", "--offset", "1") == [hello["job_id"]]


def test_logs_are_narrowed_to_a_step_a_stream_and_the_newest(gitflow):
    job = gitflow.job("hello")["job_id"]

    def texts(*words: str) -> list[str]:
        return gitflow("logs", job, "--format", "text", *words).stdout.splitlines()

    assert sorted(texts()) == ["a", "b", "err", "err"]
    assert texts("--step", "each-one", "--stream", "stdout") == ["a", "b"]
    assert texts("--step", "each-one[1]", "--stream", "stdout") == ["b"]
    assert texts("--stream", "stderr", "--tail", "1") == ["err"]
    assert texts("--tail", "0", "-f") == []
    assert texts("--since-seq", "4") == []
    assert len(texts("--since-seq", "2")) == 2
    assert len(texts("--step", "_server", "--tail", "2")) == 2
    wrong = gitflow("logs", job, "--step", "each-on")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert 'did you mean "each-one"?' in wrong.stderr


def test_json_is_a_short_form_of_the_format_of_programs(gitflow):
    gitflow.job("hello")
    assert gitflow("logs", "last", "--json").stdout == gitflow("logs", "last", "--format", "jsonl").stdout != ""
    assert gitflow("validate", "--json").stdout == gitflow("validate", "--format", "json").stdout
    assert gitflow("explain", "last", "--json").stdout == gitflow("explain", "last", "-o", "json").stdout


def test_a_job_is_shown_with_its_steps(gitflow):
    job = gitflow.job("hello")
    shown = gitflow("job", job["job_id"]).stdout
    assert shown.startswith("Completed in ")
    assert shown.splitlines()[0] == gitflow("explain", job["job_id"]).stdout.splitlines()[0]
    assert "status:       completed" in shown
    assert "✔ each-one[1] b  completed in" in shown
    assert json.loads(gitflow("job", job["job_id"], "-o", "json").stdout) == job
    assert yaml.safe_load(gitflow("job", job["job_id"], "-o", "yaml").stdout)["job_id"] == job["job_id"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_its_script(gitflow, shell):
    done = gitflow("completion", shell)
    assert done.returncode == 0
    assert f"{shell}_complete" in done.stdout


def test_the_version_is_told(gitflow):
    from gitflow import __version__

    assert gitflow("--version").stdout == f"gitflow, version {__version__}\n"


def test_init_explains_itself_and_editors_find_the_schema(gitflow):
    (gitflow.folder / ".workflows/a.yaml").unlink()
    done = gitflow("init")
    assert done.returncode == 0
    text = (gitflow.folder / ".workflows/hello.yaml").read_text()
    named = text.splitlines()[0].partition("$schema=")[2]
    assert json.loads((gitflow.folder / ".workflows" / named).read_text())["$schema"]
    assert gitflow("validate").stdout == "no problems\n"
    assert [task["name"] for task in json.loads(gitflow("tasks", "-o", "json").stdout)] == ["hello-world"]
