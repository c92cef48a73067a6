"""What runs ``gitflow check`` elsewhere, with the programs that run it there: the GitHub Action under ``act``, and the
hooks under ``pre-commit``. Both install this very source, which takes half a minute."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

import planted_mistakes as planted
from committing import commit, commit_all, git, init
from planted_mistakes import ALL, BREAKING, MISTAKES, annotations, differences, lines, uncommitted

ROOT = Path(__file__).resolve().parents[2]
QUICK = "tasks: {a: {timeout: 1h, flow: {s: {type: shell, cmd: ls}}}}\n"
SLOW = QUICK.replace("1h", "3h")
POLICY = "rules: {short: {max_timeout: 2h}}\n"


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """A repository with the files of this one, as they lie."""
    folder = tmp_path_factory.mktemp("source")
    said = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, said.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    init(folder)
    commit_all(folder, "source")
    return folder


@pytest.fixture(scope="module")
def environ(tmp_path_factory) -> Mapping[str, str]:
    """Where pip finds packages stays as it is. What pre-commit has installed once it keeps."""
    folder = tmp_path_factory.mktemp("account")
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "LANG", "SSL_"))}
    state = {"GITFLOW_CACHE": str(folder / "cache"), "GITFLOW_STATE": str(folder / "state")}
    own = {"HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "xdg"), "PRE_COMMIT_HOME": str(folder)}
    (folder / "home").mkdir()
    return {**kept, **state, **own, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def run(words: list[str], folder: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=600)


def hooks(source: Path, *hooks: Mapping[str, object]) -> str:
    """The configuration of pre-commit with these hooks of gitflow."""
    repository = {"repo": str(source), "rev": git(source, "rev-parse", "HEAD"), "hooks": list(hooks)}
    return yaml.safe_dump({"repos": [repository]})


@pytest.mark.xdist_group("pre-commit")  # which installs once
@pytest.mark.hosts("pre-commit")
def test_the_hooks_of_pre_commit_refuse_a_commit(gitflow, source, environ):
    init(gitflow.folder)
    gitflow.write(".pre-commit-config.yaml", hooks(source, {"id": "gitflow-validate"}, {"id": "gitflow-check"}))
    gitflow.write(".workflows/policy.yaml", POLICY)
    gitflow.write("run.sh", "ls\n")
    commit(gitflow.folder, QUICK.replace("cmd: ls", "script: run.sh"))
    done = run(["pre-commit", "run"], gitflow.folder, environ)
    assert done.returncode == 0, done.stdout + done.stderr
    gitflow.write(".workflows/a.yaml", SLOW)
    git(gitflow.folder, "add", "-A")
    done = run(["pre-commit", "run"], gitflow.folder, environ)
    assert done.returncode == 1
    assert "Validate gitflow definitions.............................................Passed" in done.stdout
    assert '.workflows/a.yaml:1:13  task "a" may take 3h; at most 2h is allowed' in done.stdout
    git(gitflow.folder, "reset", "-q", "--hard")
    git(gitflow.folder, "mv", "run.sh", "moved.sh")
    done = run(["pre-commit", "run", "gitflow-validate"], gitflow.folder, environ)
    assert done.returncode == 1
    assert 'script "run.sh" is not in the workspace' in done.stdout


def workflow(*workspaces: str) -> str:
    """A workflow of GitHub that checks each workspace in a step of its own, whatever became of the others."""
    checkout = {"uses": "actions/checkout@v4", "with": {"fetch-depth": 0}}
    check = {"uses": "example/gitflow@v1", "if": "${{ !cancelled() }}"}
    uses = [{**check, "name": path, "with": {"path": path, "base": "HEAD~1"}} for path in workspaces]
    return yaml.safe_dump({"on": ["push"], "jobs": {"check": {"runs-on": "ubuntu-latest", "steps": [checkout, *uses]}}})


@pytest.mark.hosts("act")
def test_the_action_annotates_each_mistake_of_a_change_and_fails(gitflow, source, environ):
    gitflow.write(".github/workflows/check.yml", workflow(*planted.WORKSPACES))
    planted.plant(gitflow.folder, committed=True)
    git(gitflow.folder, "remote", "add", "origin", "https://github.com/example/scratch.git")
    local = f"example/gitflow@v1={source}"
    words = ["act", "push", "-P", "ubuntu-latest=-self-hosted", "--local-repository", local]
    done = run(words, gitflow.folder, environ)
    assert done.returncode == 1, done.stdout + done.stderr
    assert differences(annotations(done.stdout), (*ALL, *BREAKING)) == ([], []), done.stdout
    assert "### Plan: 1 change: 1 changed" in done.stdout
    assert sorted(re.findall(r"❌  Failure - Main (\S+) \[", done.stdout)) == sorted(planted.WORKSPACES)
    assert "check] 🏁  Job failed" in done.stdout


@pytest.mark.xdist_group("pre-commit")  # which installs once
@pytest.mark.hosts("pre-commit")
def test_the_hooks_of_pre_commit_name_each_mistake_before_the_commit(gitflow, source, environ):
    listed = [
        {"id": hook, "alias": f"{hook}-{path}", "args": [path]}
        for hook in ("gitflow-validate", "gitflow-check")
        for path in planted.WORKSPACES
    ]
    gitflow.write(".pre-commit-config.yaml", hooks(source, *listed))
    planted.plant(gitflow.folder, committed=False)
    for hook, expected in (("gitflow-validate", MISTAKES), ("gitflow-check", uncommitted(ALL))):
        done = run(["pre-commit", "run", hook], gitflow.folder, environ)
        assert done.returncode == 1, done.stdout + done.stderr
        assert differences(lines(done.stdout), expected) == ([], []), done.stdout
