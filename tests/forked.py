"""Commands of gitflow, each in a process of its own that is forked from one that has imported gitflow already.

Importing is three quarters of what a small command costs, and compiling the schemas and making an empty store most of
the rest: the schemas are compiled before, and a new store is a copy of one that was made. Everything else is as in a
process that was started anew: its words, folder, environment and streams, its exit status, its signals. ``run`` waits
for its end, ``start`` does not: for servers and agents. Tests that are about the start of a process start it anew.
"""

from __future__ import annotations

import array
import atexit
import contextlib
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
#: One that has imported the API too, for servers, and one that has not.
_parents: dict[bool, Parent] = {}


def run(
    words: Sequence[str], folder: Path, environ: Mapping[str, str], timeout_s: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """``gitflow WORDS``, to its end. Raises TimeoutExpired; the process is killed then."""
    (stdout, their_stdout), (stderr, their_stderr) = os.pipe(), os.pipe()
    pid, status = _fork(words, folder, environ, their_stdout, their_stderr)
    return Child(pid, stdout, stderr, status).communicate(words, timeout_s)


def start(words: Sequence[str], folder: Path, environ: Mapping[str, str], stderr: Path) -> Process:
    """``gitflow WORDS``, which goes on; the file gets its stderr."""
    stdout, their_stdout = os.pipe()
    pid, status = _fork(words, folder, environ, their_stdout, os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    return Process(words, pid, stdout, status)


def _fork(words: Sequence[str], folder: Path, environ: Mapping[str, str], stdout: int, stderr: int) -> tuple[int, int]:
    """A new process that runs ``gitflow WORDS``, and where its exit status can be read. Closes the descriptors here."""
    has_api = words[:1] == ["server"]
    with _LOCK:
        if has_api not in _parents:
            _parents[has_api] = Parent(has_api)
        return _parents[has_api].fork(words, folder, environ, stdout, stderr)


class Parent:
    """The process that forks: ended when this one ends, by the end of its socket."""

    def __init__(self, has_api: bool) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno()), *(["api"] if has_api else [])],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        atexit.register(self._end)

    def fork(
        self, words: Sequence[str], folder: Path, environ: Mapping[str, str], stdout: int, stderr: int
    ) -> tuple[int, int]:
        status, their_status = os.pipe()
        given = json.dumps({"words": list(words), "folder": str(folder), "environ": dict(environ)}).encode()
        path = os.memfd_create("command")
        os.write(path, given)
        descriptors = array.array("i", [path, stdout, stderr, their_status])
        self._socket.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
        for descriptor in descriptors:
            os.close(descriptor)
        return int(self._socket.recv(32)), status

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()


class Process:
    """One that goes on; what tests use of ``subprocess.Popen``."""

    def __init__(self, words: Sequence[str], pid: int, stdout: int, status: int) -> None:
        self.pid = pid
        self.stdout = open(stdout)  # noqa: SIM115, closed once it has ended
        self.returncode: int | None = None
        self._words = list(words)
        self._status = status

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float = 120.0) -> int:
        """Its exit status. Raises TimeoutExpired."""
        if self.returncode is None:
            poll = select.poll()
            poll.register(self._status, select.POLLIN)
            if not poll.poll(timeout * 1000):
                raise subprocess.TimeoutExpired(self._words, timeout)
            self.returncode = int(os.read(self._status, 32))
            os.close(self._status)
            self.stdout.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


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


def _serve(requests: socket.socket, has_api: bool) -> None:
    """Forks for each request; tells its pid at once, and its exit status at its end."""
    _import_all(has_api)
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


def _import_all(has_api: bool) -> None:
    import gc
    import importlib
    import pkgutil

    import gitflow

    for module in pkgutil.walk_packages(gitflow.__path__, "gitflow."):
        if has_api or not module.name.startswith(("gitflow.api", "gitflow.mcp")):
            importlib.import_module(module.name)

    from gitflow.definitions.source.schemas import faults_of
    from gitflow.stores.sqlite.database import JOB_MIGRATIONS, LOG_MIGRATIONS
    from gitflow.stores.sqlite.migrations import keep_image

    keep_image(JOB_MIGRATIONS)
    keep_image(LOG_MIGRATIONS)
    faults_of({})  # compiles the schemas of definitions: most of what reading a small workspace costs
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
    _serve(socket.socket(fileno=int(sys.argv[1])), has_api="api" in sys.argv[2:])
