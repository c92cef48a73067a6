"""Log lines in SQLite files, one for each UTC day, so that they never wait for jobs and are deleted file by file.

``append`` is one commit, which survives the death of the process at once (WAL, ``synchronous=normal``). It survives
that of the machine after ``sync``, with which the jobs' store begins each of its commits: so a step is never stored as
ended while its lines could still be lost.

The lines of a job are numbered without gaps across files: a job never goes back to an earlier day, even if the clock is
set back. Only a job's owner writes its log; any number of processes may read it.
"""

from __future__ import annotations

from gitflow.core.errors import StoreError
from gitflow.core.json_codec import dumps
from gitflow.stores.ids import day_of, first_day_of
from gitflow.stores.log_chunks import LogPages, Packer, join
from gitflow.stores.sqlite.log_days import LogDays
from gitflow.stores.sqlite.migrations import MEMORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from gitflow.core.logs import LogChunk
    from gitflow.stores.log_chunks import Packed
    from gitflow.stores.sql.driver import Row
    from gitflow.stores.sqlite.log_days import LogDay

#: For so many jobs the last number is remembered; for others it is looked up.
_KNOWN_JOBS = 1000


def _ignore(notice: str) -> None:
    pass


class SqliteLogs(LogPages):
    """See LogStore. With ``folder`` None everything is in memory. ``notice`` is called for files that cannot be
    read."""

    joins_commits = False

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

    def prepare(self, ts: float) -> None:
        """Opens the file of the day, if there is one. Raises StoreError."""
        self._days.prepare(day_of(ts))

    def append(self, chunks: Iterable[LogChunk]) -> None:
        """Commits the lines; each gets the job's next ``seq``. Raises StoreError if none was stored."""
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
        """Returns the next number of each job."""
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
        """The day of a job's last line, and the next number. The newest files are searched first."""
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
        return first_day_of(job_id), 1

    def last_seq(self, job_id: str) -> int:
        """The number of the job's last line, 0 if there is none. Lines of other processes count."""
        return self._look_for_end(job_id)[1] - 1

    def sync(self) -> None:
        """Makes sure that all appended lines are on the disk. Raises StoreError."""
        self._days.sync()

    def delete(self, job_ids: Iterable[str]) -> None:
        for job_id in job_ids:
            for day in self._days_of(job_id):
                if (opened := self._days.find(day)) is not None:
                    opened.database.execute(self._queries["delete_logs"], {"job_id": job_id})
            self._known.pop(job_id, None)

    def days_before(self, day: str) -> list[str]:
        """Oldest first."""
        return [one for one in self._days.all() if one < day]

    def has_lines_of(self, day: str, job_ids: Collection[str]) -> bool:
        """Whether any of these jobs printed anything on a day."""
        return bool(job_ids) and bool(self._ask(day, "has_lines_of", job_ids=dumps(list(job_ids))))

    def day_size(self, day: str) -> int:
        """Bytes on the disk."""
        return self._days.size(day)

    def drop_day(self, day: str) -> int:
        """Deletes the file of a day; returns its size in bytes."""
        return self._days.drop(day)

    def close(self) -> None:
        self._days.close()

    def _ask(self, day: str, query: str, /, **values: object) -> list[Row]:
        """A dropped day has no rows."""
        opened = self._days.find(day)
        return [] if opened is None else opened.database.query(self._queries[query], values)

    def _days_of(self, job_id: str) -> list[str]:
        """The days that may have lines of a job, in order: none from before its creation."""
        first = first_day_of(job_id)
        return [day for day in self._days.all() if day >= first]
