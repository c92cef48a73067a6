"""What has been kept long enough; see RetentionStore."""

from __future__ import annotations

from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

#: As a LIMIT: none.
_ALL = -1

#: How many steps the jobs of one piece have together, unless one alone has more; and how many rows it loses in a piece.
MOST_STEPS, MOST_ROWS = 500, 2000


class SqliteRetention(Session):
    @guarded
    def drop_jobs(self, ended_before: float, at_most: int) -> tuple[list[str], bool]:
        with self.joined():
            found = self._execute(
                self._about("sizes_of", "jobs"), {"before": ended_before, "at_most": at_most}
            ).fetchall()
            if found and found[0][1] > MOST_STEPS and self._lighten(found[0][0]):
                return [], True
            ids = _small_enough(found)
            self._connection.executemany(self._queries["delete_job"], [(id,) for id in ids])
            return ids, bool(ids)

    def _lighten(self, job_id: str) -> bool:
        """A large job loses its history and attempts first, in pieces: its steps go with it, or it would not be whole.
        Whether there was anything."""
        of_job = {"job_id": job_id, "at_most": MOST_ROWS}
        return any(self._execute(self._queries[query], of_job).rowcount for query in ("shed_events", "shed_attempts"))

    @guarded
    def drop(self, what: str, before: float, at_most: int) -> int:
        with self.joined():
            return self._execute(self._about(f"drop_{what}", what), {"before": before, "at_most": at_most}).rowcount

    @guarded
    def count(self, what: str, before: float) -> int:
        return self._execute(self._about("count_expired", what), {"before": before, "at_most": _ALL}).fetchone()[0]

    def _about(self, query: str, what: str) -> str:
        return self._queries[query].replace("{expired}", self._queries[f"expired_{what}"])

    @guarded
    def drop_snapshots(self) -> int:
        with self.joined():
            return self._execute(self._queries["delete_unused_snapshots"]).rowcount

    @guarded
    def jobs_with_logs(self, made_before: float, ended_since: float) -> list[str]:
        wanted = {"made_before": made_before, "ended_since": ended_since}
        return [id for (id,) in self._execute(self._queries["jobs_with_logs"], wanted)]


def _small_enough(found: list[tuple[str, int]]) -> list[str]:
    """The first, and those after it as long as all together are small."""
    ids: list[str] = []
    steps = 0
    for id, count in found:
        steps += count
        if ids and steps > MOST_STEPS:
            break
        ids.append(id)
    return ids
