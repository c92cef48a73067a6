"""What a real shell completes: bash, zsh and fish, with the script that ``gitflow completion`` prints."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FLOWS = """
tasks:
  hello:
    description: Greets somebody
    input: {name: {type: string, default: World}, tone: {type: string, options: [loud, low], default: low}}
    flow:
      say: {type: shell, cmd: 'echo {{ input.name }}'}
      shout: {type: shell, depends_on: [say], cmd: 'echo {{ input.tone }}'}
  release:
    flow:
      sure:
        type: approval
        input: {version: {type: string, required: true}, tone: {type: string, options: [loud, low]}}
      ship: {type: shell, depends_on: [sure], cmd: 'true'}
triggers:
  nightly: {type: scheduler, cron: "0 2 * * *", task: hello}
"""
BASH = """
eval "$(gitflow completion bash)"
compopt() { :; }
COMP_LINE=$1; COMP_POINT=${#1}
_gitflow_completion gitflow
printf '%s\\n' "${COMPREPLY[@]}"
"""
#: zsh's own functions belong to its line editor: what they are given is printed instead.
ZSH = """
compdef() { :; }
eval "$(gitflow completion zsh)"
_describe() { print -rl -- ${${(P)3}%%:*} }
words=("${(@s: :)1}"); CURRENT=${#words}
_gitflow_completion
"""
FISH = """
gitflow completion fish | source
complete -C $argv[1] | string split -f 1 \\t
"""
SHELLS = {"bash": ["bash", "-c", BASH, "bash"], "zsh": ["zsh", "-f", "-c", ZSH, "zsh"], "fish": ["fish", "-c", FISH]}

Complete = Callable[[str], list[str]]


@pytest.fixture(params=SHELLS)
def complete(request: pytest.FixtureRequest, gitflow, tmp_path: Path) -> Complete:
    """Completes a line as the shell does."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    program = tmp_path / "bin" / "gitflow"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gitflow.cli.main "$@"\n')
    program.chmod(0o755)
    gitflow.write(".workflows/a.yaml", FLOWS)
    env = {**gitflow.environ, "PATH": f"{program.parent}:{gitflow.environ['PATH']}", "HOME": str(tmp_path)}

    def run(line: str) -> list[str]:
        done = subprocess.run(
            [*SHELLS[request.param], line], cwd=gitflow.folder, env=env, capture_output=True, text=True, timeout=60
        )
        return sorted(done.stdout.split())

    return run


def test_a_real_shell_completes_commands_names_jobs_steps_inputs_and_statuses(complete: Complete, gitflow):
    assert complete("gitflow val") == ["validate"]
    assert complete("gitflow run he") == ["hello"]
    assert complete("gitflow show n") == ["nightly"]
    assert complete("gitflow run hello -i ") == ["name=", "tone="]
    assert complete("gitflow jobs --status can") == ["cancelled"]
    assert complete("gitflow explain ") == []

    job_id = gitflow.job("hello")["job_id"]
    assert complete("gitflow explain ") == sorted([job_id[-8:], "@hello", "last"])
    assert complete("gitflow diff last la") == ["last"]
    assert complete(f"gitflow logs {job_id[:6]}") == [job_id]
    assert complete("gitflow skip last sh") == ["shout"]
    assert complete("gitflow logs last --step ") == ["say", "shout"]


@pytest.mark.parametrize("complete", ["bash"], indirect=True)
def test_bash_replaces_only_what_stands_behind_its_breaks(complete: Complete, gitflow):
    gitflow.job("hello")
    assert complete("gitflow job @he") == ["hello"]
    assert complete("gitflow run hello -i tone=l") == ["loud", "low"]
    assert complete("gitflow cancel --filter status=fa") == ["failed"]
    assert complete("gitflow jobs --status=fa") == ["failed"]


def test_a_real_shell_completes_the_fields_that_a_waiting_approval_asks_for(complete: Complete, gitflow):
    running = gitflow.start("run", "release")
    assert running.stderr is not None
    assert any("waits for gitflow approve" in line for line in running.stderr)
    assert complete("gitflow approve last sure -i ") == ["tone=", "version="]
    assert complete("gitflow approve last sure -i v") == ["version="]
    assert complete("gitflow approve last ship -i ") == []
    assert gitflow("approve", "last", "sure", "-i", "version=1").returncode == 0
    assert running.wait(timeout=60) == 0
    assert complete("gitflow approve last sure -i ") == []
