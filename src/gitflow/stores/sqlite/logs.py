"""Log lines in SQLite files of their own, one a UTC day, so that they never wait for jobs and are dropped whole.

``append`` is one commit, safe at once against the death of the process (WAL, ``synchronous=normal``). Against the
death of the machine it is safe after ``sync``; the jobs' store calls that before each of its commits, so a step is
never known to have ended while what it printed could still be lost.

A job's lines are numbered without gaps, from file to file: a job's day never goes back, also when the clock does.
One process writes the log of a job (its owner); any number read.
"""

from __future__ import annotations

import json

from gitflow.core.errors import StoreError
from gitflow.core.logs import LogPart
from gitflow.stores.ids import time_of
from gitflow.stores.log_chunks import UNPACK, Packer, chunks_of, join, lines_of, size_of
from gitflow.stores.sqlite.log_days import LogDays, day_of
from gitflow.stores.sqlite.migrations import MEMORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from gitflow.core.logs import LogChunk, LogLine
    from gitflow.stores.log_chunks import Packed
    from gitflow.stores.sql.driver import Row
    from gitflow.stores.sqlite.log_days import LogDay

#: Above every number of a line.
_NO_END = 1 << 62

#: Jobs whose last number is remembered; of others it is looked up.
_KNOWN_JOBS = 1000


def _first_day(job_id: str) -> str:
    """The first day that can have lines of the job, whatever the clock says later: the day in its id, if it has one."""
    made = time_of(job_id)
    return "" if made is None else day_of(made)


def _ignore(notice: str) -> None:
    pass


class SqliteLogs:
    """See LogStore. ``folder`` None keeps everything in memory. ``notice`` is called for unreadable files."""

    def __init__(
        self,
        folder: str | None,
        queries: Mapping[str, str],
        synchronous: str = "full",
        notice: Callable[[str], None] = _ignore,
    ) -> None:
        self.path = folder or MEMORY
        self._queries = queries
        self._notice = notice
        self._packer = Packer()
        self._days = LogDays(folder, syncs=synchronous == "full")
        self._known: dict[str, tuple[str, int]] = {}  #: job -> the day of its last line, the next number

    def append(self, chunks: Iterable[LogChunk]) -> None:
        """Commits the lines, each with the job's next ``seq``. Raises StoreError if none was stored."""
        packed = [self._packer.pack(group) for group in join(chunks)]
        if not packed:
            return
        day = max(day_of(packed[-1].ts), *(self._where_it_ends(one.job_id)[0] for one in packed))
        opened = self._days.open(day)
        after = self._write(opened, packed)
        if len(self._known) > _KNOWN_JOBS:
            self._known.clear()
        self._known.update({job_id: (day, seq) for job_id, seq in after.items()})

    def _write(self, day: LogDay, packed: list[Packed]) -> dict[str, int]:
        """The next number of each job afterwards."""
        database = day.database
        database.begin()
        try:
            after: dict[str, int] = {}
            for one in packed:
                seq = after.get(one.job_id) or self._next_seq(day, one.job_id)
                database.execute(self._queries["put_chunk"], {"first_seq": seq, **one.row})
                after[one.job_id] = seq + one.lines
            database.commit()
        finally:
            if database.in_transaction:
                database.rollback()
        day.is_synced = False
        return after

    def _next_seq(self, day: LogDay, job_id: str) -> int:
        row = day.database.first(self._queries["next_seq"], {"job_id": job_id})
        return self._where_it_ends(job_id)[1] if row is None else row["next_seq"]

    def _where_it_ends(self, job_id: str) -> tuple[str, int]:
        """The day of a job's last line, and the next number; looked for in the files, the newest first."""
        known = self._known.get(job_id)
        if known is None:
            known = self._known[job_id] = self._look_for_end(job_id)
        return known

    def _look_for_end(self, job_id: str) -> tuple[str, int]:
        for day in reversed(self._days_of(job_id)):
            try:
                found = self._ask(day, "next_seq", job_id=job_id)
            except StoreError as error:
                self._notice(f"lines are numbered without {day}: {error}")
                continue
            if found:
                return day, found[0]["next_seq"]
        return _first_day(job_id), 1

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
        """Where to begin, and how many matching lines to leave out from there."""
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
        """What each row holds, the last first."""
        for day in reversed(self._days_of(job_id)):
            below = _NO_END
            while page := self._ask(day, "sizes_from_end", job_id=job_id, below=below):
                for row in page:
                    yield row["first_seq"], row["lines"], row["step"], row["stream"]
                below = page[-1]["first_seq"]

    def chunks(
        self, job_id: str, since_seq: int = 0, wants: Callable[[LogPart], bool] | None = None
    ) -> Iterator[tuple[int, LogChunk]]:
        """(number of its first line, chunk) of all that holds lines after ``since_seq``, in order.

        What ``wants`` refuses is not unpacked.
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
        """What is kept together, in order, without reading the text."""
        for day in self._days_of(job_id):
            at = 1
            while page := self._ask(day, "chunk_heads", job_id=job_id, first_seq=at):
                for row in page:
                    yield _part_of(row, _size_of(row))
                at = page[-1]["first_seq"] + 1

    def last_seq(self, job_id: str) -> int:
        """The number of the job's last line, 0 if there is none; also what another process has written meanwhile."""
        return self._look_for_end(job_id)[1] - 1

    def sync(self) -> None:
        """What was appended is on the disk. Raises StoreError."""
        self._days.sync()

    def delete(self, job_ids: Iterable[str]) -> None:
        for job_id in job_ids:
            for day in self._days_of(job_id):
                if (opened := self._days.find(day)) is not None:
                    opened.database.execute(self._queries["delete_logs"], {"job_id": job_id})
            self._known.pop(job_id, None)

    def drop_before(self, day: str) -> list[str]:
        """Drops the logs of whole days before one; answers which."""
        dropped = self.days_before(day)
        for one in dropped:
            self.drop_day(one)
        return dropped

    def days_before(self, day: str) -> list[str]:
        """Oldest first."""
        return [one for one in self._days.all() if one < day]

    def has_lines_of(self, day: str, job_ids: Collection[str]) -> bool:
        """Whether any of these jobs printed anything on a day."""
        return bool(job_ids) and bool(self._ask(day, "has_lines_of", job_ids=json.dumps(list(job_ids))))

    def day_size(self, day: str) -> int:
        """Bytes on the disk."""
        return self._days.size(day)

    def drop_day(self, day: str) -> int:
        """Drops the log of a day, as a file; answers how many bytes it had."""
        return self._days.drop(day)

    def close(self) -> None:
        self._days.close()

    def _ask(self, day: str, query: str, /, **values: object) -> list[Row]:
        """A dropped day has no rows."""
        opened = self._days.find(day)
        return [] if opened is None else opened.database.query(self._queries[query], values)

    def _days_of(self, job_id: str) -> list[str]:
        """The days that may hold lines of a job, in order: not those before it was made."""
        first = _first_day(job_id)
        return [day for day in self._days.all() if day >= first]


def _part_of(row: Row, size: int) -> LogPart:
    return LogPart(row["first_seq"], row["lines"], row["step"], row["attempt"], row["stream"], size)


def _size_of(row: Row) -> int:
    size = size_of(row["codec"], row["head"], row["stored"], row["stamps"])
    return len(UNPACK[row["codec"]](row["head"])) if size is None else size


class _Wanted:
    """Which chunks a reader wants. A loop's name also means its instances."""

    def __init__(self, step: str | None, stream: str | None) -> None:
        self._step = step
        self._instance = f"{step}["
        self._stream = stream

    def has(self, step: str, stream: str) -> bool:
        return (self._stream is None or stream == self._stream) and (
            self._step is None or step == self._step or step.startswith(self._instance)
        )
