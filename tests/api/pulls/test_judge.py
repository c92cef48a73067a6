"""The process that judges a head: it ends in time, and takes nothing of the server with it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from committing import git
from gitflow.api.pulls.judge import JudgeProcess
from gitflow.runtime.pulls.judging import Unjudged
from gitflow.workspaces.pull_heads import PullHead


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "-q", "--bare", ".")
    return tmp_path


def commit(folder: Path, tree: str, *parents: str) -> str:
    return git(folder, "commit-tree", tree, "-m", "x", *(word for parent in parents for word in ("-p", parent)))


def tree_of(folder: Path, text: str) -> str:
    blob = git(folder, "hash-object", "-w", "--stdin", data=text)
    inner = git(folder, "mktree", data=f"100644 blob {blob}\ta.yaml\n")
    return git(folder, "mktree", data=f"040000 tree {inner}\t.workflows\n")


def judge(folder: Path, base: str, head: str, timeout_s: float = 60.0):
    return asyncio.run(JudgeProcess("", timeout_s)(PullHead(str(folder), base, head)))


def test_a_tree_that_stands_for_more_files_than_there_are_atoms_is_given_up(repository):
    base = commit(repository, tree_of(repository, "tasks: {}\n"))
    tree = tree_of(repository, "tasks: {}\n")
    for _ in range(80):
        tree = git(repository, "mktree", data="".join(f"040000 tree {tree}\td{number}\n" for number in range(10)))
    with pytest.raises(Unjudged, match="more time or memory"):
        judge(repository, base, commit(repository, tree, base), 3.0)


def test_unsafe_names_are_an_error_that_is_shown_as_code(repository):
    base = commit(repository, tree_of(repository, "tasks: {}\n"))
    blob = git(repository, "hash-object", "-w", "--stdin", data="/etc/passwd")
    head = commit(repository, git(repository, "mktree", data=f"120000 blob {blob}\t@everyone"), base)
    verdict = judge(repository, base, head)
    assert (verdict.state, verdict.summary) == ("failure", "not judged: it cannot be read")
    assert "`'@everyone'" in verdict.report


def test_the_process_has_no_variable_of_the_server(repository, monkeypatch):
    """What would be imported from a folder of the environment is not."""
    (repository / "evil").mkdir()
    (repository / "evil" / "sitecustomize.py").write_text(f"open({str(repository / 'mark')!r}, 'w')\n")
    monkeypatch.setenv("PYTHONPATH", str(repository / "evil"))
    base = commit(repository, tree_of(repository, "tasks: {}\n"))
    assert judge(repository, base, base).state == "success"
    assert not os.path.exists(repository / "mark")
