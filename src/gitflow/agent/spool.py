"""The spool: what the agent has to send about each attempt, kept on disk until the server has stored it.

Each attempt has one file. It is created and synced before the attempt begins, so that no attempt begins twice, and
removed once the server has stored the report. Its records are the beginning of the attempt, its output, and at the end
its report. A record is its length in four bytes and a message of the link (dispatch/frames.py). Output is masked, and
the report is encrypted for the server, so the file holds neither inputs nor secrets.

The runner's thread writes records. The link's thread reads them, and counts what the server has.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.dispatch import frames
from gitflow.dispatch.frames import Held, LeftFile, Log, Report, Started
from gitflow.workspaces.copying import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.logs import LogChunk

    Key = tuple[str, str, int]

#: How many bytes of output may wait on the disk. Beyond that the steps must wait.
MAX_BYTES = 256 << 20
SPOOL_IS_FULL = OSError(errno.ENOBUFS, "the server does not take what it holds")
#: A file is emptied once it has so many bytes and the server has stored all of them.
_SHORTEN_BYTES = 1 << 20
#: The size of the number in front of each record, in bytes.
_LENGTH = 4


class Begun(Record):
    """The first record of a file: the attempt, and the mark of its processes."""

    job: str
    step: str
    attempt: int
    token: str
    mark: str


class SpoolFile:
    """The file of one attempt."""

    def __init__(self, path: str, fd: int, begun: Begun, size: int) -> None:
        self._path = path
        self._fd = fd
        self.begun = begun
        self.key: Key = (begun.job, begun.step, begun.attempt)
        self.token = begun.token
        self.start = size  #: where the records after the first begin
        self.size = size  #: the size of all complete records
        self.sent = size  #: up to where it was sent to the server
        self._stored_up_to = size  #: up to where the server has stored it
        self.report: Report | None = None
        self.lines: dict[str, int] = {}  #: stream -> number of lines that were written
        self.stored: dict[str, int] = {}  #: stream -> number of lines that the server has stored
        self._in_flight: list[tuple[int, str, int]] = []  #: (end in the file, stream, lines up to there)

    @property
    def held(self) -> Held:
        return Held(self.begun.job, self.begun.step, self.begun.attempt, self.token)

    def append(self, message: bytes) -> None:
        """Raises OSError; then nothing is written."""
        data = len(message).to_bytes(_LENGTH, "big") + message
        try:
            _write(self._fd, data, self.size)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._fd, self.size)
            raise
        self.size += len(data)

    def sync(self) -> None:
        os.fsync(self._fd)

    def read_next(self) -> bytes | None:
        """The next message to send; None if all has been sent."""
        if self.sent >= self.size:
            return None
        message = self._read_at(self.sent)
        self.sent += _LENGTH + len(message)
        return message

    def note_sent(self, frame: Log) -> None:
        self._in_flight.append((self.sent, frame.stream, frame.after + frame.lines))

    def note_stored(self, stream: str, lines: int) -> None:
        """The server has stored this number of lines of the stream."""
        self.stored[stream] = max(lines, self.stored.get(stream, 0))
        while self._in_flight and self._in_flight[0][2] <= self.stored.get(self._in_flight[0][1], 0):
            self._stored_up_to = self._in_flight.pop(0)[0]

    def shorten(self) -> int:
        """Drops the output if the server has stored all of it. Returns by how many bytes. Call it only while nothing is
        written."""
        if self._in_flight or self.sent < self.size or self.report is not None:
            return 0
        dropped = self.size - self.start
        if dropped < _SHORTEN_BYTES:
            return 0
        os.ftruncate(self._fd, self.start)
        self.size = self.sent = self._stored_up_to = self.start
        return dropped

    def rewind(self) -> None:
        """After the loss of a link: everything that the server has not stored will be sent again."""
        self.sent = self._stored_up_to
        self._in_flight.clear()

    def remove(self) -> None:
        with suppress(OSError):
            os.unlink(self._path)
        os.close(self._fd)

    def load(self) -> None:
        """Reads what an earlier process has written. An incomplete record at the end is dropped."""
        end = os.fstat(self._fd).st_size
        at = self.start
        while at + _LENGTH <= end:
            size = int.from_bytes(os.pread(self._fd, _LENGTH, at), "big")
            if at + _LENGTH + size > end:
                break
            self._note_loaded(os.pread(self._fd, size, at + _LENGTH))
            at += _LENGTH + size
        os.ftruncate(self._fd, at)
        self.size = at

    def _note_loaded(self, message: bytes) -> None:
        frame = read_record(message)
        if isinstance(frame, Report):
            self.report = frame
        elif isinstance(frame, Log):
            self.lines[frame.stream] = frame.after + frame.lines

    def _read_at(self, at: int) -> bytes:
        size = int.from_bytes(os.pread(self._fd, _LENGTH, at), "big")
        return os.pread(self._fd, size, at + _LENGTH)


def read_record(message: bytes) -> frames.FromAgent:
    """A record as a frame. Records of output begin with the length of their head, all others are JSON."""
    return frames.read_from_agent(message.decode() if message[:1] == b"{" else message)


class Spool:
    """The files of one agent. ``begin``, ``log`` and ``end`` are called by the runner's thread."""

    def __init__(
        self,
        folder: str,
        notify: Callable[[], None],
        max_bytes: int = MAX_BYTES,
        on_full: Callable[[OSError], None] = lambda error: None,
    ) -> None:
        """``notify`` is called when there is something to send, ``on_full`` when a write has to wait."""
        self._folder = folder
        self._notify = notify
        self._on_full = on_full
        self._max_bytes = max_bytes
        self._files: dict[Key, SpoolFile] = {}
        self._by_token: dict[str, SpoolFile] = {}
        self._bytes = 0
        self._room = threading.Condition()
        self._gives_up = False
        os.makedirs(folder, 0o700, exist_ok=True)

    def files(self) -> list[SpoolFile]:
        with self._room:
            return list(self._files.values())

    def find(self, token: str) -> SpoolFile | None:
        return self._by_token.get(token)

    def of(self, key: Key) -> SpoolFile | None:
        return self._files.get(key)

    @property
    def is_full(self) -> bool:
        return self._bytes >= self._max_bytes

    def load(self) -> list[SpoolFile]:
        """Call it when the agent starts: reads the files of an earlier process. The attempt of a file without its first
        record has never begun."""
        for name in sorted(os.listdir(self._folder)):
            path = os.path.join(self._folder, name)
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            begun, size = _first_record(fd)
            if begun is None:
                os.close(fd)
                os.unlink(path)
                continue
            file = SpoolFile(path, fd, begun, size)
            file.load()
            self._add(file)
        return self.files()

    def begin(self, begun: Begun) -> SpoolFile:
        """Creates the file of an attempt that is about to begin.

        Raises FileExistsError if it has begun already, and OSError.
        """
        name = f"{begun.job}.{begun.attempt}.{begun.step.encode().hex()}"
        path = os.path.join(self._folder, name if len(name) < 200 else f"{begun.job}.{begun.token}")
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            text = json.dumps({name: getattr(begun, name) for name in Begun.__match_args__}).encode()
            data = len(text).to_bytes(_LENGTH, "big") + text
            _write(fd, data, 0)
            os.fsync(fd)
            sync(self._folder)
        except OSError:
            os.close(fd)
            with suppress(OSError):
                os.unlink(path)
            raise
        file = SpoolFile(path, fd, begun, len(data))
        self._add(file)
        self._append(file, str(frames.dump(Started(begun.token))).encode())
        return file

    def log(self, chunk: LogChunk) -> None:
        """Writes output. It waits while the spool or the disk is full, so that the step waits, too."""
        file = self._files.get((chunk.job_id, chunk.step, chunk.attempt))
        if file is None:
            return  # the attempt does not count any more
        after = file.lines.get(chunk.stream, 0)
        frame = Log(file.token, chunk.stream, after, chunk.ts, chunk.lines, chunk.data)
        message = frames.dump(frame)
        assert isinstance(message, bytes)
        self._append(file, message)
        file.lines[chunk.stream] = after + chunk.lines

    def end(self, key: Key, sealed: str | None, lost: str | None, artifacts: tuple[LeftFile, ...] = ()) -> None:
        """Writes the report of an attempt, and syncs it."""
        file = self._files.get(key)
        if file is None or file.report is not None:
            return
        file.report = report = Report(file.token, sealed, lost, artifacts)  # first: the server may answer at once
        self._append(file, str(frames.dump(report)).encode(), is_last=True)
        file.sync()
        self._notify()

    def stored(self, token: str, stream: str, lines: int) -> None:
        """The server has stored lines of an attempt."""
        file = self._by_token.get(token)
        if file is not None:
            with self._room:
                file.note_stored(stream, lines)
                self._bytes -= file.shorten()
                self._room.notify_all()

    def remove(self, token: str) -> Key | None:
        """The server has stored the report, or the attempt does not count any more. Returns which attempt it was."""
        with self._room:
            file = self._by_token.pop(token, None)
            if file is None:
                return None
            self._files.pop(file.key, None)
            self._bytes -= file.size - file.start
            file.remove()
            self._room.notify_all()
            return file.key

    def give_up(self) -> None:
        """The agent ends, so nothing waits for space any more."""
        with self._room:
            self._gives_up = True
            self._room.notify_all()

    def _append(self, file: SpoolFile, message: bytes, *, is_last: bool = False) -> None:
        while True:
            with self._room:
                if file.key not in self._files:
                    return
                full = SPOOL_IS_FULL
                if is_last or not self.is_full or self._gives_up:
                    try:
                        before = file.size
                        file.append(message)
                        self._bytes += file.size - before
                        break
                    except OSError as error:
                        full = error
                        if self._gives_up:
                            return
                self._on_full(full)
                self._room.wait(1.0)
        self._notify()

    def _add(self, file: SpoolFile) -> None:
        with self._room:
            self._files[file.key] = file
            self._by_token[file.token] = file
            self._bytes += file.size - file.start


def _first_record(fd: int) -> tuple[Begun | None, int]:
    size = int.from_bytes(os.pread(fd, _LENGTH, 0), "big")
    text = os.pread(fd, size, _LENGTH)
    try:
        return Begun(**json.loads(text)), _LENGTH + size
    except (ValueError, TypeError):
        return None, 0


def _write(fd: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, at)
        view, at = view[written:], at + written
