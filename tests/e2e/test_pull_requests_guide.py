"""The guide on pull requests: the change of examples/gitops, step by step, and what is printed at each."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from committing import commit_all, git, init
from signing import SshKey, needs_signing

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "pull-requests.md").read_text()
EXAMPLE = ROOT / "examples" / "gitops"

_BLOCKS = re.findall(r"```(sh|text)\n(.*?)```", PAGE.partition("### An example")[2].partition("\n### ")[0], re.S)
STEPS = [text.splitlines() for kind, text in _BLOCKS if kind == "sh"]
SHOWN = [text for kind, text in _BLOCKS if kind == "text"]
_BEGIN = PAGE.partition("## From an empty repository")[2].partition("\n## ")[0]
BEGINNING = re.findall(r"```(sh|yaml)\n(.*?)```", _BEGIN, re.S)
#: The caller of every task, which has no place in a file.
CLIENTS = ("API and command line", None, None)


@pytest.fixture
def shop(gitflow):
    """A copy of the example that is a repository of its own."""
    shutil.rmtree(gitflow.folder)
    shutil.copytree(EXAMPLE, gitflow.folder)
    init(gitflow.folder)
    commit_all(gitflow.folder, "first")
    return gitflow


def do(shop, step: int):
    """The commands of a step of the guide; what its last one, which is one of gitflow, came to."""
    *before, last = [shlex.split(line) for line in STEPS[step]]
    for words in before:
        assert words[0] == "git"
        git(shop.folder, *words[1:])
    assert last[0] == "gitflow"
    return shop(*last[1:])


def without_shas(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "………", text)


def planned(shop, *words: str) -> list[dict]:
    return json.loads(shop("plan", *words, "--format", "json").stdout)["changes"]


def broken(changes: list[dict]) -> dict[str, list[tuple]]:
    """Whom each breaking change breaks, and where they are."""
    return {
        change["name"]: [
            (caller["name"], caller["file"], caller["line"])
            for detail in change["details"]
            for caller in detail["callers"]
        ]
        for change in changes
        if change["breaking"]
    }


def line_of(shop, text: str) -> int:
    return 1 + (shop.folder / ".workflows/shop.yaml").read_text().splitlines().index(text)


def test_the_plan_names_the_caller_that_was_forgotten(shop):
    assert without_shas(do(shop, 0).stdout) == without_shas(SHOWN[0])
    schedule = ("every-morning", ".workflows/shop.yaml", line_of(shop, "  every-morning:"))
    assert broken(planned(shop)) == {"smoke-test": [schedule, CLIENTS]}
    done = shop("check")
    assert done.returncode == 1
    line = line_of(shop, "    input: {page: /offers}")
    assert f'.workflows/shop.yaml:{line}:5  input "region" of task "smoke-test" is required\n' in done.stdout


def test_a_breaking_change_is_refused_until_a_commit_says_so(shop):
    do(shop, 0)
    refused = do(shop, 1)
    assert (refused.returncode, without_shas(refused.stdout)) == (1, without_shas(SHOWN[1]))
    assert broken(planned(shop, "main")) == {"smoke-test": [CLIENTS]}
    assert do(shop, 2).returncode == 0


def test_the_tests_of_the_example_pass_before_the_change_and_after_it(shop):
    for step in (None, 0, 1):
        if step is not None:
            do(shop, step)
        done = shop("test")
        if step == 0:
            assert (done.returncode, done.stdout) == (1, "")
            assert 'input "region" of task "smoke-test" is required' in done.stderr
        else:
            assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3 passed")


def test_the_policy_keeps_the_approval(shop):
    path = shop.folder / ".workflows/shop.yaml"
    path.write_text(path.read_text().replace("        depends_on: [confirm]\n", ""))
    done = shop("check")
    assert done.returncode == 1
    assert 'step "roll-out" of task "prod/release" can run without an approval' in done.stdout


@needs_signing
def test_an_empty_repository_is_brought_under_a_policy_with_signatures(gitflow, tmp_path):
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    key = SshKey(tmp_path / "home" / ".ssh", "id_ed25519")
    who = {f"GIT_{role}_{what}": "ann@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for kind, text in BEGINNING:
        if kind == "yaml":
            gitflow.write(text.partition("\n")[0].removeprefix("# "), text)
            continue
        done = gitflow.follow(text, {"HOME": str(tmp_path / "home"), **who})
        assert done.returncode == ("# exit status 1" in text), done.stdout + done.stderr
        if done.returncode:
            assert "breaks its callers, and no commit says so" in done.stdout
            assert "neither a signed commit nor a review of ann@example.com" in done.stdout
    assert f"is signed by ann@example.com with the key {key.fingerprint}" in done.stdout
    assert "2 changes: 2 changed; 1 breaking" in done.stdout


def test_the_readme_of_the_example_has_the_same_commands():
    readme = (EXAMPLE / "README.md").read_text()
    for line in (line for step in STEPS for line in step if line.startswith("git ")):
        assert line in readme


def test_the_readme_of_the_project_shows_a_part_of_this_plan():
    command, *lines = re.findall(r"```text\n(\$ .*?)```", (ROOT / "README.md").read_text(), re.S)[0].splitlines()
    assert command == "$ gitflow plan"
    rest = iter(SHOWN[0].splitlines())
    assert lines
    assert all(line in rest for line in lines)  # each of them, in their order
