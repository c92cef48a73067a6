from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from gitflow.runners import process_tree
from gitflow.runners.process_tree import Started as Step
from gitflow.runners.process_tree import kill_marked, left_behind

RUNNER = """
import sys, time
from gitflow.runners.base import StepContext
from gitflow.actions.registry import prepare
from gitflow.runners.runner import Runner
from gitflow.core.language.definition import Action
script = "setsid sleep 1000 & sleep 1000 & echo up; wait"
folder, token = sys.argv[1:]
runner = Runner(prepare, lambda chunk: print("up", flush=True), time.time)
runner.start(StepContext(Action("shell"), "w", "t", "j", "s", 1, "r", {}, {}, {}, {}, script,
             folder, folder, folder, folder, folder, folder, token, folder))
runner.wait()
"""

Started = list[subprocess.Popen[bytes]]


@pytest.fixture
def started() -> Iterator[Started]:
    processes: Started = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def marked(started: Started, code: str, mark: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "GITFLOW_RUN": mark}
    process = subprocess.Popen(["sh", "-c", code], env=env, stdout=subprocess.PIPE)
    started.append(process)
    assert process.stdout
    assert process.stdout.readline() == b"up\n"
    return process


@pytest.fixture
def token() -> str:
    return os.urandom(12).hex()


def test_what_a_killed_runner_left_running_is_found_and_ended(tmp_path: object, token: str) -> None:
    command = [sys.executable, "-c", RUNNER, str(tmp_path), token]
    runner = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert runner.stdout
    with runner.stdout:
        assert runner.stdout.readline() == b"up\n"
        runner.kill()
        runner.wait()
    assert kill_marked([token], 10.0) >= 3  # the shell and its two children
    assert kill_marked([token], 10.0) == 0


def test_only_what_carries_one_of_the_tokens_is_ended(started: Started, token: str) -> None:
    ours = marked(started, "echo up; exec sleep 1000", token)
    outer = marked(started, "echo up; exec sleep 1000", f"{token}0/{token}")
    other = marked(started, "echo up; exec sleep 1000", token + "x")
    assert kill_marked([token, "unknown"], 10.0) == 2
    assert (ours.wait(), outer.wait()) == (-15, -15)
    assert other.poll() is None


def test_what_ignores_term_is_killed_after_the_grace(started: Started, token: str) -> None:
    stubborn = marked(started, "trap '' TERM; echo up; while :; do sleep 0.01; done", token)
    begun = time.monotonic()
    assert kill_marked([token], 0.1) >= 1
    assert stubborn.wait() == -9
    assert time.monotonic() - begun >= 0.1


@pytest.fixture
def executing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other time one looks, a process is just executing a new program: the kernel shows no environment then."""
    real, looks = process_tree._environment_of, Counter[int]()

    def shown(pid: int) -> bytes | None:
        environment = real(pid)
        looks[pid] += 1 if environment else 0
        return b"" if environment and looks[pid] % 2 else environment

    monkeypatch.setattr(process_tree, "_environment_of", shown)


@pytest.mark.usefixtures("executing")
def test_a_process_whose_environment_was_read_too_early_is_asked_again(started: Started, token: str) -> None:
    step = marked(started, "echo up; exec sleep 1000", "other")
    left = marked(started, "echo up; exec sleep 1000", token)
    assert left_behind([Step(step.pid, token, 0.0)]) == [[left.pid]]


@pytest.mark.usefixtures("executing")
def test_a_process_that_executes_a_new_program_is_asked_to_end_all_the_same(started: Started, token: str) -> None:
    left = marked(started, "echo up; exec sleep 1000", token)
    assert kill_marked([token], 60.0) == 1
    assert left.wait(60.0) == -15


def test_the_caller_is_never_ended(token: str) -> None:
    code = f"from gitflow.runners.process_tree import kill_marked; print(kill_marked([{token!r}], 1.0))"
    env = {**os.environ, "GITFLOW_RUN": token}
    assert subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True).stdout == "0\n"


def test_without_tokens_nothing_is_looked_for() -> None:
    assert kill_marked([], 10.0) == 0
