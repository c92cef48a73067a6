"""One run of the command line: a process whose output goes to a log, or is captured."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from gitflow.runners.process import NEVER, POLL_S, WatchedProcess, has_exited

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runners.base import Process, Watcher
    from gitflow.runners.process import Sink

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


class Command(WatchedProcess):
    """``then`` gets the exit code once the process has ended and its output has been read. It is killed when it takes
    longer than ``limit_s``."""

    def __init__(
        self, process: Process, watcher: Watcher, sinks: Sinks, then: Callable[[int], None], limit_s: float
    ) -> None:
        """Starts the process. Raises NotStarted, and OSError if it cannot be watched."""
        super().__init__(process, watcher, sinks)
        self.out, self.err = self._streams
        self.is_late = False  #: it was killed because of its limit
        self._then = then
        self._kill_at = time.monotonic() + limit_s
        self._watch()

    @property
    def due(self) -> float:
        return self._due

    def _kill(self) -> None:
        self.send(signal.SIGKILL)

    def send(self, number: int) -> None:
        """Signals the process and its children."""
        if not self._exited:
            try:
                os.killpg(self._child.pid, number)
            except OSError:
                return  # it has just ended

    def poll(self, now: float) -> bool:
        """Whether it has ended; ``then`` has been called in that case."""
        if not self._exited and self._handle is None and has_exited(self._child.pid):
            self._note_exit()
        if self._exited and (not self._streams or now >= self._drain_until):
            self._finish()
            return True
        if not self._exited and now >= self._kill_at:
            self._kill_at, self.is_late = NEVER, True
            self._kill()
        waiting = self._kill_at if self._handle is not None else now + POLL_S
        self._due = self._drain_until if self._exited else waiting
        return False

    def _finish(self) -> None:
        for sink in tuple(self._streams):
            self._read(sink)
            if sink in self._streams:
                self._close(sink)
        self._then(self._child.wait())
