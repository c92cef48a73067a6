"""Joins, splits, compresses and reads log chunks for a store.

Adjacent chunks of one attempt and stream become one row of up to ``JOIN_BYTES``, which keeps the time of each. Small
rows stay uncompressed. Others are compressed by zlib; once a store has written much, by zstd, which is three times as
fast but slow to import.
"""

from __future__ import annotations

from gitflow.core.errors import StoreError
from gitflow.core.json_codec import dumps, loads
from gitflow.core.logs import LogChunk, LogLine, LogPart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    Row = dict[str, Any]

#: Adjacent chunks are joined up to this size in bytes, and larger ones split between lines, so that readers need little
#: memory.
JOIN_BYTES = 256 * 1024

#: Smaller chunks are not compressed.
RAW_BYTES = 512

#: After so many bytes it is worth importing zstandard.
MANY_BYTES = 1024 * 1024


class Packed:
    """A row of the log, without the number of its first line."""

    __slots__ = ("job_id", "lines", "row", "ts")

    def __init__(self, group: list[LogChunk], codec: str, data: bytes) -> None:
        first = group[0]
        self.job_id = first.job_id
        self.ts = first.ts
        self.lines = sum([chunk.lines for chunk in group])
        self.row = {
            "job_id": first.job_id,
            "lines": self.lines,
            "step": first.step,
            "attempt": first.attempt,
            "stream": first.stream,
            "ts": first.ts,
            "stamps": _stamps(group),
            "codec": codec,
            "data": data,
        }


def _stamps(group: list[LogChunk]) -> str | None:
    """JSON: ``[[lines, bytes, ts], …]``, when more than one chunk was joined."""
    return None if len(group) == 1 else dumps([[one.lines, len(one.data), one.ts] for one in group])


def join(chunks: Iterable[LogChunk]) -> Iterator[list[LogChunk]]:
    """Groups adjacent chunks; each group becomes one row. Empty chunks are left out."""
    group: list[LogChunk] = []
    size = 0
    for chunk in _cut_all(chunks):
        if group and (size + len(chunk.data) > JOIN_BYTES or not _belong(group[-1], chunk)):
            yield group
            group, size = [], 0
        group.append(chunk)
        size += len(chunk.data)
    if group:
        yield group


def _belong(one: LogChunk, other: LogChunk) -> bool:
    return (one.job_id, one.step, one.attempt, one.stream) == (other.job_id, other.step, other.attempt, other.stream)


def _cut_all(chunks: Iterable[LogChunk]) -> Iterator[LogChunk]:
    for chunk in chunks:
        if len(chunk.data) <= JOIN_BYTES:
            if chunk.lines:
                yield chunk
        else:
            yield from _cut(chunk)


def _cut(chunk: LogChunk) -> Iterator[LogChunk]:
    start, data = 0, chunk.data
    while start < len(data):
        end = data.rfind(b"\n", start, start + JOIN_BYTES) + 1 or data.find(b"\n", start) + 1 or len(data)
        part = data[start:end]
        yield LogChunk(chunk.job_id, chunk.step, chunk.attempt, chunk.stream, chunk.ts, part.count(b"\n") or 1, part)
        start = end


class Packer:
    """Chooses the compression, by the size of the data and by how much was packed before."""

    def __init__(self) -> None:
        self._seen = 0
        self._many: tuple[str, Callable[[bytes], bytes]] | None = None

    def pack(self, group: list[LogChunk]) -> Packed:
        data = group[0].data if len(group) == 1 else b"".join([chunk.data for chunk in group])
        return Packed(group, *self._smallest(data))

    def _smallest(self, data: bytes) -> tuple[str, bytes]:
        self._seen += len(data)
        if len(data) < RAW_BYTES:
            return "raw", data
        codec, compress = self._compressor()
        packed = compress(data)
        return (codec, packed) if len(packed) < len(data) else ("raw", data)

    def _compressor(self) -> tuple[str, Callable[[bytes], bytes]]:
        if self._many is None and self._seen >= MANY_BYTES:
            self._many = _compressor_for_many()
        return self._many or ("zlib", _zlib_compress)


def _zlib_compress(data: bytes) -> bytes:
    import zlib

    return zlib.compress(data, 1)


def _compressor_for_many() -> tuple[str, Callable[[bytes], bytes]]:
    """zstd, if it is installed."""
    try:
        import zstandard
    except ImportError:
        return "zlib", _zlib_compress
    return "zstd", zstandard.ZstdCompressor(level=1).compress


def _zlib_unpack(data: bytes) -> bytes:
    import zlib

    try:
        return zlib.decompress(data)
    except zlib.error as error:
        raise StoreError(f"a part of the log is damaged: {error}") from error


def _zstd_unpack(data: bytes) -> bytes:
    try:
        import zstandard
    except ImportError as error:
        raise StoreError("the log is packed with zstd; install the package zstandard to read it") from error
    try:
        return zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as error:
        raise StoreError(f"a part of the log is damaged: {error}") from error


UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "zlib": _zlib_unpack,
    "zstd": _zstd_unpack,
}


def chunks_of(job_id: str, row: Mapping[str, Any]) -> Iterator[tuple[int, LogChunk]]:
    """The original chunks of a row, each with the number of its first line. Raises StoreError for damaged data."""
    data = UNPACK[row["codec"]](row["data"])
    first_seq, stamps, start = row["first_seq"], row["stamps"], 0
    for count, size, at in [[row["lines"], len(data), row["ts"]]] if stamps is None else loads(stamps):
        part = data[start : start + size]
        yield first_seq, LogChunk(job_id, row["step"], row["attempt"], row["stream"], at, count, part)
        first_seq += count
        start += size


#: So many bytes from the beginning of compressed data tell the size of the text.
HEAD_BYTES = 18


def size_of(codec: str, head: bytes, stored: int, stamps: str | None) -> int | None:
    """The size of a row's text in bytes, from the first bytes of its data; None if the data must be decompressed to
    know."""
    if stamps is not None:
        return sum(size for _, size, _ in loads(stamps))
    if codec == "raw":
        return stored
    if codec == "zlib":
        return None
    import zstandard

    try:
        return zstandard.get_frame_parameters(head).content_size
    except zstandard.ZstdError as error:
        raise StoreError(f"a part of the log is damaged: {error}") from error


def lines_of(first_seq: int, chunk: LogChunk) -> Iterator[LogLine]:
    text = chunk.data.decode("utf-8", "replace").removesuffix("\n").split("\n")
    for seq, line in enumerate(text, first_seq):
        yield LogLine(chunk.ts, chunk.stream, chunk.step, line, seq, chunk.attempt)


#: Larger than every line number.
_NO_END = 1 << 62


class LogPages:
    """Reads a log page by page. A store adds which days have rows, and how to query one day."""

    def _ask(self, day: str, query: str, /, **values: object) -> list[Row]:
        """A dropped day has no rows."""
        raise NotImplementedError

    def _days_of(self, job_id: str) -> list[str]:
        """The days that may have lines of a job, in order."""
        raise NotImplementedError

    def days_before(self, day: str) -> list[str]:
        """Oldest first."""
        raise NotImplementedError

    def drop_day(self, day: str) -> int:
        """See LogStore."""
        raise NotImplementedError

    def drop_before(self, day: str) -> list[str]:
        """Deletes the logs of all days before one; returns these days."""
        dropped = self.days_before(day)
        for one in dropped:
            self.drop_day(one)
        return dropped

    def last_seq(self, job_id: str) -> int:
        """The number of the job's last line, 0 if there is none. Lines of other processes count."""
        raise NotImplementedError

    def lines(
        self,
        job_id: str,
        *,
        step: str | None = None,
        stream: str | None = None,
        since_seq: int = 0,
        tail: int | None = None,
    ) -> Iterator[LogLine]:
        """See LogStore. Raises StoreError at the first file that cannot be read."""
        wanted = _Wanted(step, stream)
        start, skip = since_seq + 1, 0
        if tail is not None:
            start, skip = self._tail(job_id, wanted, tail, start)
        for first_seq, chunk in self.chunks(job_id, start - 1):
            if wanted.has(chunk.step, chunk.stream):
                for line in lines_of(first_seq, chunk):
                    if line.seq >= start:
                        if skip == 0:
                            yield line
                        else:
                            skip -= 1

    def _tail(self, job_id: str, wanted: _Wanted, tail: int, start: int) -> tuple[int, int]:
        """Where to begin to read, and how many matching lines to skip from there."""
        missing, at = tail, None
        for first_seq, lines, step, stream in self._from_end(job_id):
            if missing <= 0 or first_seq + lines <= start:
                break
            if wanted.has(step, stream):
                at = max(first_seq, start)
                missing -= first_seq + lines - at
        if at is None:
            return self.last_seq(job_id) + 1, 0
        return at, max(0, -missing)

    def _from_end(self, job_id: str) -> Iterator[tuple[int, int, str, str]]:
        """What each row has, from the last row to the first."""
        for day in reversed(self._days_of(job_id)):
            below = _NO_END
            while page := self._ask(day, "sizes_from_end", job_id=job_id, below=below):
                for row in page:
                    yield row["first_seq"], row["lines"], row["step"], row["stream"]
                below = page[-1]["first_seq"]

    def chunks(
        self, job_id: str, since_seq: int = 0, wants: Callable[[LogPart], bool] | None = None
    ) -> Iterator[tuple[int, LogChunk]]:
        """``(number of its first line, chunk)`` of every chunk with lines after ``since_seq``, in order.

        Chunks for which ``wants`` returns False are not decompressed.
        """
        for day in self._days_of(job_id):
            found = self._ask(day, "chunk_with", job_id=job_id, seq=since_seq + 1)
            at = found[0]["first_seq"] if found else since_seq + 1
            while page := self._ask(day, "chunks", job_id=job_id, first_seq=at):
                for row in page:
                    if wants is not None and not wants(_part_of(row, 0)):
                        continue
                    for first_seq, chunk in chunks_of(job_id, row):
                        if first_seq + chunk.lines > since_seq + 1:
                            yield first_seq, chunk
                at = page[-1]["first_seq"] + 1

    def parts(self, job_id: str) -> Iterator[LogPart]:
        """The attempt, stream and size of each row, in order, without decompressing the text."""
        for day in self._days_of(job_id):
            at = 1
            while page := self._ask(day, "chunk_heads", job_id=job_id, first_seq=at):
                for row in page:
                    yield _part_of(row, _size_of(row))
                at = page[-1]["first_seq"] + 1


def _part_of(row: Row, size: int) -> LogPart:
    return LogPart(row["first_seq"], row["lines"], row["step"], row["attempt"], row["stream"], size)


def _size_of(row: Row) -> int:
    size = size_of(row["codec"], row["head"], row["stored"], row["stamps"])
    return len(UNPACK[row["codec"]](row["head"])) if size is None else size


class _Wanted:
    """Which chunks a reader wants. The name of a loop selects its instances, too."""

    def __init__(self, step: str | None, stream: str | None) -> None:
        self._step = step
        self._instance = f"{step}["
        self._stream = stream

    def has(self, step: str, stream: str) -> bool:
        return (self._stream is None or stream == self._stream) and (
            self._step is None or step == self._step or step.startswith(self._instance)
        )
