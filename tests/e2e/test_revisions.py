"""``--rev``: definitions and files of a branch, a tag or a commit, whatever lies in the folder now."""

import shutil

import pytest

from committing import commit_all, git, init

FLOW = """
tasks:
  hello:
    flow:
      say: {{type: shell, cmd: 'echo {words}; cat words.txt'}}
"""


def commit(gitflow, words: str) -> str:
    gitflow.write(".workflows/a.yaml", FLOW.format(words=words))
    gitflow.write("words.txt", f"file of {words}\n")
    return commit_all(gitflow.folder, words)


@pytest.fixture
def first(gitflow) -> str:
    init(gitflow.folder)
    sha = commit(gitflow, "one")
    git(gitflow.folder, "tag", "v1")
    git(gitflow.folder, "branch", "stable")
    return sha


def said(gitflow, *words: str) -> list[str]:
    done = gitflow("run", "hello", *words)
    assert done.returncode == 0, done.stderr
    return [line.partition("| ")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("rev", ["v1", "stable", "sha", "short"])
def test_a_name_means_its_commit_whatever_came_later(gitflow, first, rev):
    commit(gitflow, "two")
    gitflow.write("words.txt", "not committed\n")
    gitflow.write(".workflows/a.yaml", "broken: [")
    named = {"sha": first, "short": first[:10]}.get(rev, rev)
    assert said(gitflow, "--rev", named) == ["one", "file of one"]
    [job] = gitflow.jobs()
    assert job["revision"] == first


def test_without_a_revision_what_lies_in_the_folder_runs(gitflow, first):
    gitflow.write("words.txt", "not committed\n")
    assert said(gitflow) == ["one", "not committed"]


def test_a_broken_commit_changes_nothing_for_an_older_one(gitflow, first):
    gitflow.write(".workflows/a.yaml", "tasks:\n  hello:\n    flow:\n      say: {action: nothing}\n")
    git(gitflow.folder, "commit", "-q", "-am", "broken")
    assert gitflow("run", "hello", "--rev", "main").returncode == 2
    assert said(gitflow, "--rev", "v1") == ["one", "file of one"]
    assert gitflow("validate", "--rev", "main").returncode == 1
    assert gitflow("validate", "--rev", "v1").returncode == 0


@pytest.mark.parametrize("rev", ["nothing", "0" * 40, "-x", "a b", "HEAD@{99}", "nothing@{u}", ""])
def test_an_unknown_revision_is_refused_by_name(gitflow, first, rev):
    done = gitflow("run", "hello", f"--rev={rev}")
    assert done.returncode == 2
    assert rev in done.stderr
    assert "Traceback" not in done.stderr
    assert gitflow.jobs() == []


def test_a_retry_needs_neither_the_folder_nor_the_repository(gitflow, first, tmp_path):
    gate = tmp_path / "gate"
    gitflow.write(".workflows/a.yaml", FLOW.format(words=f"x; test -e {gate}"))
    git(gitflow.folder, "commit", "-q", "-am", "needs a gate")
    jobs = [gitflow.job("hello", status=1), gitflow.job("hello", "--rev", "main", status=1)]
    gate.write_text("")
    shutil.rmtree(gitflow.folder)
    gitflow.folder = tmp_path
    for job in jobs:
        done = gitflow("retry", job["job_id"])
        assert done.returncode == 0, done.stderr
        assert "file of one" in done.stdout


def test_other_commands_read_a_revision_too(gitflow, first):
    commit(gitflow, "two")
    assert "echo one" in gitflow("show", "hello", "--rev", "v1").stdout
    assert "echo two" in gitflow("show", "hello", "--rev", "main").stdout


@pytest.mark.parametrize("form", ["github", "sarif", "text", "json", "junit"])
def test_reports_name_files_as_their_readers_do(gitflow, form, tmp_path):
    top = gitflow.folder
    git(gitflow.folder, "init", "-q")
    gitflow.folder = top / "flows"
    gitflow.write(".workflows/a.yaml", "tasks:\n  x:\n    flow:\n      a: {action: nothing}\n")
    gitflow.folder = top / "elsewhere"
    gitflow.folder.mkdir()
    done = gitflow("validate", "../flows", "--format", form)
    assert done.returncode == 1
    named = {
        "github": "file=flows/.workflows/a.yaml,line=4",
        "sarif": '"uri": "flows/.workflows/a.yaml"',
        "text": "../flows/.workflows/a.yaml:4:",
        "json": '"file": ".workflows/a.yaml"',
        "junit": 'classname="flows/.workflows/a.yaml"',
    }
    assert named[form] in done.stdout


@pytest.mark.parametrize("form", ["github", "sarif", "text", "junit"])
def test_outside_a_repository_reports_name_files_from_here(gitflow, form):
    top = gitflow.folder
    gitflow.folder = top / "flows"
    gitflow.write(".workflows/a.yaml", "tasks: {x: {flow: {a: {action: nothing}}}}\n")
    gitflow.folder = top
    assert "flows/.workflows/a.yaml" in gitflow("validate", "flows", "--format", form).stdout


def test_an_unchanged_workspace_reports_its_warnings_again(gitflow):
    gitflow.write(
        ".workflows/a.yaml",
        "tasks:\n  x:\n    input: {v: {type: string}}\n"
        "    flow:\n      a: {type: shell, cmd: 'echo {{ input.v | raw }}'}\n",
    )
    first, again = gitflow("validate"), gitflow("validate")
    assert first.returncode == again.returncode == 0
    assert "warning" in first.stdout
    assert first.stdout == again.stdout
