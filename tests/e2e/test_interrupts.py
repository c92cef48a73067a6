"""Ctrl-C, TERM and HUP at any moment, in a terminal and outside of one."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

POLITE = """
tasks:
  polite:
    on_cancel: [{{action: note}}]
    flow:
      s: {{type: shell, cmd: 'sleep 600 & echo $! > {pids}; echo up; wait'}}
      t: {{type: shell, depends_on: [s], cmd: echo never}}
actions:
  note: {{type: shell, cmd: echo cleaned up}}
"""


@pytest.fixture(autouse=True)
def flows(gitflow, tmp_path: Path) -> Path:
    pids = tmp_path / "pids"
    gitflow.write(".workflows/a.yaml", POLITE.format(pids=pids))
    return pids


def ended(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cancels_records_and_leaves_nothing_running(gitflow, flows: Path, number):
    run = gitflow.start("run", "polite")
    assert "up" in run.stdout.readline()
    run.send_signal(number)
    stdout, stderr = run.communicate(timeout=30)
    assert run.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert ended(flows.read_text().strip())
    assert "cleaned up" in stdout, "the hook for a cancelled job did not run"
    statuses = {job["task_name"]: job["status"] for job in gitflow.jobs()}
    assert statuses == {"polite": "cancelled", "_hook:note": "completed"}


def test_ctrl_c_at_many_instants_ends_in_order(gitflow):
    """From before the first line of the program to after its last; none leaves a trace, or a job that is open."""
    gitflow.write(".workflows/b.yaml", "tasks:\n  quick:\n    flow:\n      q: {type: shell, cmd: sleep 0.05}\n")
    assert gitflow("run", "quick", "-q").returncode == 0
    for instant in range(12):
        run = gitflow.start("run", "quick", "-q")
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(timeout=0.04 + 0.012 * instant)
        run.send_signal(signal.SIGINT)
        stderr = run.communicate(timeout=30)[1]
        is_ours = 'File "/' not in stderr or "gitflow/cli/local/run.py" not in stderr
        assert is_ours, stderr
        assert run.returncode in (0, 130, 1, -signal.SIGINT), stderr
    assert {job["status"] for job in gitflow.jobs()} <= {"completed", "cancelled"}


def test_a_followed_log_ends_when_the_job_is_killed(gitflow):
    run = gitflow.start("run", "polite")
    assert "up" in run.stdout.readline()
    [job] = gitflow.jobs()
    follower = gitflow.start("logs", "-f", "--format", "text", job["job_id"])
    assert follower.stdout.readline() == "up\n"
    run.send_signal(signal.SIGKILL)
    assert follower.communicate(timeout=30) == ("", "")
    assert follower.returncode == 0
    run.communicate()
    assert [each["status"] for each in gitflow.jobs()] == ["failed"]


def test_ctrl_c_ends_a_followed_log_and_not_its_job(gitflow):
    run = gitflow.start("run", "polite")
    assert "up" in run.stdout.readline()
    [job] = gitflow.jobs()
    follower = gitflow.start("logs", "-f", "--tail", "1", job["job_id"])
    assert '"up"' in follower.stdout.readline()
    follower.send_signal(signal.SIGINT)
    stderr = follower.communicate(timeout=30)[1]
    assert (follower.returncode, stderr) == (130, "")
    assert [each["status"] for each in gitflow.jobs()] == ["running"]


class Terminal:
    """A command in a terminal of its own, with what it shows."""

    def __init__(self, gitflow, *words: str, **env: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(gitflow.folder)
            argv = [sys.executable, "-m", "gitflow.cli.main", *words]
            os.execve(sys.executable, argv, gitflow.environ | {"TERM": "xterm"} | env)
        self.shown = b""

    def until(self, words: bytes | None) -> None:
        """Reads until the words are shown, or to the end."""
        limit = time.monotonic() + 30
        while words is None or words not in self.shown:
            assert select.select([self.fd], [], [], limit - time.monotonic())[0], self.shown
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                assert words is None, self.shown
                return
            self.shown += data

    def press(self, key: bytes) -> None:
        os.write(self.fd, key)

    def status(self) -> int:
        self.until(None)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_in_a_terminal_ctrl_c_cancels_and_progress_has_colours(gitflow, flows: Path):
    terminal = Terminal(gitflow, "run", "polite")
    terminal.until(b"up")
    terminal.press(b"\x03")
    assert terminal.status() == 130
    assert b"\x1b[36m" in terminal.shown
    assert ended(flows.read_text().strip())
    assert "cancelled" in {job["status"] for job in gitflow.jobs()}


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours_gets_none(gitflow, env):
    gitflow.write(".workflows/b.yaml", "tasks:\n  quick:\n    flow:\n      q: {type: shell, cmd: echo hi}\n")
    terminal = Terminal(gitflow, "run", "quick", **env)
    assert terminal.status() == 0
    assert b"\x1b" not in terminal.shown
    assert b"q | hi" in terminal.shown


def test_a_terminal_that_is_closed_ends_the_run_in_order(gitflow, flows: Path):
    terminal = Terminal(gitflow, "run", "polite")
    terminal.until(b"up")
    os.close(terminal.fd)
    assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 130
    assert ended(flows.read_text().strip())
    assert {job["task_name"]: job["status"] for job in gitflow.jobs()}["polite"] == "cancelled"


def test_the_history_says_who_asked(gitflow):
    run = gitflow.start("run", "polite", env={"USER": "", "LOGNAME": ""})
    assert "up" in run.stdout.readline()
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    job = next(job for job in gitflow.jobs() if job["task_name"] == "polite")
    lines = gitflow("logs", job["job_id"], "--step", "_server").stdout.splitlines()
    import pwd

    assert json.loads(lines[0])["line"].endswith(f"({pwd.getpwuid(os.getuid()).pw_name})")
