"""The process in which dash's parser reads scripts: started when a script is to be read, ended when a load has ended.

Starting it takes longer than reading a hundred scripts, so it stays while scripts come. It ends by itself with the
process that started it, whose pipe it reads.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: For one script, in seconds on the clock.
TIMEOUT_S = 10.0
#: Bytes that are written before their answers are read: safely less than what a pipe holds.
AHEAD = 32 * 1024


@cache
def dash_folder() -> str | None:
    """Where dash's parser is installed; None where it is not made for the processor."""
    found = find_spec("libdash")
    return os.path.dirname(os.path.dirname(found.origin)) if found is not None and found.origin else None


class _Process:
    """One running reader, and this process's ends of its pipes."""

    def __init__(self, folder: str) -> None:
        questions, self.write = os.pipe()
        self.read, answers = os.pipe()
        script = os.path.join(os.path.dirname(__file__), "dash_reader.py")
        try:
            self.pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", script, folder],
                {"LC_ALL": "C.UTF-8"},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, questions, 0),
                    (os.POSIX_SPAWN_DUP2, answers, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
                setpgroup=0,
            )
        finally:
            os.close(questions)
            os.close(answers)
        self.owner = os.getpid()
        self.rest = b""
        self._poll = select.poll()  # and not select(), which takes no descriptor over 1,023
        self._poll.register(self.read, select.POLLIN)

    def end(self) -> None:
        """Ends it, also where it reads a script for ever. A copy in a fork of this process only lets go of it."""
        os.close(self.write)
        os.close(self.read)
        if self.owner != os.getpid():
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def line(self) -> bytes | None:
        """The next answer, None where it takes too long or the process has ended."""
        while b"\n" not in self.rest:
            if not self._poll.poll(TIMEOUT_S * 1000):
                return None
            part = os.read(self.read, 1 << 16)
            if not part:
                return None
            self.rest += part
        line, _, self.rest = self.rest.partition(b"\n")
        return line


_lock = threading.Lock()
_running: list[_Process] = []


def read(texts: Sequence[bytes]) -> list[bytes]:
    """A line of JSON for each script, ``null`` for one that dash cannot read. Raises OSError."""
    with _lock:
        found: list[bytes] = []
        while len(found) < len(texts):
            found += _read(_process(), texts[len(found) :])
        return found


def close() -> None:
    """Ends the process, unless another thread is using it."""
    if _lock.acquire(blocking=False):
        try:
            while _running:
                _running.pop().end()
        finally:
            _lock.release()


def _process() -> _Process:
    if _running and _running[0].owner != os.getpid():
        _running.pop().end()
    if not _running:
        folder = dash_folder()
        assert folder is not None
        _running.append(_Process(folder))
    return _running[0]


def _read(process: _Process, texts: Sequence[bytes]) -> list[bytes]:
    """The answers for as many scripts as the process answers; one that stops it counts as unreadable."""
    found: list[bytes] = []
    sent = ahead = 0
    while len(found) < len(texts):
        while sent < len(texts) and (ahead == 0 or ahead + len(texts[sent]) < AHEAD):
            question = b"%d\n%s" % (len(texts[sent]), texts[sent])
            try:
                _write(process, question)
            except BrokenPipeError:
                break
            ahead += len(texts[sent])
            sent += 1
        line = process.line()
        if line is None:
            _running.remove(process)
            process.end()
            return [*found, b"null"]
        ahead -= len(texts[len(found)])
        found.append(line)
    return found


def _write(process: _Process, data: bytes) -> None:
    """Writes all of it: the process reads while this waits."""
    view = memoryview(data)
    while view:
        view = view[os.write(process.write, view) :]
