"""Beside processes of other users, a runner that is not root's own stays as quick as without them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FOREIGN = 60
NOBODY = 65534

#: Runs a step, as another user, once what is beside it has been started; counts its looks and waits by thread.
RUNNER = """
import ctypes, json, os, sys, threading, time
from collections import Counter
from gitflow.runners import pids, process_tree, searches
from gitflow.runners.base import StepContext
from gitflow.actions.registry import prepare
from gitflow.runners.runner import Runner
from gitflow.core.language.definition import Action
import select, signal, subprocess, gitflow.actions.registry, gitflow.actions.shell

folder, user, hides = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "hides"
os.setgroups([]); os.setresgid(user, user, user); os.setresuid(user, user, user)
counts, engine = Counter(), threading.get_ident()

def thread():
    return "engine" if threading.get_ident() == engine else "search"

def count(event, arguments):
    if event == "open" and str(arguments[0]).startswith("/proc/") and str(arguments[0]).endswith("/environ"):
        counts[thread() + " looks"] += 1

def sleep(seconds, real=time.sleep):
    counts[thread() + " sleeps"] += 1
    real(seconds)

time.sleep = sleep

print("ready", flush=True)
sys.stdin.readline()
if hides and not (hiding := os.fork()):
    ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE: the kernel hides its environment from its own user too
    print("hidden", flush=True)
    signal.pause()
if hides:
    sys.stdin.readline()
log = []
runner = Runner(prepare, log.append, time.time)
pids._largest = 1  # as after a long step on a machine that uses up its ids: all of /proc is asked
sys.addaudithook(count)
seen = []
for number in range(2):
    counts.clear()
    child = "setsid sh -c 'echo $$ >child; exec sleep 1000' </dev/null >/dev/null 2>&1 &"
    script = f"rm -f child; {child} while ! [ -s child ]; do :; done"
    runner.start(StepContext(Action("shell"), "w", "t", "j", f"s{number}", 1, "r", {}, {}, {}, {}, script,
                 folder, folder, folder, folder, folder, folder, f"token{number}x{os.getpid()}", folder))
    [finished] = runner.wait(60)
    assert finished.outcome.error is None, finished
    left = process_tree.is_alive(int(open(folder + "/child").read()))
    seen.append({**counts, "left": left})
if hides:
    os.kill(hiding, 9)
print(json.dumps(seen))
"""


@contextmanager
def beside(foreign: int) -> Iterator[None]:
    """Processes of another user, younger than the runner."""
    started = [subprocess.Popen(["sleep", "1000"], user=NOBODY - 1) for _ in range(foreign)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def run_beside(foreign: int, *, hides: bool) -> list[dict[str, int]]:
    folder = Path(tempfile.mkdtemp(prefix="gitflow-searches-"))
    os.chown(folder, NOBODY, NOBODY)
    command = [sys.executable, "-c", RUNNER, str(folder), str(NOBODY), "hides" if hides else "shows"]
    try:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/") as runner:
            assert runner.stdin
            assert runner.stdout
            assert runner.stdout.readline() == "ready\n"
            with beside(foreign):
                print("go", file=runner.stdin, flush=True)
                if hides:
                    assert runner.stdout.readline() == "hidden\n"
                    print("go", file=runner.stdin, flush=True)
                return json.loads(runner.stdout.readline())
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start processes of two other users")
def test_processes_of_other_users_are_neither_waited_for_nor_asked_again() -> None:
    for seen in run_beside(FOREIGN, hides=False):
        assert not seen["left"]
        assert "engine sleeps" not in seen
        assert seen.get("search sleeps", 0) < 10 * FOREIGN
        assert seen.get("engine looks", 0) + seen.get("search looks", 0) < 20 * FOREIGN


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start processes of two other users")
def test_one_of_our_own_that_hides_its_environment_is_waited_for_once_and_not_by_the_engine() -> None:
    first, second = run_beside(0, hides=True)
    assert not first["left"]
    assert not second["left"]
    assert first["search sleeps"] >= 50
    assert second.get("search sleeps", 0) < 50
    assert "engine sleeps" not in first
    assert "engine sleeps" not in second
