"""Runs scripts in real shells, many a second, and tells whether anything left the mark.

A process of its own, forked once, runs them one after another: without rights where it can give them up, in a folder
that is emptied after each, with a PATH of harmless programs, in a process group, with limits on processor time, files
and processes. As it adopts whatever outlives its parent, nothing of a script is left when its answer is given.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from storms.scripts import tools

#: A shell, and how it is started: the program, and its words before the script.
SHELLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "dash": ("dash", ("dash", "-c")),
    "bash": ("bash", ("bash", "-c")),
    "bash as sh": ("bash", ("sh", "-c")),
    "busybox ash": ("busybox", ("sh", "-c")),
}
#: The shells in which a script of a dialect may come to run.
OF_DIALECT = {
    "sh": ("dash", "bash as sh", "busybox ash", "bash"),
    "dash": ("dash",),
    "bash": ("bash",),
}
WALL_S = 2.0
CPU_S = 1
PROCESSES = 128
FILE_BYTES = 1 << 20

_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWPID = 0x20000000
#: A user of its own for each sandbox, so that the limit on processes counts only its own.
_FIRST_USER = 61_000

FILES = {
    "f": "one\ntwo\n",
    "list.txt": "a\nb\n",
    "script.sh": "/usr/bin/printf '%s\\n' \"$@\"\n",
    "Makefile": "all:\n\t@echo $(X)\n",
    "config.env": "A=1\n",
}


@dataclass(frozen=True)
class Run:
    shell: str
    text: str
    values: tuple[tuple[str, str], ...] = ()  #: variables of the environment
    argv: tuple[str, ...] = ()  #: in place of a shell and its text: a program and its words


@dataclass(frozen=True)
class Done:
    executed: bool  #: the mark was left
    late: bool  #: it was stopped
    status: int


def missing() -> list[str]:
    """The shells that this machine does not have."""
    return [name for name, (program, _) in SHELLS.items() if not _which(program)]


def _which(program: str) -> str | None:
    return shutil.which(program, path="/usr/bin:/bin")


class Sandbox:
    """``with Sandbox() as sandbox: sandbox.run([…])``; or ``send`` and later ``receive``, in the same order."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gitflow-scripts-", dir="/tmp"))
        self.folder = str(self._folder)
        self._folder.chmod(0o755)
        marks, work = self._folder / "marks", self._folder / "work"
        marks.mkdir()
        work.mkdir()
        tools.build(self._folder, f"#!/bin/dash\n: >{marks}/ran-$$\n")
        user = _FIRST_USER + os.getpid() % 4000
        if os.geteuid() == 0:
            os.chown(marks, user, user)
            os.chown(work, user, user)
        their_in, self._to = os.pipe()
        self._from, their_out = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if not self._pid:
            try:
                os.close(self._to)
                os.close(self._from)
                _live_alone()
                _Child(self.folder, user).serve(their_in, their_out)
            except BaseException:
                os.write(2, traceback.format_exc().encode())
            finally:
                os._exit(0)
        os.close(their_in)
        os.close(their_out)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._to)
        os.waitpid(self._pid, 0)
        os.close(self._from)
        for folder in ("bin", "p"):
            (self._folder / folder).chmod(0o755)
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, runs: Sequence[Run]) -> list[Done]:
        self.send(runs)
        return self.receive()

    def send(self, runs: Sequence[Run]) -> None:
        _write(self._to, runs)

    def receive(self) -> list[Done]:
        return _read(self._from) or []


def _live_alone() -> None:
    """Goes on as the first process of a namespace, where it may: then a script (``kill -- -1``) cannot end this one."""
    if ctypes.CDLL(None).unshare(_CLONE_NEWPID):
        return
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        if status:
            os.write(2, f"the process that runs scripts ended with {os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)


def _write(descriptor: int, thing: object) -> None:
    data = pickle.dumps(thing)
    data = len(data).to_bytes(8) + data
    while data:
        data = data[os.write(descriptor, data) :]


def _read(descriptor: int) -> Any:
    size = _exactly(descriptor, 8)
    return pickle.loads(_exactly(descriptor, int.from_bytes(size))) if size else None


def _exactly(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := os.read(descriptor, size - len(data))):
        data += piece
    return data


class _Child:
    """The process that runs scripts. It imports nothing any more once it has given up its rights."""

    def __init__(self, folder: str, user: int) -> None:
        self._marks, self._work = f"{folder}/marks", f"{folder}/work"
        self._base = {
            "PATH": f"{folder}/bin",
            "HOME": self._work,
            "LC_ALL": "C.UTF-8",
            "TMPDIR": self._work,
            "GITFLOW_INPUT": "/dev/null",
        }
        self._programs = {name: _which(program) for name, (program, _) in SHELLS.items()}
        self._late = False
        self._running = 0
        self._limit(user)
        os.chdir(self._work)
        self._tidy()

    def _limit(self, user: int) -> None:
        os.setsid()
        os.umask(0o022)
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)  # the limit is meant for what is started
        signal.signal(signal.SIGALRM, self._stop)
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, resource.RLIM_INFINITY))

    def serve(self, requests: int, answers: int) -> None:
        os.set_inheritable(requests, False)
        os.set_inheritable(answers, False)
        while (runs := _read(requests)) is not None:
            _write(answers, [self._run(run) for run in runs])

    def _run(self, run: Run) -> Done:
        self._late = False
        program, words = run.argv[:1], run.argv
        if not run.argv:
            program, words = (self._programs[run.shell],), (*SHELLS[run.shell][1], run.text)
        if program[0] is None:
            return Done(False, False, 0)
        environment = {**self._base}
        for name, value in run.values:
            environment[name] = value
        null = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDONLY if fd == 0 else os.O_WRONLY, 0) for fd in range(3)]
        found = next((f"{place}/{program[0]}" for place in environment["PATH"].split(":")
                      if os.path.exists(f"{place}/{program[0]}")), program[0])  # fmt: skip
        try:
            self._running = os.posix_spawn(
                program[0] if "/" in program[0] else found,
                [os.fsencode(word) for word in words],
                {os.fsencode(name): os.fsencode(value) for name, value in environment.items()},
                file_actions=null,
                setpgroup=0,
                setsigdef=[signal.SIGXCPU, signal.SIGXFSZ, signal.SIGPIPE, signal.SIGINT],
            )
        except OSError:
            return Done(False, False, 127)
        signal.setitimer(signal.ITIMER_REAL, WALL_S, 0.2)
        status = self._wait()
        signal.setitimer(signal.ITIMER_REAL, 0)
        executed = bool(os.listdir(self._marks))
        for name in os.listdir(self._marks) if executed else ():
            os.unlink(f"{self._marks}/{name}")
        self._tidy()
        return Done(executed, self._late, status)

    def _wait(self) -> int:
        """Until nothing of it is left, whatever became of its parents."""
        status = 0
        while True:
            try:
                pid, ended = os.waitpid(-1, 0)
            except ChildProcessError:
                return status
            if pid == self._running:
                status = os.waitstatus_to_exitcode(ended)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._late = True
        everything = [-1] if os.getpid() == 1 else [-self._running, *self._children()]
        for pid in everything:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _children(self) -> list[int]:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]

    def _tidy(self) -> None:
        """The folder as it was, by the cheapest look that notices a change."""
        names = os.listdir(self._work)
        for name in names:
            if name not in FILES or not self._is_new(name):
                self._remove(f"{self._work}/{name}")
        for name, text in FILES.items():
            if not os.path.exists(f"{self._work}/{name}"):
                with open(f"{self._work}/{name}", "w") as file:
                    file.write(text)

    def _is_new(self, name: str) -> bool:
        try:
            with open(f"{self._work}/{name}") as file:
                return file.read(200) == FILES[name]
        except (OSError, UnicodeDecodeError):
            return False

    def _remove(self, path: str) -> None:
        if os.path.islink(path) or not os.path.isdir(path):
            os.unlink(path)
            return
        os.chmod(path, 0o700)
        for name in os.listdir(path):
            self._remove(f"{path}/{name}")
        os.rmdir(path)
