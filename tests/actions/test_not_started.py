"""An attempt that cannot start for a reason that may pass says which, and that another try may go well."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gitflow.actions import http
from gitflow.runners.base import Process
from gitflow.runners.messages import NotStarted, reason
from gitflow.runners.process import ProcessAttempt
from gitflow.runners.process_tree import is_alive
from gitflow.runners.streams import Log

assert http  # imported before a limit is set


def lowest_free() -> int:
    fd = os.open("/dev/null", os.O_RDONLY)
    os.close(fd)
    return fd


def open_files() -> dict[str, str]:
    """What each descriptor of this process is, but for the one that is open to look."""
    found: dict[str, str] = {}
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            found[fd] = os.readlink(f"/proc/self/fd/{fd}")
    return found


@contextmanager
def room_for(files: int) -> Iterator[int]:
    """So many more files can be opened in this process; gives the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = lowest_free() + files
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield limit
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def in_a_child(work: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """What comes of it in a process of its own, as a user who has no other process; its limits end with it."""
    folder = Path(tempfile.mkdtemp(prefix="gitflow-not-started-"))
    uid = 61_000 + os.getpid() % 4000
    if os.geteuid() == 0:
        os.chown(folder, uid, uid)
    out, end = os.pipe()
    pid = os.fork()
    if not pid:
        result: dict[str, Any] = {"error": "it did not come so far"}
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            result = work(folder)
        except BaseException as error:
            result = {"error": repr(error)}
        finally:
            os.write(end, json.dumps(result).encode())
            os._exit(0)
    os.close(end)
    with open(out, "rb") as file:
        found = json.loads(file.read())
    os.waitpid(pid, 0)
    shutil.rmtree(folder)
    return found


def told_of(outcome: Any) -> dict[str, Any]:
    return {"error": outcome.error, "may_pass": outcome.may_pass, "exit_code": outcome.exit_code}


@pytest.mark.parametrize("kind", ["process", "thread"])
def test_the_limit_of_processes_is_named(bench: Any, kind: str) -> None:
    def work(folder: Path) -> dict[str, Any]:
        fresh = type(bench)(folder)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        if kind == "process":
            return told_of(fresh.run("true"))
        return told_of(fresh.run(type="http", fields={"url": "http://127.0.0.1:1/"}))

    result = in_a_child(work)
    assert result["may_pass"], result
    assert result["error"].startswith("cannot start ")
    assert "Resource temporarily unavailable (EAGAIN); this user may have 1 processes (ulimit -u)" in result["error"]


def test_the_limit_of_open_files_is_named_wherever_it_is_reached(bench: Any) -> None:
    """And nothing stays open or running; with room again the same runner starts it."""
    bench.run("true", step="warm")
    before = open_files()
    refused = 0
    for files in range(12):
        context = bench.context("true", step=f"s{files}")
        with room_for(files) as limit:
            bench.runner.start(context)
        outcome = bench.outcome()
        if outcome.error is not None:
            refused += 1
            assert "Too many open files (EMFILE)" in outcome.error
            assert f"this process may have {limit} files open (ulimit -n)" in outcome.error
            assert outcome.may_pass
        assert bench.runner.running == 0
        assert open_files() == before
    assert 4 <= refused < 12
    assert bench.run("true", step="after").error is None


def test_a_full_disk_is_named_with_the_path(bench: Any) -> None:
    context = bench.context("true")
    path = Path(context.scratch, "input.json")
    path.symlink_to("/dev/full")
    bench.runner.start(context)
    outcome = bench.outcome()
    assert outcome.error == f"the step cannot be started: {path}: No space left on device (ENOSPC)"
    assert outcome.may_pass


def test_what_will_not_pass_is_no_reason_to_try_again(bench: Any) -> None:
    for number, fields in enumerate(({"cmd": ["no-such-program"]}, {"cmd": ["/etc/passwd"]}, {"script": "gone.sh"})):
        assert not bench.run(fields=fields, step=f"s{number}").may_pass
    assert not bench.run("true", workdir=str(bench.folder / "gone"), step="gone").may_pass


def test_a_process_that_cannot_be_watched_does_not_go_on(bench: Any) -> None:
    class Full:
        """As ``epoll`` is when its user may watch no more."""

        buffer = memoryview(bytearray(16))

        def __init__(self, room: int) -> None:
            self.room = room

        def register(self, fd: int, callback: Callable[[], object]) -> None:
            if not self.room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.room -= 1

        def unregister(self, fd: int) -> None:
            pass

        def search(self, step: object, number: int | None = None) -> None:
            """A slow machine asks for it: nothing has left the group, which got the signal."""

    before = open_files()
    for room in range(3):
        note = bench.folder / f"pid{room}"
        context = bench.context("", step=f"s{room}")
        process = Process(("sh", "-c", f"echo $$ > {note}; exec sleep 600"), context.workdir, os.environ)
        log = Log(context, bench.chunks.append, lambda: 0.0, 1000)
        with pytest.raises(OSError, match="No space left"):
            ProcessAttempt(context, process, log, (), Full(room))
        assert not note.exists() or not note.read_text() or not is_alive(int(note.read_text()))
        assert open_files() == before


def test_a_reason_names_the_path_and_the_error() -> None:
    assert reason(OSError(errno.EDQUOT, "Disk quota exceeded", "/x")) == "/x: Disk quota exceeded (EDQUOT)"
    assert reason(OSError("just words")) == "just words"
    assert str(NotStarted("why", may_pass=True)) == "why"
