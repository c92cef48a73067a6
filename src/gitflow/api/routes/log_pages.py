"""Reads the log of a job in pages: encoded whole lines, and the number after which the next page begins.

A page depends only on its filter and the number of a line. No state is kept between pages, so readers may be slow and
logs may be long.
"""

from __future__ import annotations

import json.encoder
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.logs import SERVER_STEP
from gitflow.core.record import Record
from gitflow.core.timestamps import rfc3339
from gitflow.views.history import with_commit
from gitflow.views.logs import history_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gitflow.core.logs import LogChunk, LogPart
    from gitflow.stores.registry import Stores

#: The maximal size of a piece, in bytes; a single longer line is a piece of its own.
PIECE_BYTES = 256 * 1024
#: A page ends after this many bytes to send, or this many bytes read from the store.
PAGE_BYTES = 1024 * 1024
SCAN_BYTES = 8 * 1024 * 1024

_quoted: Callable[[str], str] = json.encoder.encode_basestring


class LogFilter(Record):
    """Which lines of a job, and in which format."""

    job_id: str
    step: str | None = None  #: including its loop instances
    stream: str | None = None
    since_seq: int = 0
    form: str = "jsonl"
    attempt: int | None = None

    def matches(self, chunk: LogChunk | LogPart) -> bool:
        return (
            (self.stream is None or chunk.stream == self.stream)
            and (self.attempt is None or chunk.attempt == self.attempt)
            and (self.step is None or chunk.step == self.step or chunk.step.startswith(f"{self.step}["))
        )


class LogPage(Record):
    pieces: tuple[bytes, ...]  #: whole lines, UTF-8
    last_seq: int  #: the next page begins after it
    is_last: bool  #: whether no further line was stored when it was read


def read_page(stores: Stores, query: LogFilter) -> LogPage:
    """Raises StoreError."""
    if query.step == SERVER_STEP:
        return _server_page(stores, query)
    pieces = Pieces()
    last, scanned = query.since_seq, 0
    for first_seq, chunk in stores.logs.chunks(query.job_id, query.since_seq):
        if query.matches(chunk):
            pieces.add(FORMS[query.form](first_seq, chunk, max(0, query.since_seq + 1 - first_seq)))
        last = first_seq + chunk.lines - 1
        scanned += len(chunk.data)
        if pieces.size >= PAGE_BYTES or scanned >= SCAN_BYTES:
            return LogPage(pieces.all(), last, False)
    return LogPage(pieces.all(), last, True)


def _server_page(stores: Stores, query: LogFilter) -> LogPage:
    """The job's history as lines, in one page: its length is bounded by the number of steps."""
    entries = stores.jobs.history(query.job_id)
    pieces = Pieces()
    for seq in range(query.since_seq + 1, len(entries) + 1):
        line = history_line(with_commit(entries[seq - 1], partial(stores.jobs.made_from, query.job_id)), seq)
        if query.stream in (None, line["stream"]) and query.attempt in (None, line["attempt"]):
            text = line["line"] if query.form == "text" else json.dumps(line, ensure_ascii=False, separators=(",", ":"))
            pieces.add([f"{text}\n".encode()])
    return LogPage(pieces.all(), max(query.since_seq, len(entries)), True)


def before_tail(stores: Stores, query: LogFilter, tail: int) -> int:
    """The number of the line before the last ``tail`` lines. Raises StoreError."""
    if query.step == SERVER_STEP:
        return max(query.since_seq, len(stores.jobs.history(query.job_id)) - tail)
    if tail == 0:
        return max(query.since_seq, stores.logs.last_seq(query.job_id))
    parts = [part for part in stores.logs.parts(query.job_id) if query.matches(part)]
    for part in reversed(parts):
        if part.last_seq <= query.since_seq:
            break
        tail -= part.lines
        if tail <= 0:
            return max(query.since_seq, part.first_seq - 1 - tail)
    return query.since_seq


class Pieces:
    """Joins lines into pieces."""

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[bytes] = []
        self._lines: list[bytes] = []
        self._room = PIECE_BYTES

    def add(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            size = len(line)
            if size > self._room and self._lines:
                self._end()
            self._lines.append(line)
            self._room -= size
            self.size += size

    def all(self) -> tuple[bytes, ...]:
        if self._lines:
            self._end()
        return tuple(self._pieces)

    def _end(self) -> None:
        self._pieces.append(b"".join(self._lines))
        self._lines = []
        self._room = PIECE_BYTES


def _as_jsonl(first_seq: int, chunk: LogChunk, skip: int) -> Iterator[bytes]:
    """The same JSON as ``views.logs.log_line``, several times faster."""
    head = f'{{"ts":"{rfc3339(chunk.ts)}","stream":{_quoted(chunk.stream)},"step":{_quoted(chunk.step)},"line":'
    tail = f',"attempt":{chunk.attempt}}}\n'
    lines = chunk.data.decode("utf-8", "replace").removesuffix("\n").split("\n")
    for seq, line in enumerate(lines[skip:], first_seq + skip):
        yield f'{head}{_quoted(line)},"seq":{seq}{tail}'.encode()


def _as_text(first_seq: int, chunk: LogChunk, skip: int) -> Iterator[bytes]:
    for line in chunk.data.removesuffix(b"\n").split(b"\n")[skip:]:
        yield line + b"\n"


FORMS: Mapping[str, Callable[[int, LogChunk, int], Iterator[bytes]]] = {"jsonl": _as_jsonl, "text": _as_text}
