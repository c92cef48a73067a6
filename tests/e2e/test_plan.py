"""``gitflow plan``: what a change means, between any two revisions, and the exit status of it."""

import json
import os
from pathlib import Path

import jsonschema
import pytest

from committing import commit, git, init

BASE = """
actions:
  greet: {type: shell, input: {name: {type: string, required: true}}, cmd: 'echo {{ input.name }}'}
tasks:
  hello:
    input: {who: {type: string, default: World}}
    flow:
      say: {action: greet, input: {name: '{{ input.who }}'}}
triggers:
  nightly: {type: scheduler, cron: '0 3 * * *', task: hello}
"""
#: A pattern that a default keeps and the trigger does not have to know.
BROKEN = BASE.replace("who: {type: string, default: World}", "who: {type: string, required: true}")


def planned(gitflow, *words: str):
    """What ``--format json`` says, which its schema allows."""
    done = gitflow("plan", "--format", "json", *words)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "plan.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(found)
    return found


def names(found) -> list[str]:
    return [f"{change['change']} {change['kind']} {change['name']}" for change in found["changes"]]


@pytest.fixture
def first(gitflow) -> str:
    init(gitflow.folder)
    return commit(gitflow.folder, BASE, "first")


def test_nothing_changed(gitflow, first):
    done = gitflow("plan", "--exit-code")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "no changes")
    found = planned(gitflow)
    assert (found["base"]["revision"], found["head"]["revision"]) == ("HEAD", "WORKTREE")
    assert found["base"]["commit"]["sha"] == first
    assert (found["base"]["commit"]["subject"], found["base"]["commit"]["author"]) == ("first", "Test <test@localhost>")
    assert found["changes"] == []


def test_the_files_as_they_lie_are_compared_with_the_branch_point(gitflow, first):
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    commit(gitflow.folder, BASE.replace("0 3", "0 4"))
    gitflow.write(".workflows/a.yaml", BASE.replace("0 3", "0 5"))
    found = planned(gitflow)
    assert found["base"]["commit"]["sha"] == first
    assert names(found) == ["changed trigger nightly"]
    assert found["changes"][0]["details"][0] == {
        "path": "cron", "change": "changed", "before": "0 3 * * *", "after": "0 5 * * *", "breaking": False,
        "callers": [],
    }  # fmt: skip
    assert found["summary"] == {"added": 0, "removed": 0, "changed": 1, "breaking": 0}


def test_a_commit_of_the_default_branch_is_compared_with_its_first_parent(gitflow, first):
    second = commit(gitflow.folder, BASE.replace("0 3", "0 4"))
    found = planned(gitflow, first, second)
    assert names(found) == ["changed trigger nightly"]
    assert gitflow("plan", "--exit-code").returncode == 0


def test_the_first_commit_adds_everything(gitflow):
    init(gitflow.folder)
    gitflow.write(".workflows/a.yaml", BASE)
    found = planned(gitflow)
    assert (found["base"]["revision"], found["base"]["commit"]) == ("EMPTY", None)
    assert names(found) == ["added task hello", "added action greet", "added trigger nightly"]


def test_the_index_is_what_would_be_committed(gitflow, first):
    gitflow.write(".workflows/a.yaml", BASE.replace("0 3", "0 4"))
    git(gitflow.folder, "add", "-A")
    gitflow.write(".workflows/a.yaml", BASE.replace("0 3", "0 5"))
    found = planned(gitflow, "HEAD", "INDEX")
    assert found["changes"][0]["details"][0]["after"] == "0 4 * * *"
    found = planned(gitflow, "INDEX", "WORKTREE")
    assert found["changes"][0]["details"][0]["before"] == "0 4 * * *"


def test_exit_codes(gitflow, first):
    gitflow.write(".workflows/a.yaml", BASE.replace("0 3", "0 4"))
    assert gitflow("plan").returncode == 0
    assert gitflow("plan", "--exit-code").returncode == 3
    gitflow.write(".workflows/a.yaml", BROKEN.replace("task: hello}", "task: hello, input: {who: me}}"))
    assert gitflow("plan").returncode == 0
    assert gitflow("plan", "--exit-code").returncode == 4
    gitflow.write(".workflows/a.yaml", BROKEN)
    assert gitflow("plan", "--exit-code").returncode == 1
    assert gitflow("plan", "nowhere").returncode == 2
    assert gitflow("plan", "a", "b", "c").returncode == 2


def test_a_head_with_errors_shows_them_and_what_broke(gitflow, first):
    gitflow.write(".workflows/a.yaml", BROKEN)
    found = planned(gitflow)
    assert [problem["rule"] for problem in found["problems"]] == ["missing-input"]
    change = found["changes"][0]
    assert (change["name"], change["breaking"], change["contract"]) == ("hello", True, False)
    [required] = [detail for detail in change["details"] if detail["path"] == "input.who.required"]
    assert [caller["name"] for caller in required["callers"]] == ["nightly", "API and command line"]
    assert required["callers"][0] == {
        "kind": "trigger", "name": "nightly", "file": ".workflows/a.yaml", "line": 10,
    }  # fmt: skip


def test_a_base_with_errors_is_a_warning(gitflow, first):
    bad = commit(gitflow.folder, BASE.replace("{type: scheduler", "{type: schedule"))
    gitflow.write(".workflows/a.yaml", BASE.replace("World", "Moon"))
    found = planned(gitflow, bad)
    assert names(found) == ["changed task hello"]
    assert [(problem["severity"], problem["rule"]) for problem in found["problems"]] == [
        ("warning", "base-with-errors")
    ]
    assert gitflow("plan", bad).returncode == 0


def test_a_shallow_clone_says_how_to_get_the_base(gitflow, first, tmp_path):
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    commit(gitflow.folder, BASE.replace("0 3", "0 4"))
    git(gitflow.folder, "checkout", "-q", "main")
    commit(gitflow.folder, BASE + "# more\n")
    origin = f"file://{gitflow.folder}"
    git(gitflow.folder, "clone", "-q", "--depth", "1", "--no-single-branch", origin, str(tmp_path / "shallow"))
    gitflow.folder = tmp_path / "shallow"
    git(gitflow.folder, "checkout", "-q", "topic")
    for words in ((first,), ("HEAD~1",), (), ("HEAD", "HEAD~1")):
        done = gitflow("plan", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "git fetch --unshallow" in done.stderr
    git(gitflow.folder, "fetch", "-q", "--unshallow")
    assert names(planned(gitflow)) == ["changed trigger nightly"]


@pytest.mark.parametrize("folder", ["", "deploy/workspace"])
def test_a_file_that_a_command_names_is_reported_with_who_runs_it(gitflow, folder):
    top = init(gitflow.folder)
    gitflow.folder = top / folder
    gitflow.write("tools/push.sh", "echo one\n")
    commit(gitflow.folder, BASE.replace("echo {{", "sh tools/push.sh {{"))
    gitflow.write("README.md", "No command names it.\n")
    gitflow.write("tools/push.sh", "echo two\n")
    for words in ((), ("HEAD", "WORKTREE")):
        assert names(planned(gitflow, *words)) == ["changed file tools/push.sh"]
    git(top, "add", "-A")
    [change] = planned(gitflow, "HEAD", "INDEX")["changes"]
    assert [caller["name"] for caller in change["details"][0]["callers"]] == ["greet"]
    commit(gitflow.folder, BASE.replace("echo {{", "sh tools/push.sh {{"))
    assert names(planned(gitflow, "HEAD~1", "HEAD")) == ["changed file tools/push.sh"]
    (gitflow.folder / "tools/push.sh").unlink()
    assert names(planned(gitflow)) == ["removed file tools/push.sh"]


def test_outside_of_git_there_is_no_plan(gitflow):
    gitflow.write(".workflows/a.yaml", BASE)
    done = gitflow("plan")
    assert (done.returncode, done.stdout) == (2, "")
    assert "not a git repository" in done.stderr


def test_only_what_concerns_a_task(gitflow, first):
    more = BASE + "  other: {type: push, task: other}\n"
    more = more.replace("triggers:", "  other: {flow: {a: {type: shell, cmd: ls}}}\ntriggers:")
    gitflow.write(".workflows/a.yaml", more.replace("echo {{", "printf %s {{"))
    assert names(planned(gitflow, "--task", "hello")) == ["changed action greet"]
    assert names(planned(gitflow, "--task", "other")) == ["added task other", "added trigger other"]


def test_a_task_that_neither_revision_has_is_refused(gitflow, first):
    done = gitflow("plan", "--exit-code", "--task", "hello", "--task", "helo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "gitflow: there is no task named 'helo'; did you mean \"hello\"?\n"
    gitflow.write(".workflows/a.yaml", BASE.replace("  hello:", "  other:").replace("task: hello", "task: other"))
    assert names(planned(gitflow, "--task", "hello")) == ["renamed task other", "changed trigger nightly"]
    gitflow.write(".workflows/a.yaml", "tasks: [")
    assert gitflow("plan", "--task", "unread").returncode == 1


ENCRYPTED = """
secrets:
    TOKEN: ENC[AES256_GCM,data:%s,iv:aaaa,tag:bbbb,type:str]
sops:
    mac: ENC[AES256_GCM,data:%s,iv:cccc,tag:dddd,type:str]
    version: 3.8.1
"""


def test_encrypted_files_are_not_decrypted(gitflow, first, tmp_path):
    """A program that is called `sops` would leave a trace."""
    trace = tmp_path / "called"
    program = tmp_path / "bin" / "sops"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {trace}\n")
    program.chmod(0o755)
    path = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    gitflow.write(".workflows/b.sops.yaml", ENCRYPTED % ("one", "one"))
    commit(gitflow.folder, BASE.replace("echo {{", "printf %s {{ secret.TOKEN }} {{"))
    gitflow.write(".workflows/b.sops.yaml", ENCRYPTED % ("two", "two"))
    for _ in range(2):  # the second time from the cache
        done = gitflow("plan", "--format", "json", env=path)
        assert (done.returncode, done.stderr) == (0, "")
        found = json.loads(done.stdout)
        assert names(found) == ["changed file .workflows/b.sops.yaml"]
        assert [caller["name"] for caller in found["changes"][0]["details"][0]["callers"]] == ["TOKEN"]
    assert not trace.exists()
    assert gitflow("validate", env=path).returncode == 1
    assert trace.exists()
