"""``gitflow test`` as a person runs it: what it prints, its exit status, its options, and ``validate`` beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from xml.etree import ElementTree

import pytest

FLOW = """
tasks:
  deploy:
    flow:
      build: {type: shell, cmd: make}
      ship: {type: shell, cmd: ship, depends_on: [build]}
"""
TESTS = """
tests:
  a build is shipped:
    task: deploy
    mocks: {build: {}, ship: {}}
  a build that fails is not shipped:
    task: deploy
    mocks: {build: {exit_code: 1}}
    expect: {status: failed, not_run: [ship]}
"""
FAILING = """
tests:
  wrong:
    task: deploy
    mocks: {build: {}, ship: {}}
    expect:
      steps:
        ship: skipped
"""


@pytest.fixture
def flows(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    gitflow.write(".workflows/a.test.yaml", TESTS)
    return gitflow


def test_all_that_pass_is_0(flows):
    done = flows("test")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "ok      a build is shipped\nok      a build that fails is not shipped\n2 passed\n"


def test_one_that_fails_is_1_and_says_where_and_what(flows):
    flows.write(".workflows/b.test.yaml", FAILING)
    done = flows("test", "--coverage")
    assert done.returncode == 1
    assert '.workflows/b.test.yaml:8:9  the status of step "ship"\n' in done.stdout
    assert "          expected  skipped\n          actual    completed\n" in done.stdout
    assert done.stdout.endswith("coverage: 2 of 2 steps\n2 passed, 1 failed\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("test", "--filter", "nothing*"), "no test matches 'nothing*'"),
        (("test", "no/such/path"), "'no/such/path' is neither a folder nor a configured workspace"),
        (("test", ".workflows/a.yaml"), "there are no tests in .workflows/a.yaml"),
        (("test", ".", "-w", "."), "the workspace is given twice"),
        (("test", "-j", "0"), "0 is not in the range"),
        (("test", "--format", "xml"), "'xml' is not one of"),
    ],
)
def test_wrong_usage_is_2(flows, words, told):
    done = flows(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


def test_a_workspace_without_tests_says_how_to_write_one(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    done = gitflow("test")
    assert done.returncode == 2
    assert "there are no tests; write some in .workflows/NAME.test.yaml: gitflow schema test" in done.stderr
    assert '"gitflow tests"' in gitflow("schema", "test").stdout


def test_definitions_with_errors_are_told_and_run_nothing(flows):
    flows.write(".workflows/a.yaml", FLOW.replace("depends_on: [build]", "depends_on: [bild]"))
    done = flows("test")
    assert (done.returncode, done.stdout) == (1, "")
    assert '.workflows/a.yaml:6:51  step "ship" needs "bild"' in done.stderr


def test_a_test_file_with_errors_is_told_and_runs_nothing(flows):
    flows.write(".workflows/a.test.yaml", TESTS.replace("task: deploy", "task: deplyo", 1))
    for words in (("test",), ("validate",)):
        done = flows(*words)
        assert done.returncode == 1
        told = done.stderr if words == ("test",) else done.stdout
        assert '.workflows/a.test.yaml:4:11  there is no task named "deplyo"\n  did you mean "deploy"?\n' in told


def test_validate_checks_test_files_each_time_until_they_are_right(flows):
    assert flows("validate").stdout == "no problems\n"
    assert flows("validate").stdout == "no problems\n"
    flows.write(".workflows/a.test.yaml", TESTS.replace("mocks:", "mock:", 1))
    for _ in range(2):
        done = flows("validate", "--format", "json")
        assert done.returncode == 1
        assert [(one["rule"], one["line"]) for one in json.loads(done.stdout)] == [("unknown-key", 5)]
    flows.write(".workflows/a.test.yaml", TESTS)
    assert flows("validate").returncode == 0


def test_validate_reads_test_files_that_are_right_once(flows):
    def loaded():
        command = [sys.executable, "-X", "importtime", "-m", "gitflow.cli.main", "validate"]
        done = subprocess.run(command, cwd=flows.folder, env=flows.environ, capture_output=True, text=True, check=True)
        return "gitflow.definitions.test_files" in done.stderr

    assert [loaded(), loaded()] == [True, False]


def test_a_broken_test_file_is_no_error_of_the_definitions(flows):
    """They are served and run: a test is none of them."""
    flows.write(".workflows/a.yaml", "tasks: {t: {flow: {a: {type: shell, cmd: 'true'}}}}")
    assert flows("validate").returncode == 1
    assert flows.job("t")["status"] == "completed"


def test_a_file_a_folder_or_a_filter_selects_tests(flows):
    flows.write(".workflows/sub/b.test.yaml", TESTS.replace("shipped", "sent"))

    def names(*words):
        done = flows("test", "--format", "json", *words)
        return [one["name"] for one in json.loads(done.stdout)["tests"]]

    assert names(".workflows/sub") == ["a build is sent", "a build that fails is not sent"]
    assert names(".workflows/a.test.yaml") == ["a build is shipped", "a build that fails is not shipped"]
    assert names("--filter", "*not*") == ["a build that fails is not shipped", "a build that fails is not sent"]
    assert names("--filter", "*is sent", "--filter", "*is shipped") == ["a build is shipped", "a build is sent"]
    assert len(names(str(flows.folder))) == 4


def test_each_format_comes_alone_on_stdout(flows):
    flows.write(".workflows/b.test.yaml", FAILING)
    texts = {form: flows("test", "--format", form).stdout for form in ("text", "json", "junit", "tap")}
    assert json.loads(texts["json"])["summary"] == {"passed": 2, "failed": 1}
    assert ElementTree.fromstring(texts["junit"]).get("failures") == "1"
    assert texts["tap"].startswith("TAP version 14\n1..3\nok 1 - ")


def test_many_tests_run_in_several_processes_and_come_in_their_order(flows):
    many = "".join(f"  test {n}: {{task: deploy, mocks: {{build: {{}}, ship: {{}}}}}}\n" for n in range(40))
    flows.write(".workflows/a.test.yaml", f"tests:\n{many}")
    done = flows("test", "-j", "3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [*(f"ok      test {n}" for n in range(40)), "40 passed"]


def test_a_test_leaves_nothing_in_the_store_and_no_folder(flows, tmp_path):
    flows.write(
        ".workflows/a.test.yaml",
        "tests: {a: {task: deploy, mocks: {ship: {}}, real: [build], expect: {status: failed}}}",
    )
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = flows("test", env={"TMPDIR": str(temporary)})
    assert done.returncode == 0, done.stdout
    assert list(temporary.iterdir()) == []
    assert flows.jobs() == []


def test_a_test_may_be_about_another_revision(flows):
    own = ("git", "-C", str(flows.folder), "-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run([*own, "init", "-q"], check=True)
    subprocess.run([*own, "add", "-A"], check=True)
    subprocess.run([*own, "commit", "-qm", "first"], check=True)
    flows.write(".workflows/a.yaml", FLOW.replace("build", "compile"))
    flows.write(
        ".workflows/a.test.yaml",
        """
tests:
  before: {task: deploy, revision: HEAD, mocks: {build: {}, ship: {}}}
  now: {task: deploy, mocks: {compile: {}, ship: {}}}
  never: {task: deploy, revision: nowhere}
""",
    )
    done = flows("test", "--coverage")
    assert done.returncode == 1
    assert [line[:6] for line in done.stdout.splitlines()[:3]] == ["ok    ", "ok    ", "FAILED"]
    assert "a.test.yaml:5:35  the revision cannot be loaded" in done.stdout
    assert "coverage: 2 of 2 steps" in done.stdout


def test_a_configured_git_workspace_is_tested_at_its_revision(flows, tmp_path):
    own = ("git", "-C", str(flows.folder), "-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run([*own, "-c", "init.defaultBranch=main", "init", "-q"], check=True)
    subprocess.run([*own, "add", "-A"], check=True)
    subprocess.run([*own, "commit", "-qm", "first"], check=True)
    flows.write(".workflows/a.test.yaml", FAILING)  # not committed
    flows.folder = tmp_path / "elsewhere"
    flows.write("server-config.yaml", f"workspaces: {{shop: {{type: git, url: {tmp_path}/workspace, ref: main}}}}\n")
    assert flows("test", "-w", "shop").stdout.endswith("2 passed\n")
    done = flows("test", "-w", "shop", "--watch")
    assert (done.returncode, "--watch needs a workspace that is a folder" in done.stderr) == (2, True)


def lines_until(process, last):
    found = []
    for line in process.stdout:
        found.append(line.rstrip("\n"))
        if found[-1] == last:
            return found
    raise AssertionError((found, process.stderr.read()))


def test_watch_runs_again_when_a_file_changes_and_ends_with_the_last_status(flows):
    process = flows.start("test", "--watch")
    assert "2 passed" in lines_until(process, "waiting for changes")
    flows.write(".workflows/a.yaml", FLOW)  # the same text is no reason to run
    assert flows("validate").returncode == 0
    flows.write(".workflows/a.yaml", FLOW.replace(", depends_on: [build]", ""))
    assert "1 passed, 1 failed" in lines_until(process, "waiting for changes")
    flows.write(".workflows/a.yaml", FLOW)
    assert "2 passed" in lines_until(process, "waiting for changes")
    flows.write(".workflows/a.yaml", "tasks: [")
    lines_until(process, "waiting for changes")
    process.send_signal(signal.SIGINT)
    assert process.wait() == 1


def test_an_interrupt_ends_what_a_test_runs(flows, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    flows.write(
        ".workflows/a.yaml",
        f"tasks: {{t: {{flow: {{a: {{type: shell, cmd: 'echo $$ > {gate}; exec sleep 600'}}}}}}}}",
    )
    flows.write(".workflows/a.test.yaml", "tests: {a: {task: t, real: [a]}}")
    process = flows.start("test")
    with open(gate) as started:
        pid = int(started.read())
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
