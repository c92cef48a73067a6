"""What has been kept long enough; see RetentionStore."""

from __future__ import annotations

from gitflow.stores.sqlite.errors import guarded
from gitflow.stores.sqlite.session import Session


class SqliteRetention(Session):
    @guarded
    def drop_jobs(self, ended_before: float, at_most: int) -> list[str]:
        with self.joined():
            wanted = {"before": ended_before, "at_most": at_most}
            return [id for (id,) in self._execute(self._queries["drop_jobs"], wanted).fetchall()]

    @guarded
    def drop_events(self, before: float, at_most: int) -> int:
        return self._dropped("drop_events", before, at_most)

    @guarded
    def drop_artifacts(self, ended_before: float, at_most: int) -> int:
        return self._dropped("drop_artifacts", ended_before, at_most)

    def _dropped(self, query: str, before: float, at_most: int) -> int:
        with self.joined():
            return self._execute(self._queries[query], {"before": before, "at_most": at_most}).rowcount

    @guarded
    def drop_requests(self, answered_before: float, at_most: int) -> int:
        with self.joined():
            return self._execute(self._queries["drop_requests"], (answered_before, at_most)).rowcount

    @guarded
    def drop_snapshots(self) -> int:
        with self.joined():
            return self._execute(self._queries["delete_unused_snapshots"]).rowcount

    @guarded
    def jobs_with_logs(self, made_before: float, ended_since: float) -> list[str]:
        wanted = {"made_before": made_before, "ended_since": ended_since}
        return [id for (id,) in self._execute(self._queries["jobs_with_logs"], wanted)]
