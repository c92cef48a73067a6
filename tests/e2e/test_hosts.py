"""What runs ``gitflow check`` elsewhere, with the programs that run it there: the GitHub Action under ``act``, and the
hooks under ``pre-commit``. Both install this very source, which takes half a minute."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from committing import commit, git, init

ROOT = Path(__file__).resolve().parents[2]
QUICK = "tasks: {a: {timeout: 1h, flow: {s: {type: shell, cmd: ls}}}}\n"
SLOW = QUICK.replace("1h", "3h")
POLICY = "rules: {short: {max_timeout: 2h}}\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A repository with the files of this one, as they lie."""
    said = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, said.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "source" / name)
    init(tmp_path / "source")
    for command in (("add", "-A"), ("commit", "-q", "-m", "source")):
        git(None, *command, folder=tmp_path / "source")
    return tmp_path / "source"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Where pip finds packages stays as it is."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "LANG", "SSL_"))}
    state = {"GITFLOW_CACHE": str(tmp_path / "cache"), "GITFLOW_STATE": str(tmp_path / "state")}
    own = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "xdg"), "PRE_COMMIT_HOME": str(tmp_path)}
    (tmp_path / "home").mkdir()
    return {**kept, **state, **own, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def run(words: list[str], folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=300)


WORKFLOW = {
    "on": ["push"],
    "jobs": {
        "check": {
            "runs-on": "ubuntu-latest",
            "steps": [
                {"uses": "actions/checkout@v4", "with": {"fetch-depth": 0}},
                {"uses": "example/gitflow@v1", "with": {"path": "infra", "base": "HEAD~1"}},
            ],
        }
    },
}


@pytest.mark.hosts("act")
def test_the_action_annotates_the_change_and_fails(gitflow, source, environ):
    init(gitflow.folder)
    git(gitflow, "remote", "add", "origin", "https://github.com/example/scratch.git")
    gitflow.write(".github/workflows/check.yml", yaml.safe_dump(WORKFLOW))
    gitflow.write("infra/.workflows/policy.yaml", POLICY)
    commit(gitflow, QUICK, name="infra/.workflows/a.yaml")
    commit(gitflow, SLOW, name="infra/.workflows/a.yaml")
    local = f"example/gitflow@v1={source}"
    done = run(
        ["act", "push", "-P", "ubuntu-latest=-self-hosted", "--local-repository", local], gitflow.folder, environ
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "::error file=infra/.workflows/a.yaml,line=1,col=9,title=short::" in done.stdout
    assert "### Plan: 1 change: 1 changed" in done.stdout
    assert "exit status 1" in done.stdout


@pytest.mark.hosts("pre-commit")
def test_the_hooks_of_pre_commit_refuse_a_commit(gitflow, source, environ):
    init(gitflow.folder)
    hooks = [{"id": "gitflow-validate"}, {"id": "gitflow-check"}]
    config = {"repos": [{"repo": str(source), "rev": git(None, "rev-parse", "HEAD", folder=source), "hooks": hooks}]}
    gitflow.write(".pre-commit-config.yaml", yaml.safe_dump(config))
    gitflow.write(".workflows/policy.yaml", POLICY)
    gitflow.write("run.sh", "ls\n")
    commit(gitflow, QUICK.replace("cmd: ls", "script: run.sh"))
    done = run(["pre-commit", "run"], gitflow.folder, environ)
    assert done.returncode == 0, done.stdout + done.stderr
    gitflow.write(".workflows/a.yaml", SLOW)
    git(gitflow, "add", "-A")
    done = run(["pre-commit", "run"], gitflow.folder, environ)
    assert done.returncode == 1
    assert "Validate gitflow definitions.............................................Passed" in done.stdout
    assert '.workflows/a.yaml:1:9  task "a" may take 3h; at most 2h is allowed' in done.stdout
    git(gitflow, "reset", "-q", "--hard")
    git(gitflow, "mv", "run.sh", "moved.sh")
    done = run(["pre-commit", "run", "gitflow-validate"], gitflow.folder, environ)
    assert done.returncode == 1
    assert 'script "run.sh" is not in the workspace' in done.stdout
