"""What a person does wrong, or finds in the way: one sentence that names it, the right status, and nothing lost."""

import json
import os
import sqlite3
from pathlib import Path

import pytest

HELLO = """
tasks:
  hello:
    input: {name: {type: string, default: World}, times: {type: integer, default: 1}}
    flow:
      say: {type: shell, cmd: 'echo "Hello {{ input.name }}"'}
"""


@pytest.fixture(autouse=True)
def hello(gitflow):
    gitflow.write(".workflows/a.yaml", HELLO)


def refused(done, status: int, *told: str) -> None:
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for words in told:
        assert words in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nope"], "No such command 'nope'"),
        (["taks"], "tasks"),
        (["run"], "Missing argument 'TASK'"),
        (["run", "hello", "extra"], "unexpected extra argument"),
        (["run", "helo"], 'did you mean "hello"?'),
        (["run", "hello", "--inptu", "a=1"], "--input"),
        (["run", "hello", "-i", "name"], "--input takes key=value, not 'name'"),
        (["run", "hello", "-i", "=x"], "--input takes key=value"),
        (["run", "hello", "-w", "nowhere"], "'nowhere' is neither a folder nor a configured workspace"),
        (["run", "hello", "-w", ".workflows"], "it is in the workspace"),
        (["run", "hello", "-w", "/proc"], "create one with: gitflow init"),
        (["run", "hello", "--rev", "main"], "not a git repository"),
        (["job", "123"], "give at least 8 characters"),
        (["job", "01234567"], "there is no job named '01234567'"),
        (["logs", "01234567-0123"], "there is no job"),
        (["retry", "01234567-0123"], "there is no job"),
        (["show", "hell"], 'did you mean "hello"?'),
        (["schema", "worksapce"], 'did you mean "workspace"?'),
        (["jobs", "--status", "complete"], 'did you mean "completed"?'),
        (["jobs", "--after", "soon"], "is not a time"),
        (["jobs", "--label", "x"], "--label takes name=value"),
        (["validate", ".workflows/a.yaml"], "gitflow validate ."),
        (["validate", ".", "-w", "."], "given twice"),
        (["validate", "--format", "xml"], "'sarif'"),
    ],
)
def test_wrong_words_are_named(gitflow, words, told):
    refused(gitflow(*words), 2, told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "must hold one object"),
        (b"[1]", "must hold one object"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"\x00\x01\x02", "in.yaml:1"),
        (b'{"name": ', "in.yaml:"),
        (b"name: {a: 1}", "name: must be a string"),
        (b"name: a\nname: b\n", "in.yaml:2"),
        (b"nam: a\n", "nam"),
        (b"a: " + b"x" * (2 << 20), "larger than 1,048,576 bytes"),
    ],
)
def test_a_wrong_input_file_is_named(gitflow, content, told):
    (gitflow.folder / "in.yaml").write_bytes(content)
    refused(gitflow("run", "hello", "--input-file", "in.yaml"), 2, told)
    assert gitflow.jobs() == []


def test_an_input_file_is_json_or_yaml_and_the_command_line_wins(gitflow):
    gitflow.write("in.json", '{"name": "Ada", "times": 2}')
    gitflow.write("in.yaml", "name: |\n  two\n  lines\n")
    assert gitflow.job("hello", "--input-file", "in.json", "-i", "times=3")["input"] == {"name": "Ada", "times": 3}
    assert gitflow.job("hello", "--input-file", "in.yaml")["input"]["name"] == "two\nlines\n"
    refused(gitflow("run", "hello", "--input-file", "."), 2, "cannot read --input-file .: Is a directory")
    refused(gitflow("run", "hello", "--input-file", "no"), 2, "cannot read --input-file no: No such file")


def test_outside_any_workspace_the_way_in_is_told(gitflow, tmp_path: Path):
    gitflow.folder = tmp_path
    for words in (["run", "hello"], ["tasks"], ["validate"]):
        refused(gitflow(*words), 2, "this folder is not in a workspace", "gitflow init")
    assert gitflow("jobs").returncode == 0


def test_a_folder_below_a_workspace_is_in_it(gitflow):
    gitflow.folder = gitflow.folder / "deep" / "down"
    gitflow.folder.mkdir(parents=True)
    assert "Hello World" in gitflow("run", "hello").stdout


def test_a_folder_that_is_gone_is_told(gitflow):
    inside = gitflow.folder / "inside"
    inside.mkdir()
    gitflow.folder = inside
    process = gitflow.start("tasks", preexec_fn=lambda: os.rmdir(inside))
    assert "the current folder no longer exists" in process.communicate(timeout=30)[1]
    assert process.returncode == 2


def test_a_configured_workspace_is_found_by_name(gitflow, tmp_path: Path):
    gitflow.folder = tmp_path
    gitflow.write("server-config.yaml", "workspaces:\n  shop: {type: folder, path: workspace}\n")
    job = gitflow.job("hello", "-w", "shop")
    assert job["workspace"] == "shop"
    refused(gitflow("run", "hello", "-w", "shp"), 2, 'did you mean "shop"?')


def test_a_wrong_configuration_is_told_with_its_lines(gitflow):
    gitflow.write("server-config.yaml", "listn: x\nworkspaces: {a: {type: fold, path: p}}\n")
    done = gitflow("run", "hello")
    refused(done, 2, "server-config.yaml:1:1", 'did you mean "listen"?', "server-config.yaml:2:", "2 errors")
    done = gitflow("jobs", env={"GITFLOW__WORKER__SLOTS": "many"})
    refused(done, 2, "server-config.yaml:1:1")
    os.remove(gitflow.folder / "server-config.yaml")
    refused(gitflow("jobs", env={"GITFLOW__WORKER__SLOTS": "many"}), 2, "GITFLOW__WORKER__SLOTS", "whole number")


def test_a_workspace_without_tasks_says_so(gitflow):
    gitflow.write(".workflows/a.yaml", "")
    done = gitflow("tasks", "-o", "json")
    assert json.loads(done.stdout) == []
    assert "has no tasks" in done.stderr


def test_a_state_directory_that_is_a_file_is_told(gitflow):
    gitflow.write("file", "")
    state = {"GITFLOW_STATE": str(gitflow.folder / "file")}
    for words in (["run", "hello"], ["jobs"]):
        refused(gitflow(*words, env=state), 1, str(gitflow.folder / "file"), "Not a directory", "GITFLOW_STATE")
    assert (gitflow.folder / "file").read_text() == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_state_directory_is_told(gitflow):
    gitflow.state.mkdir(mode=0o500)
    refused(gitflow("run", "hello"), 1, str(gitflow.state), "Permission denied", "GITFLOW_STATE")


def test_a_damaged_store_is_told_and_left_as_it_is(gitflow):
    gitflow.state.mkdir()
    (gitflow.state / "gitflow.db").write_bytes(b"not a database at all, " * 100)
    for words in (["run", "hello"], ["jobs"], ["retry", "01234567"]):
        refused(gitflow(*words), 1, "gitflow.db: the file is not a database", "put a backup in its place")
    assert (gitflow.state / "gitflow.db").read_bytes().startswith(b"not a database")


def test_a_store_of_a_newer_gitflow_is_told_and_left_as_it_is(gitflow):
    job = gitflow.job("hello")
    connection = sqlite3.connect(gitflow.state / "gitflow.db")
    [version] = connection.execute("PRAGMA user_version").fetchone()
    connection.execute("PRAGMA user_version = 999")
    refused(gitflow("run", "hello"), 1, "has schema 999", "use the newer gitflow")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    assert [each["job_id"] for each in gitflow.jobs()] == [job["job_id"]]


def test_a_full_disk_loses_nothing_that_was_said_to_be_done(gitflow):
    import resource

    done = gitflow.job("hello")
    limit = 16 << 10

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = gitflow.start("run", "hello", preexec_fn=small)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "gitflow.db" in stderr
    assert "file size limit" in stderr or "full" in stderr
    assert "Traceback" not in stderr
    assert [job["job_id"] for job in gitflow.jobs() if job["status"] == "completed"] == [done["job_id"]]
    assert gitflow("run", "hello", "-q").returncode == 0


def test_a_store_whose_tables_are_not_those_of_its_schema_is_refused_in_a_sentence(gitflow) -> None:
    gitflow.write(".workflows/a.yaml", "tasks: {t: {flow: {a: {type: shell, cmd: 'true'}}}}\n")
    assert gitflow("run", "t", "-q").returncode == 0
    with sqlite3.connect(gitflow.state / "gitflow.db") as store:
        store.execute("PRAGMA user_version = 2")
    store.close()
    for words in (["jobs"], ["run", "t"], ["gc"], ["delete", "0123456789"]):
        refused = gitflow(*words)
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert f"{gitflow.state}/gitflow.db has schema 2 and cannot be brought to schema" in refused.stderr
        assert f"a copy is in {gitflow.state}/gitflow.db.v2.backup: put a backup in its place" in refused.stderr


MOVE_IT = "must be a folder: move it away, or choose another state directory with GITFLOW_STATE"


@pytest.mark.parametrize(
    ("place", "commands"),
    [
        ("owners", (["run", "hello"], ["delete", "JOB"])),
        ("logs", (["run", "hello"], ["logs", "JOB"], ["gc"])),
        (".", (["run", "hello"], ["jobs"], ["gc"], ["delete", "JOB"])),
    ],
)
def test_a_file_where_a_folder_must_be_is_named_with_what_to_do(gitflow, place: str, commands) -> None:
    job_id = gitflow.job("hello")["job_id"]
    gitflow.state.rename(gitflow.state.with_name("aside"))
    if place != ".":
        gitflow.state.with_name("aside").rename(gitflow.state)
        (gitflow.state / place).rename(gitflow.state / f"{place}.aside")
    (gitflow.state / place if place != "." else gitflow.state).touch()
    for words in commands:
        done = gitflow(*(job_id if word == "JOB" else word for word in words))
        assert done.returncode == 1
        assert done.stderr.endswith(f"something in this path is a file and {MOVE_IT}\n"), done.stderr
        assert f"gitflow: {gitflow.state}" in done.stderr


def test_what_cannot_be_tidied_up_hinders_no_reading(gitflow) -> None:
    job_id = gitflow.job("hello")["job_id"]
    (gitflow.state / "run").rename(gitflow.state / "run.aside")
    (gitflow.state / "run").touch()
    for words in (["jobs"], ["job", job_id], ["logs", job_id], ["history", job_id]):
        done = gitflow(*words)
        assert done.returncode == 0, done.stderr
        assert "Not a directory" in done.stderr


def test_artifacts_that_cannot_be_kept_are_said_with_the_path_and_what_to_do(gitflow) -> None:
    gitflow.write(
        ".workflows/b.yaml", "tasks: {keep: {flow: {a: {type: shell, cmd: 'echo x > \"$GITFLOW_ARTIFACTS/x\"'}}}}\n"
    )
    gitflow.state.mkdir()
    (gitflow.state / "artifacts").touch()
    [step] = gitflow.job("keep", status=1)["steps"]
    assert step["error_message"] == (
        f"the artifacts cannot be kept: {gitflow.state}/artifacts/new: Not a directory; something in this path is a "
        f"file and {MOVE_IT}"
    )


def test_a_folder_is_no_backup(gitflow) -> None:
    restored = gitflow("restore", str(gitflow.folder), "--state-dir", str(gitflow.folder / "again"))
    refused(restored, 2, f"{gitflow.folder} cannot be read: Is a directory; name the file of a backup")


BAD_JSON = ["1e999", "[NaN]", "-Infinity", "9" * 4301, '"\\ud800"', "[" * 150 + "]" * 150, "[" * 50_000]


@pytest.mark.parametrize("text", BAD_JSON, ids=lambda text: text[:12])
@pytest.mark.parametrize("command", ["event ID go --payload", "complete ID s --result"])
def test_json_that_others_cannot_read_is_refused_on_the_command_line(gitflow, command: str, text: str) -> None:
    done = gitflow(*command.replace("ID", "00000000-0000-0000-0000-000000000000").split(), text)
    assert done.returncode == 2
    assert "must be JSON: " in done.stderr
    assert "int_max_str_digits" not in done.stderr
    assert len(done.stderr) < 400
    assert "Traceback" not in done.stderr
