"""A child is started as ``subprocess`` starts it, and what cannot be started is refused as there."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from gitflow.runners import child
from gitflow.runners.child import KNOWN_PYTHONS, start

ENV = {b"PATH": os.environb[b"PATH"], b"A": b"a=b \xff"}
#: What a program finds at its start: folder, environment, session, signals and descriptors. The signals are those that
#: grep has from the shell, for dash blocks all of its own while it waits.
LOOK = (
    "pwd; env | sort; test $(ps -o sid= -p $$) -eq $$ && echo own session; "
    "grep -E 'Sig(Blk|Ign)' /proc/self/status; ls /proc/$$/fd; readlink /proc/$$/fd/0"
)


@contextmanager
def pipe():
    reader, writer = os.pipe()
    with open(reader, "rb") as read, open(writer, "wb") as write:
        yield read, write


def run(argv, cwd=".", env=ENV):
    """Exit code, stdout and stderr of a program that was started here."""
    with pipe() as (out, out_end), pipe() as (err, err_end):
        process = start(argv, str(cwd), env, out_end.fileno(), err_end.fileno())
        out_end.close()
        err_end.close()
        return process.wait(), out.read(), err.read()


@pytest.fixture(params=["fork_exec", "subprocess"])
def way(request, monkeypatch):
    """Both ways, whichever this Python takes."""
    known = sys.version_info[:2] if request.param == "fork_exec" else None
    monkeypatch.setattr(child, "KNOWN_PYTHONS", (known,))
    return request.param


def test_this_python_is_one_of_the_known():
    """Compare the call of ``_fork_exec`` in this Python's subprocess.py with child.py, then add the version."""
    assert sys.version_info[:2] in KNOWN_PYTHONS


def test_a_known_python_needs_no_subprocess(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    assert run([b"sh", b"-c", b"echo out; echo err >&2; exit 7"]) == (7, b"out\n", b"err\n")


def test_a_process_is_known_to_lead_its_session_until_it_is_reaped():
    with pipe() as (_, out_end), pipe() as (_, err_end):
        process = start([b"sleep", b"1000"], ".", ENV, out_end.fileno(), err_end.fileno())
    assert process.pid in child.leaders
    os.kill(process.pid, 9)
    assert process.wait() == -9
    assert process.pid not in child.leaders


def test_where_the_kernel_reaps_processes_none_is_known():
    code = (
        "import os, signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); from gitflow.runners import child; "
        "child.start([b'/bin/true'], '.', {}, os.dup(1), os.dup(2)); print(child.leaders)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdin=subprocess.PIPE, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_the_program_finds_the_same_in_both_ways(tmp_path, monkeypatch):
    found = []
    for known in (sys.version_info[:2], None):
        monkeypatch.setattr(child, "KNOWN_PYTHONS", (known,))
        found.append(run([b"sh", b"-c", LOOK.encode()], tmp_path))
    assert found[0] == found[1]
    assert str(tmp_path).encode() in found[0][1]
    assert b"own session" in found[0][1]
    assert b"A=a=b \xff" in found[0][1]


def test_the_code_is_minus_the_signal_that_ended_it(way):
    assert run([b"sh", b"-c", b"kill -9 $$"])[0] == -9


def test_its_code_can_be_asked_twice(way):
    with pipe() as (_, end):
        process = start([b"false"], ".", ENV, end.fileno(), end.fileno())
        assert [process.wait(), process.wait()] == [1, 1]


def test_the_program_is_searched_for_in_its_own_path(way, tmp_path):
    program = tmp_path / "greet"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    assert run([b"greet"], env={b"PATH": b"/nowhere:" + str(tmp_path).encode()})[1] == b"hello\n"


@pytest.mark.parametrize(
    ("argv", "cwd", "kind"),
    [
        ([b"no-such-program"], "/", FileNotFoundError),
        ([b"/etc/passwd"], "/", PermissionError),
        ([b"true"], "/no-such-folder", FileNotFoundError),
    ],
)
def test_what_cannot_be_started_is_refused_as_subprocess_does(way, argv, cwd, kind):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(kind) as refused:
        run(argv, cwd)
    with pytest.raises(kind) as expected:
        subprocess.Popen(argv, cwd=cwd, env=ENV)
    assert str(refused.value) == str(expected.value)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_start_leaves_no_descriptor_open():
    before = len(os.listdir("/proc/self/fd"))
    run([b"true"])
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_word_with_a_null_byte_is_refused(way):
    with pytest.raises(ValueError, match="null byte"):
        run([b"echo", b"a\0b"])


def test_standard_descriptors_that_are_closed_are_left_to_subprocess(tmp_path):
    """A program without stdin gets pipes with the numbers 0 to 2, which the child would overwrite."""
    script = tmp_path / "closed.py"
    script.write_text(
        "import os\n"
        "from gitflow.runners.child import start\n"
        "os.close(0)\n"
        "out, end = os.pipe()\n"
        "child = start([b'echo', b'hello'], '/', {b'PATH': b'/bin:/usr/bin'}, end, 2)\n"
        "os.close(end)\n"
        "print(child.wait(), os.read(out, 100))\n"
    )
    shown = subprocess.run([sys.executable, str(script)], capture_output=True, cwd=Path.cwd(), check=False)
    assert shown.stdout == b"0 b'hello\\n'\n", shown.stderr
