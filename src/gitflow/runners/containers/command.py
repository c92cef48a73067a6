"""One run of the command line: a process whose output goes to a log, or is captured."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from gitflow.runners.process import DRAIN_S, NEVER, POLL_S, exit_handle, has_exited, spawn

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from gitflow.runners.base import Process, Watcher

    class Sink(Protocol):
        """Where the bytes of one pipe go: ``streams.Stream``, or ``Captured``."""

        @property
        def fd(self) -> int: ...
        def read(self, buffer: memoryview) -> int | None:
            """Reads once. Returns the number of bytes: 0 at the end, None if there are none now."""
            ...

        def end(self) -> None: ...

    Sinks = Callable[[int, int], tuple[Sink, Sink]]

#: How much captured output is kept: its end, in bytes.
MAX_CAPTURED = 64 * 1024


class Captured:
    """The end of what a command printed to one pipe."""

    __slots__ = ("data", "fd")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.data = b""

    def read(self, buffer: memoryview) -> int | None:
        try:
            size = os.readv(self.fd, [buffer])
        except BlockingIOError:
            return None
        self.data = (self.data + bytes(buffer[:size]))[-MAX_CAPTURED:]
        return size

    def end(self) -> None:
        """Nothing waits for more."""

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace").strip()


class Command:
    """``then`` gets the exit code once the process has ended and its output has been read. It is killed when it takes
    longer than ``limit_s``."""

    def __init__(
        self, process: Process, watcher: Watcher, sinks: Sinks, then: Callable[[int], None], limit_s: float
    ) -> None:
        """Starts the process. Raises NotStarted, and OSError if it cannot be watched."""
        self.is_late = False  #: it was killed because of its limit
        self._then = then
        self._watcher = watcher
        self._popen, out, err = spawn(process)
        self.out, self.err = sinks(out, err)
        self._open: list[Sink] = [self.out, self.err]
        self._handle = exit_handle(self._popen.pid)
        self._kill_at = time.monotonic() + limit_s
        self._drain_until = NEVER
        self._exited = False
        self.due = 0.0
        try:
            for sink in self._open:
                watcher.register(sink.fd, partial(self._read, sink))
            if self._handle is not None:
                watcher.register(self._handle, self._note_exit)
        except OSError:
            self._abandon()
            raise

    def _abandon(self) -> None:
        """Kills a process that cannot be watched."""
        self.send(signal.SIGKILL)
        self._popen.wait()
        for fd in [sink.fd for sink in self._open] + ([] if self._handle is None else [self._handle]):
            with suppress(KeyError, ValueError):
                self._watcher.unregister(fd)
            os.close(fd)

    def send(self, number: int) -> None:
        """Signals the process and its children."""
        if not self._exited:
            try:
                os.killpg(self._popen.pid, number)
            except OSError:
                return  # it has just ended

    def poll(self, now: float) -> bool:
        """Whether it has ended; ``then`` has been called in that case."""
        if not self._exited and self._handle is None and has_exited(self._popen.pid):
            self._note_exit()
        if self._exited and (not self._open or now >= self._drain_until):
            self._finish()
            return True
        if not self._exited and now >= self._kill_at:
            self._kill_at, self.is_late = NEVER, True
            self.send(signal.SIGKILL)
        waiting = self._kill_at if self._handle is not None else now + POLL_S
        self.due = self._drain_until if self._exited else waiting
        return False

    def _read(self, sink: Sink) -> bool:
        size = sink.read(self._watcher.buffer)
        if size == 0:
            self._close(sink)
            self.due = 0.0
        return bool(size)

    def _close(self, sink: Sink) -> None:
        self._open.remove(sink)
        self._watcher.unregister(sink.fd)
        os.close(sink.fd)
        sink.end()

    def _note_exit(self) -> None:
        if self._handle is not None:
            self._watcher.unregister(self._handle)
            os.close(self._handle)
            self._handle = None
        self._exited = True
        self._drain_until = time.monotonic() + DRAIN_S
        self.due = 0.0

    def _finish(self) -> None:
        for sink in tuple(self._open):
            self._read(sink)
            if sink in self._open:
                self._close(sink)
        self._then(self._popen.wait())
