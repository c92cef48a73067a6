"""Deletes old data; see RetentionStore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.stores.sql.session import NO_LIMIT, Session

if TYPE_CHECKING:
    from gitflow.stores.sql.driver import Row

#: Jobs with up to so many steps together are deleted at once, or one larger job; and how many rows of it at a time.
MAX_STEPS, MAX_ROWS = 500, 2000


class SqlRetention(Session):
    def drop_jobs(self, ended_before: float, at_most: int) -> tuple[list[str], bool]:
        with self.joined():
            found = self._driver.query(self._about("sizes_of", "jobs"), {"before": ended_before, "at_most": at_most})
            if found and found[0]["steps"] > MAX_STEPS and self._lighten(found[0]["id"]):
                return [], True
            ids = _small_enough(found)
            self._run_each("delete_job", [{"id": id} for id in ids])
            return ids, bool(ids)

    def _lighten(self, job_id: str) -> bool:
        """A large job first loses its history and its attempts, a piece at a time; its steps are deleted with the job,
        because it could not be read without them. Returns whether there was anything to delete."""
        return any(self._run(query, job_id=job_id, at_most=MAX_ROWS) for query in ("shed_events", "shed_attempts"))

    def drop(self, what: str, before: float, at_most: int) -> int:
        with self.joined():
            return self._driver.execute(self._about(f"drop_{what}", what), {"before": before, "at_most": at_most})

    def count(self, what: str, before: float) -> int:
        return self._value_of(self._about("count_expired", what), {"before": before, "at_most": NO_LIMIT})

    def _about(self, query: str, what: str) -> str:
        return self.statement(query).replace("{expired}", self.statement(f"expired_{what}"))

    def drop_snapshots(self) -> int:
        with self.joined():
            return self._run("delete_unused_snapshots")

    def jobs_with_logs(self, made_before: float, ended_since: float) -> list[str]:
        return self._values("jobs_with_logs", made_before=made_before, ended_since=ended_since)


def _small_enough(found: list[Row]) -> list[str]:
    """The first job, and as many of the next ones as are small enough together."""
    ids: list[str] = []
    steps = 0
    for row in found:
        steps += row["steps"]
        if ids and steps > MAX_STEPS:
            break
        ids.append(row["id"])
    return ids
