"""Finds places in the log of a job: a line by its number, a byte of the text, the first error, a text.

The store knows of each part of a log its lines, step, attempt, stream and size. So only the parts that hold what is
wanted are unpacked, however long the log.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING

from gitflow.api.routes.log_pages import FORMS, LogFilter, LogPage, Pieces
from gitflow.core.logs import ERROR_WORDS, LogLine
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gitflow.core.logs import LogChunk, LogPart
    from gitflow.stores.protocols.jobs import AttemptRow
    from gitflow.stores.registry import Stores

    #: Yields the numbers of the lines of a chunk that match, from 0; a negative one ends it (see ``matching``), which
    #: happens once the time (``time.monotonic``) has come.
    Finds = Callable[[bytes, float], Iterator[int]]

#: The maximal size of lines read by their number, in bytes; the answer then has fewer lines than were asked for.
MAX_PLACED_BYTES = 8 * 1024 * 1024
#: How long a search may take before it answers what it has found, in seconds.
SEARCH_S = 1.0
#: The clock is read after so many lines.
_CLOCK_LINES = 256
_ERROR_WORDS = tuple(word.encode() for word in ERROR_WORDS)


class StepPart(Record):
    """The lines of one attempt of a step."""

    step: str
    attempt: int
    first: int  #: seq
    last: int
    lines: int
    bytes: int


class Place(Record):
    seq: int
    step: str
    attempt: int
    line: int  #: its number in the log of its attempt, from 1


class LogIndex(Record):
    lines: int
    bytes: int
    by_step: tuple[StepPart, ...]  #: in the order of their first lines
    first_error: Place | None


class Hits(Record):
    lines: tuple[LogLine, ...]
    last_seq: int  #: the last line that was looked at
    is_complete: bool  #: whether the log was searched to its end


def size_of_text(stores: Stores, query: LogFilter) -> int:
    """The size of the log as text, in bytes."""
    return sum(part.bytes for part in stores.logs.parts(query.job_id) if query.matches(part))


def read_lines(stores: Stores, query: LogFilter, from_line: int, limit: int) -> LogPage:
    """Lines by their number in the filtered log, from 1."""
    pieces, last = Pieces(), 0
    first = _seq_of_line(stores, query, from_line)
    if first is None:
        return LogPage((), last, True)
    for first_seq, chunk in stores.logs.chunks(query.job_id, first - 1, query.matches):
        skip = max(0, first - first_seq)
        pieces.add(islice(FORMS[query.form](first_seq, chunk, skip), limit))
        taken = min(limit, chunk.lines - skip)
        last, limit = first_seq + skip + taken - 1, limit - taken
        if limit <= 0 or pieces.size >= MAX_PLACED_BYTES:
            break
    return LogPage(pieces.all(), last, True)


def _seq_of_line(stores: Stores, query: LogFilter, line: int) -> int | None:
    before = 0
    for part in stores.logs.parts(query.job_id):
        if query.matches(part):
            if before + part.lines >= line:
                return part.first_seq + line - 1 - before
            before += part.lines
    return None


def read_bytes(stores: Stores, query: LogFilter, begin: int, end: int) -> Iterator[bytes]:
    """The bytes of the text from one position up to another, a chunk at a time."""
    before = 0
    for part in stores.logs.parts(query.job_id):
        if query.matches(part):
            if before + part.bytes > begin:
                yield from _bytes_from(stores, query, part.first_seq, begin - before, end - before)
                return
            before += part.bytes


def _bytes_from(stores: Stores, query: LogFilter, first_seq: int, begin: int, end: int) -> Iterator[bytes]:
    before = 0
    for _, chunk in stores.logs.chunks(query.job_id, first_seq - 1, query.matches):
        if before >= end:
            return
        yield chunk.data[max(0, begin - before) : end - before]
        before += len(chunk.data)


def index_of(stores: Stores, query: LogFilter, failed: Iterable[AttemptRow]) -> LogIndex:
    """``failed``: the last attempts of steps that have failed."""
    parts = [part for part in stores.logs.parts(query.job_id) if query.matches(part)]
    return LogIndex(
        sum(part.lines for part in parts),
        sum(part.bytes for part in parts),
        _by_step(parts),
        _first_error(stores, query.job_id, parts, {(row.step, row.attempt) for row in failed}),
    )


def _by_step(parts: Iterable[LogPart]) -> tuple[StepPart, ...]:
    found: dict[tuple[str, int], list[int]] = {}
    for part in parts:
        known = found.setdefault((part.step, part.attempt), [part.first_seq, 0, 0, 0])
        known[1] = part.last_seq
        known[2] += part.lines
        known[3] += part.bytes
    return tuple(StepPart(step, attempt, *numbers) for (step, attempt), numbers in found.items())


def _first_error(stores: Stores, job_id: str, parts: list[LogPart], failed: set[tuple[str, int]]) -> Place | None:
    """Of the failed attempt that printed first: its first line on stderr that looks like an error, else its last line
    on stderr, else its last line."""
    begin = next((part for part in parts if (part.step, part.attempt) in failed), None)
    if begin is None:
        return None
    own = [part for part in parts if (part.step, part.attempt) == (begin.step, begin.attempt)]
    errors = [part for part in own if part.stream == "stderr"]
    if errors:
        only = LogFilter(job_id, begin.step, "stderr", attempt=begin.attempt)
        for first_seq, chunk in stores.logs.chunks(job_id, errors[0].first_seq - 1, only.matches):
            at = _looks_like_error(chunk.data) if chunk.step == begin.step else None
            if at is not None:
                return _place(own, first_seq + at)
    return _place(own, (errors or own)[-1].last_seq)


def _place(own: list[LogPart], seq: int) -> Place:
    """``own``: all parts of its attempt."""
    before = sum(part.lines for part in own if part.last_seq < seq)
    (part,) = (part for part in own if part.first_seq <= seq <= part.last_seq)
    return Place(seq, part.step, part.attempt, before + seq - part.first_seq + 1)


def _looks_like_error(data: bytes) -> int | None:
    """The number of the first line, from 0, that has a word of an error."""
    lowered = data.lower()
    at = min((found for word in _ERROR_WORDS if (found := lowered.find(word)) >= 0), default=-1)
    return None if at < 0 else data.count(b"\n", 0, at)


def search(stores: Stores, query: LogFilter, finds: Finds, limit: int) -> Hits:
    until, hits, last = time.monotonic() + SEARCH_S, list[LogLine](), query.since_seq
    for first_seq, chunk in stores.logs.chunks(query.job_id, query.since_seq, query.matches):
        for number in finds(chunk.data, until):
            if number < 0:
                return Hits(tuple(hits), max(last, first_seq - number - 2), False)
            if first_seq + number > query.since_seq:
                hits.append(_line(first_seq, chunk, number))
                if len(hits) >= limit:
                    return Hits(tuple(hits), hits[-1].seq, False)
        last = first_seq + chunk.lines - 1
        if time.monotonic() >= until:
            return Hits(tuple(hits), last, False)
    return Hits(tuple(hits), max(last, stores.logs.last_seq(query.job_id)), True)


def _line(first_seq: int, chunk: LogChunk, number: int) -> LogLine:
    text = chunk.data.split(b"\n", number + 1)[number].decode("utf-8", "replace")
    return LogLine(chunk.ts, chunk.stream, chunk.step, text, first_seq + number, chunk.attempt)


def containing(wanted: bytes, *, ignores_case: bool) -> Finds:
    """Finds the lines that have a text."""
    wanted = wanted.lower() if ignores_case else wanted

    def finds(data: bytes, until: float) -> Iterator[int]:
        data = data.lower() if ignores_case else data
        number, counted, at = 0, 0, data.find(wanted)
        while at >= 0:
            number, counted = number + data.count(b"\n", counted, at), at
            yield number
            end = data.find(b"\n", at)
            at = data.find(wanted, end) if end >= 0 else -1

    return finds


def matching(matches: Callable[[str], bool], longest: int, may_match: Callable[[str], bool] | None = None) -> Finds:
    """Finds the lines that match, by their first ``longest`` characters. ``may_match``: if given, says whether a line
    of a text of many lines may match, so that the others are not looked at one by one.

    Once the time is up it yields ``-n - 1`` after n lines.
    """

    def finds(data: bytes, until: float) -> Iterator[int]:
        text = data.decode("utf-8", "replace")
        if may_match is not None and len(text) <= longest and not may_match(text):
            return
        for number, line in enumerate(text.removesuffix("\n").split("\n")):
            if number % _CLOCK_LINES == 0 and time.monotonic() >= until:
                yield -number - 1
                return
            if matches(line[:longest]):
                yield number

    return finds
