"""A job's log as its readers get it, a page at a time: whole lines, ready to be sent, and the number to go on after.

Nothing is kept between pages, so a reader may be as slow as it likes, and a log as long: what is read next is found
by the number of a line. A page is the same whoever asks for it.
"""

from __future__ import annotations

import json.encoder
from typing import TYPE_CHECKING

from gitflow.core.logs import SERVER_STEP
from gitflow.core.record import record
from gitflow.core.timestamps import rfc3339
from gitflow.views.logs import history_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gitflow.core.logs import LogChunk
    from gitflow.stores.registry import Stores

#: The longest piece, in bytes; only a single line that is longer is a longer piece.
PIECE_BYTES = 256 * 1024
#: Where a page ends: so much to send, or so much read to find it, in bytes.
PAGE_BYTES = 1024 * 1024
SCAN_BYTES = 8 * 1024 * 1024

_quoted: Callable[[str], str] = json.encoder.encode_basestring


@record
class LogQuery:
    """Which lines, after which number, and how they are written."""

    job_id: str
    step: str | None = None  #: also means its instances
    stream: str | None = None
    since_seq: int = 0
    form: str = "jsonl"

    def takes(self, chunk: LogChunk) -> bool:
        return (self.stream is None or chunk.stream == self.stream) and (
            self.step is None or chunk.step == self.step or chunk.step.startswith(f"{self.step}[")
        )


@record
class Page:
    pieces: tuple[bytes, ...]  #: whole lines, UTF-8
    last_seq: int  #: the next page begins after it
    is_last: bool  #: nothing more was stored when it was read


def read_page(stores: Stores, query: LogQuery) -> Page:
    """Raises StoreError."""
    if query.step == SERVER_STEP:
        return _server_page(stores, query)
    pieces = _Pieces()
    last, scanned = query.since_seq, 0
    for first_seq, chunk in stores.logs.chunks(query.job_id, query.since_seq):
        if query.takes(chunk):
            pieces.add(FORMS[query.form](first_seq, chunk, max(0, query.since_seq + 1 - first_seq)))
        last = first_seq + chunk.lines - 1
        scanned += len(chunk.data)
        if pieces.size >= PAGE_BYTES or scanned >= SCAN_BYTES:
            return Page(pieces.all(), last, False)
    return Page(pieces.all(), last, True)


def _server_page(stores: Stores, query: LogQuery) -> Page:
    """What the engine noted about the job; all of it, since it is bounded by the job's steps."""
    entries = stores.jobs.history(query.job_id)
    pieces = _Pieces()
    for seq in range(query.since_seq + 1, len(entries) + 1):
        line = history_line(entries[seq - 1], seq)
        if query.stream in (None, line["stream"]):
            text = line["line"] if query.form == "text" else json.dumps(line, ensure_ascii=False, separators=(",", ":"))
            pieces.add([f"{text}\n".encode()])
    return Page(pieces.all(), max(query.since_seq, len(entries)), True)


def before_tail(stores: Stores, query: LogQuery, tail: int) -> int:
    """The number after which the last ``tail`` of the lines begin. Raises StoreError."""
    if query.step == SERVER_STEP:
        return max(query.since_seq, len(stores.jobs.history(query.job_id)) - tail)
    if tail == 0:
        return max(query.since_seq, stores.logs.last_seq(query.job_id))
    found = stores.logs.lines(query.job_id, step=query.step, stream=query.stream, since_seq=query.since_seq, tail=tail)
    first = next(iter(found), None)
    return query.since_seq if first is None else first.seq - 1


class _Pieces:
    """Lines joined into pieces."""

    def __init__(self) -> None:
        self.size = 0
        self._done: list[bytes] = []
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
        return tuple(self._done)

    def _end(self) -> None:
        self._done.append(b"".join(self._lines))
        self._lines = []
        self._room = PIECE_BYTES


def _as_jsonl(first_seq: int, chunk: LogChunk, skip: int) -> Iterator[bytes]:
    """As ``views.logs.log_line`` has them, several times as quickly."""
    head = f'{{"ts":"{rfc3339(chunk.ts)}","stream":{_quoted(chunk.stream)},"step":{_quoted(chunk.step)},"line":'
    tail = f',"attempt":{chunk.attempt}}}\n'
    lines = chunk.data.decode("utf-8", "replace").removesuffix("\n").split("\n")
    for seq, line in enumerate(lines[skip:], first_seq + skip):
        yield f'{head}{_quoted(line)},"seq":{seq}{tail}'.encode()


def _as_text(first_seq: int, chunk: LogChunk, skip: int) -> Iterator[bytes]:
    for line in chunk.data.removesuffix(b"\n").split(b"\n")[skip:]:
        yield line + b"\n"


FORMS: Mapping[str, Callable[[int, LogChunk, int], Iterator[bytes]]] = {"jsonl": _as_jsonl, "text": _as_text}
