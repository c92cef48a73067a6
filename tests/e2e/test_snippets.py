"""The checks for GitLab, Gitea and Woodpecker in the guide on pull requests: their commands, in clones as these make
them, with the variables that they set. What installs gitflow is left out: it is here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from committing import commit, git, init

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "pull-requests.md").read_text()
GITFLOW = str(Path(sys.executable).parent / "gitflow")
POLICY = "rules: {short: {max_timeout: 2h}}\n"
QUICK = "tasks: {a: {timeout: 1h, flow: {s: {type: shell, cmd: ls}}}}\n"
SLOW = QUICK.replace("1h", "3h")
SAID = 'task "a" may take 3h; at most 2h is allowed'


def snippet(title: str) -> Any:
    part = PAGE.partition(f"\n### {title}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    [found] = re.findall(r"```yaml\n(.*?)```", part, re.DOTALL)
    return yaml.safe_load(found)


def commands(written: list[str]) -> Iterator[str]:
    for line in "\n".join(written).splitlines():
        if "pip install" not in line:
            yield re.sub(r"(/tmp/tools/bin/)?\bgitflow check", f"'{GITFLOW}' check", line)


@pytest.fixture
def origin(tmp_path) -> Path:
    """``main`` with a policy, and the branch ``topic`` of a pull request."""
    folder = init(tmp_path / "origin")
    (folder / ".workflows").mkdir()
    (folder / ".workflows/policy.yaml").write_text(POLICY)
    commit(folder, QUICK, "first")
    git(folder, "checkout", "-q", "-b", "topic")
    return folder


def move_main(origin: Path) -> None:
    """What the branch of the pull request does not have yet is nothing that it removes."""
    git(origin, "checkout", "-q", "main")
    commit(origin, QUICK.replace("{a:", "{later:"), name=".workflows/later.yaml")
    git(origin, "checkout", "-q", "topic")


def checked(
    origin: Path, gitflow, written: list[str], variables: Mapping[str, str]
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """What the commands come to in a clone of the branch, where no branch is checked out."""
    clone = origin.parent / f"clone-{len(list(origin.parent.iterdir()))}"
    git(origin.parent, "clone", "-q", "--no-checkout", str(origin), str(clone))
    git(clone, "checkout", "-q", "--detach", "origin/topic")
    script = "\n".join(["set -e", *commands(written)])
    done = subprocess.run(
        ["sh", "-c", script], cwd=clone, env=gitflow.environ | variables, capture_output=True, text=True, timeout=60
    )
    return done, clone


def test_gitlab_gets_a_report_of_code_quality_also_when_the_check_fails(gitflow, origin):
    [job] = snippet("GitLab").values()
    assert job["variables"] == {"GIT_DEPTH": "0"}
    assert job["artifacts"]["when"] == "always"
    report = job["artifacts"]["reports"]["codequality"]
    variables = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": git(origin, "rev-parse", "main")}
    commit(origin, SLOW, "slow")
    done, clone = checked(origin, gitflow, job["script"], variables)
    assert (done.returncode, done.stderr) == (1, "")
    [found] = json.loads((clone / report).read_text())
    assert found["description"].startswith(SAID)
    assert found["location"] == {"path": ".workflows/a.yaml", "lines": {"begin": 1}}
    commit(origin, QUICK.replace("ls", "pwd"), "quick")
    done, clone = checked(origin, gitflow, job["script"], variables)
    assert (done.returncode, json.loads((clone / report).read_text())) == (0, [])


def test_gitea_checks_the_change_since_the_base(gitflow, origin):
    [job] = snippet("Gitea and Forgejo")["jobs"].values()
    checkout, check = job["steps"]
    assert checkout["with"] == {"fetch-depth": 0}
    assert check["env"]["BASE"] == "${{ github.event.pull_request.base.sha }}"
    variables = {"BASE": git(origin, "rev-parse", "main")}
    commit(origin, SLOW, "slow")
    done, _ = checked(origin, gitflow, [check["run"]], variables)
    assert (done.returncode, SAID in done.stdout) == (1, True)
    commit(origin, QUICK.replace("ls", "pwd"), "quick")
    move_main(origin)
    done, _ = checked(origin, gitflow, [check["run"]], {"BASE": git(origin, "rev-parse", "main")})
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 change: 1 changed")


def test_woodpecker_fetches_the_base_and_checks_the_change_since_then(gitflow, origin):
    written = snippet("Woodpecker")
    assert written["clone"]["git"]["settings"] == {"partial": False}
    [step] = written["steps"].values()
    variables = {"CI_COMMIT_TARGET_BRANCH": "main"}
    commit(origin, SLOW, "slow")
    done, _ = checked(origin, gitflow, step["commands"], variables)
    assert (done.returncode, SAID in done.stdout) == (1, True)
    commit(origin, QUICK.replace("ls", "pwd"), "quick")
    move_main(origin)
    done, _ = checked(origin, gitflow, step["commands"], variables)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 change: 1 changed")
