"""Starts the process of a step without importing ``subprocess``, which brings 34 million instructions with it.

``subprocess`` itself is Python around one function in C, ``fork_exec``, which runs nothing of Python between fork and
exec and so is safe beside other threads. It is called here with the arguments that ``subprocess`` passes. On a Python
whose function is not known to take these, and to say why a process could not be started, ``subprocess`` does it.
"""

from __future__ import annotations

import os
import sys

from gitflow.core.standard import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    class Child(Protocol):
        """A process that was started here."""

        pid: int

        def wait(self) -> int:
            """Its exit code, or minus the number of the signal that ended it."""
            ...

else:
    import _signal as signal  # the same functions; the standard module makes enums of their numbers

#: The processes that were started here, each of which leads a session, until they are reaped. No process of another
#: session can be in one of their groups. On a system that reaps them itself nobody knows when, and there are none here.
leaders: set[int] = set()

#: The versions of Python whose ``fork_exec`` takes the arguments below (tests/runners/test_child.py).
KNOWN_PYTHONS = ((3, 11), (3, 12), (3, 13))


def start(argv: Sequence[bytes], cwd: str, env: Mapping[bytes, bytes], out: int, err: int) -> Child:
    """Starts a process in a session of its own, with nothing to read. Raises OSError.

    A session of its own is a group of its own, so that a stop reaches its children too; and no terminal, so that a
    program which asks its user for a password fails instead of waiting, stopped, for ever.
    """
    pid = _fork_exec(argv, cwd, env, out, err) if sys.version_info[:2] in KNOWN_PYTHONS else None
    if pid is not None:
        return _Forked(pid)
    import subprocess

    return subprocess.Popen(
        argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
    )


class _Forked:
    __slots__ = ("code", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        if signal.getsignal(signal.SIGCHLD) != signal.SIG_IGN:
            leaders.add(pid)
        self.code: int | None = None  #: once it has been reaped

    def wait(self) -> int:
        if self.code is None:
            leaders.discard(self.pid)
            try:
                self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            except ChildProcessError:  # SIGCHLD is ignored: the kernel has reaped it, and nobody knows its code
                self.code = 0
        return self.code


def _fork_exec(argv: Sequence[bytes], cwd: str, env: Mapping[bytes, bytes], out: int, err: int) -> int | None:
    """The id of the process, which executes its program; None if that could not be."""
    failure, failure_end = os.pipe()
    with open(failure, "rb", buffering=0) as failed:
        try:
            pid = _fork(argv, cwd, env, (out, err, failure, failure_end))
        finally:
            os.close(failure_end)
        if pid is None or not failed.read(1):  # at its end, without a word, when the program is executed
            return pid
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
    return None


def _fork(argv: Sequence[bytes], cwd: str, env: Mapping[bytes, bytes], pipes: tuple[int, int, int, int]) -> int | None:
    from _posixsubprocess import fork_exec

    out, err, failure, failure_end = pipes
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        if min(null, out, err, failure_end) <= 2:  # the child would overwrite one with another
            return None
        pairs = [name + b"=" + value for name, value in env.items()]
        # In the order of ``subprocess.Popen._execute_child``.
        descriptors = (null, -1, -1, out, -1, err, failure, failure_end)
        restores_signals, has_own_session, group, users, mask, uses_vfork = True, True, -1, (None, None, None), -1, True
        before_exec: Any = None
        return fork_exec(
            list(argv), _places(argv[0], env), True, (failure_end,), cwd, pairs, *descriptors,
            restores_signals, has_own_session, group, *users, mask, before_exec, uses_vfork,
        )  # fmt: skip
    finally:
        os.close(null)


def _places(program: bytes, env: Mapping[bytes, bytes]) -> tuple[bytes, ...]:
    """Where the program may be: in the folders of the PATH that the process gets."""
    if b"/" in program:
        return (program,)
    path = env.get(b"PATH", os.defpath.encode())
    return tuple([os.path.join(folder, program) for folder in path.split(b":")])
