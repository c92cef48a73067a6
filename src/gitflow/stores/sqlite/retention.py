"""What has been kept long enough; see RetentionStore."""

from __future__ import annotations

from gitflow.stores.sqlite.errors import guarded
from gitflow.stores.sqlite.session import Session

#: As a LIMIT: none.
_ALL = -1


class SqliteRetention(Session):
    @guarded
    def drop_jobs(self, ended_before: float, at_most: int) -> list[str]:
        with self.joined():
            wanted = {"before": ended_before, "at_most": at_most}
            return [id for (id,) in self._execute(self._about("drop_jobs", "jobs"), wanted).fetchall()]

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
