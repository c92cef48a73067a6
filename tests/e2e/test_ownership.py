"""A repository that belongs to another user: what is said, and what its cure does."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

FLOW = "tasks: {hello: {flow: {say: {type: shell, cmd: echo hello}}}}\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_the_command_that_is_shown_for_a_repository_of_another_user_lets_it_be_run(gitflow, tmp_path: Path):
    home, folder = tmp_path / "home", tmp_path / "the team's shop"
    home.mkdir()
    theirs = replace(gitflow, folder=folder)
    theirs.write(".workflows/a.yaml", FLOW)
    as_them = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    for words in (["init", "-q"], ["add", "-A"], [*as_them, "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    subprocess.run(["chown", "-R", "65534:65534", folder], check=True)

    refused = theirs("run", "hello", env={"HOME": str(home)})
    before, _, cure = refused.stderr.strip().partition("; if you trust it, run ")
    assert (refused.returncode, before.endswith("the repository belongs to another user")) == (2, True), refused
    subprocess.run(["sh", "-c", cure], env={"PATH": os.environ["PATH"], "HOME": str(home)}, check=True)
    done = theirs("run", "hello", env={"HOME": str(home)})
    assert (done.returncode, "hello" in done.stdout + done.stderr) == (0, True), done
    [job] = theirs.jobs()
    assert job["commit"]["subject"] == "first"
