"""Commands of gitflow, each in a process of its own that is forked from one that has imported gitflow already.

Importing is three quarters of what a small command costs, and making an empty store most of the rest: a new store is a
copy of one that was made before. Everything else is as in a process that was started anew: its words, folder,
environment and streams, its exit status, its signals. Tests that are about the start of a process, or about killing
one, start it anew.
"""

from __future__ import annotations

import array
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

_LOCK = threading.Lock()
_parent: Parent | None = None


def run(
    words: Sequence[str], folder: Path, environ: Mapping[str, str], timeout_s: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """``gitflow WORDS``, to its end. Raises TimeoutExpired; the process is killed then."""
    with _LOCK:
        global _parent
        if _parent is None:
            _parent = Parent()
        child = _parent.fork(words, folder, environ)
    return child.communicate(words, timeout_s)


class Parent:
    """The process that forks: ended when this one ends, by the end of its socket."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())], pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL
        )
        theirs.close()
        atexit.register(self._end)

    def fork(self, words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Child:
        ends = [os.pipe() for _ in range(3)]
        given = json.dumps({"words": list(words), "folder": str(folder), "environ": dict(environ)}).encode()
        path = os.memfd_create("command")
        os.write(path, given)
        descriptors = array.array("i", [path, *(theirs for _, theirs in ends)])
        self._socket.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
        for descriptor in descriptors:
            os.close(descriptor)
        return Child(int(self._socket.recv(32)), *(ours for ours, _ in ends))

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()


class Child:
    def __init__(self, pid: int, stdout: int, stderr: int, status: int) -> None:
        self._pid = pid
        self._open = {stdout: bytearray(), stderr: bytearray(), status: bytearray()}
        self._read = tuple(self._open.values())

    def communicate(self, words: Sequence[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
        poll = select.poll()
        for descriptor in self._open:
            poll.register(descriptor, select.POLLIN)
        while self._open:
            ready = poll.poll(timeout_s * 1000)
            if not ready:
                os.kill(self._pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(words), timeout_s, bytes(self._read[0]), bytes(self._read[1]))
            for descriptor, _ in ready:
                data = os.read(descriptor, 65536)
                self._open[descriptor] += data
                if not data:
                    poll.unregister(descriptor)
                    os.close(descriptor)
                    del self._open[descriptor]
        stdout, stderr, status = (bytes(read).decode() for read in self._read)
        return subprocess.CompletedProcess(list(words), int(status), stdout, stderr)


def _serve(requests: socket.socket) -> None:
    """Forks for each request; tells its pid at once, and its exit status at its end."""
    _import_all()
    running: dict[int, tuple[int, int]] = {}  # pidfd -> (pid, where its status is told)
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor != requests.fileno():
                pid, told = running.pop(descriptor)
                poll.unregister(descriptor)
                os.close(descriptor)
                os.write(told, str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
                os.close(told)
                continue
            asked, (command, stdout, stderr, told) = _received(requests)
            if not asked:
                return
            pid = os.fork()
            if not pid:
                _become(command, stdout, stderr)
            for given in (command, stdout, stderr):
                os.close(given)
            requests.send(str(pid).encode())
            descriptor = os.pidfd_open(pid)
            running[descriptor] = pid, told
            poll.register(descriptor, select.POLLIN)


def _received(requests: socket.socket) -> tuple[bytes, Sequence[int]]:
    asked, descriptors, _, _ = socket.recv_fds(requests, 16, 4)
    return asked, descriptors or (-1, -1, -1, -1)


def _import_all() -> None:
    import gc
    import importlib
    import pkgutil

    import gitflow

    for module in pkgutil.walk_packages(gitflow.__path__, "gitflow."):
        if not module.name.startswith("gitflow.api"):
            importlib.import_module(module.name)

    from gitflow.stores.sqlite.database import JOB_MIGRATIONS, LOG_MIGRATIONS
    from gitflow.stores.sqlite.migrations import keep_image

    keep_image(JOB_MIGRATIONS)
    keep_image(LOG_MIGRATIONS)
    gc.collect()
    gc.freeze()


def _become(command: int, stdout: int, stderr: int) -> None:
    """The command, in this process. Does not return."""
    with open(command, "rb") as file:
        file.seek(0)
        given = json.loads(file.read())
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.closerange(3, 1024)
    os.chdir(given["folder"])
    os.environ.clear()
    os.environ.update(given["environ"])
    sys.argv = ["gitflow", *given["words"]]
    from gitflow.cli.main import main

    status: object = 1
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status if isinstance(status, int) else 0 if status is None else 1)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
