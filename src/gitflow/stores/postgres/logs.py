"""Log lines in the table ``chunk``, which has a partition for each UTC day. A partition is deleted as a whole.

Rows are gathered like those of jobs, and are sent in the same transaction if one is open. The lines of a job are
numbered without gaps: the statement that adds them looks up the last number, so this costs no round trip.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.stores.ids import day_of, first_day_of
from gitflow.stores.log_chunks import LogPages, Packer, join

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gitflow.core.logs import LogChunk
    from gitflow.stores.log_chunks import Packed
    from gitflow.stores.postgres.database import Database
    from gitflow.stores.sql.driver import Row

#: Stands for all days, which are read together.
_ALL = ""


class PostgresLogs(LogPages):
    """See LogStore."""

    joins_commits = True

    def __init__(self, database: Database, queries: Mapping[str, str]) -> None:
        self.path = database.path
        self._database = database
        self._queries = queries
        self._packer = Packer()
        self._partitions: set[str] = set()  #: days whose partitions exist
        self._undone = 0  #: as Database.undone was when they were noted
        self._last: list[LogChunk] = []  #: the chunks that were appended last
        self._last_in = 0  #: the serial of their transaction

    def prepare(self, ts: float) -> None:
        """The connection is open already."""

    def append(self, chunks: Iterable[LogChunk]) -> None:
        """If the answer to a commit was lost, its caller appends the same chunks (the same objects) again. They are
        left out if that commit was made."""
        given = self._new_ones(list(chunks))
        packed = [self._packer.pack(group) for group in join(given)]
        if not packed:
            return
        database = self._database
        if database.in_transaction:
            self._last, self._last_in = given, database.serial
            self._write(packed)
            return
        database.begin()
        self._last, self._last_in = given, database.serial
        try:
            self._write(packed)
            database.commit()
        finally:
            if database.in_transaction:
                database.rollback()

    def _new_ones(self, chunks: list[LogChunk]) -> list[LogChunk]:
        begins_again = bool(self._last and chunks) and chunks[0] is self._last[0]
        if begins_again and self._database.is_made(self._last_in):
            return chunks[len(self._last) :]
        return chunks

    def _write(self, packed: list[Packed]) -> None:
        """The rows count from 1 here; the database adds the job's last number. So nothing may be sent between two rows
        of a job."""
        days = [max(day_of(one.ts), first_day_of(one.job_id)) for one in packed]
        for day in set(days):
            self._make_partition(day)
        ends: dict[str, int] = {}
        for one, day in zip(packed, days, strict=True):
            seq = ends.get(one.job_id, 1)
            place = {"day": day, "first_seq": seq, "first_day": first_day_of(one.job_id)}
            self._database.execute(self._queries["put_chunk"], {**one.row, **place})
            ends[one.job_id] = seq + one.lines

    def _make_partition(self, day: str) -> None:
        """If its transaction is undone, the partition is gone again."""
        if self._undone != self._database.undone:
            self._undone = self._database.undone
            self._partitions.clear()
        if day in self._partitions:
            return
        if not any(row["day"] == day for row in self._log_days()):
            self._database.execute(partition_of(day))
        self._partitions.add(day)

    def last_seq(self, job_id: str) -> int:
        found = self._ask(_ALL, "next_seq", job_id=job_id)
        return found[0]["next_seq"] - 1 if found else 0

    def sync(self) -> None:
        """Nothing to do: appended lines are part of the commit."""

    def delete(self, job_ids: Iterable[str]) -> None:
        for job_id in job_ids:
            values = {"job_id": job_id, "first_day": first_day_of(job_id)}
            self._database.execute(self._queries["delete_logs"], values)

    def days_before(self, day: str) -> list[str]:
        return [row["day"] for row in self._log_days() if row["day"] < day]

    def has_lines_of(self, day: str, job_ids: Collection[str]) -> bool:
        wanted = json.dumps(list(job_ids))
        return bool(job_ids) and bool(self._ask(_ALL, "has_lines_of", day=day, job_ids=wanted))

    def day_size(self, day: str) -> int:
        return next((row["size"] for row in self._log_days() if row["day"] == day), 0)

    def drop_day(self, day: str) -> int:
        size = self.day_size(day)
        self._database.execute(f"DROP TABLE IF EXISTS {_name_of(day)}")
        self._partitions.discard(day)
        return size

    def close(self) -> None:
        """Nothing to do: the connection belongs to the jobs."""

    def _log_days(self) -> list[Row]:
        return self._database.query(self._queries["log_days"])

    def _ask(self, day: str, query: str, /, **values: object) -> list[Row]:
        if "job_id" in values:
            values["first_day"] = first_day_of(str(values["job_id"]))
        return self._database.query(self._queries[query], values)

    def _days_of(self, job_id: str) -> list[str]:
        return [_ALL]


def partition_of(day: str) -> str:
    """The statement that creates the partition of a day."""
    return f"CREATE TABLE IF NOT EXISTS {_name_of(day)} PARTITION OF chunk FOR VALUES IN ('{day}')"


def _name_of(day: str) -> str:
    return f"chunk_{day.replace('-', '')}"
