"""Reads the pipes of a process to its log: the output is masked, cut into lines, counted and bounded."""

from __future__ import annotations

import os

from gitflow.core.logs import LogChunk
from gitflow.core.templates.masking import Masker
from gitflow.runners.lines import LineCutter
from gitflow.runners.output import OutputFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.runners.base import StepContext

#: How much of the end of stderr an error message quotes, in bytes.
STDERR_TAIL = 2048
#: How much is read from one pipe before the next pipe is read, in bytes.
READ_SIZE = 256 * 1024
#: The kernel's default size of a pipe; and the size that a full pipe gets, so that a busy process is woken less often.
DEFAULT_PIPE_BYTES, MAX_PIPE_BYTES = 64 * 1024, 1024 * 1024
_F_SETPIPE_SZ = 1031


class Log:
    """The log of one attempt: lines are masked, counted, and cut at ``limit`` bytes."""

    __slots__ = ("_clock", "_context", "_limit", "_room", "_sink", "stderr_tail")

    def __init__(
        self, context: StepContext, sink: Callable[[LogChunk], None], clock: Callable[[], float], limit: int
    ) -> None:
        self._context = context
        self._sink = sink
        self._clock = clock
        self._limit = limit
        self._room = limit  # negative after the log was cut
        self.stderr_tail = b""

    def write(self, stream: str, lines: bytes) -> None:
        if stream == "stderr":
            self.stderr_tail = (self.stderr_tail + lines[-STDERR_TAIL:])[-STDERR_TAIL:]
        if not lines or self._room < 0:
            return
        if len(lines) > self._room:
            lines = lines[: lines.rfind(b"\n", 0, self._room) + 1] + self._cut_mark()
            self._room = -1
        else:
            self._room -= len(lines)
        context = self._context
        ts, count = self._clock(), lines.count(b"\n")
        self._sink(LogChunk(context.job_id, context.step, context.attempt, stream, ts, count, lines))

    def _cut_mark(self) -> bytes:
        size = f"{self._limit >> 20} MiB" if self._limit >> 20 else f"{self._limit} bytes"
        return f"… the log of this step is cut here: it is longer than {size}\n".encode()


class Stream:
    """One pipe of a process and the processing of its bytes."""

    __slots__ = ("_cutter", "_finder", "_large", "_log", "_masker", "_name", "fd")

    def __init__(
        self, name: str, fd: int, log: Log, patterns: Sequence[bytes], finder: OutputFinder | None = None
    ) -> None:
        self.fd = fd
        self._large = False
        self._name = name
        self._log = log
        self._finder = finder
        self._masker = Masker(patterns) if patterns else None
        self._cutter = LineCutter()

    def read(self, buffer: memoryview) -> int | None:
        """Reads once and passes the bytes on. Returns their number: 0 at the end, None if there is nothing now."""
        try:
            size = os.readv(self.fd, [buffer])
        except BlockingIOError:
            return None
        if size >= DEFAULT_PIPE_BYTES and not self._large:
            self._large = True
            _enlarge(self.fd)
        if size:
            self.feed(bytes(buffer[:size]))
        return size

    def feed(self, data: bytes) -> None:
        """Takes bytes that were read elsewhere."""
        if self._finder:
            self._finder.feed(data)
        self._log.write(self._name, self._cutter.feed(self._masker.feed(data) if self._masker else data))

    def end(self) -> None:
        if self._masker:
            self._log.write(self._name, self._cutter.feed(self._masker.flush()))
        self._log.write(self._name, self._cutter.flush())


def _enlarge(fd: int) -> None:
    import fcntl

    try:
        fcntl.fcntl(fd, _F_SETPIPE_SZ, MAX_PIPE_BYTES)
    except OSError:
        return  # the user's limit of pipe memory is reached, or this is not Linux
