"""Takes over the jobs of dead servers: their running steps, and their new owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: The occasion of a history entry without a hook: an automatic retry has started the next job.
RETRY = "retry"


class SqlTakeovers(Session):
    """See TakeoverStore."""

    def run_tokens(self, owner_id: str) -> set[str]:
        return set(self._values("run_tokens", owner_id=owner_id))

    def open_with_workspace(self, owner_id: str) -> list[tuple[str, str]]:
        return [(row["id"], row["workspace"]) for row in self._all("open_with_workspace", owner_id=owner_id)]

    def give(self, job_ids: Iterable[str], from_owner: str, to_owner: str) -> None:
        with self.joined():
            given = [{"id": job_id, "from_owner": from_owner, "to_owner": to_owner} for job_id in job_ids]
            self._run_each("give_job", given)

    def announced(self, job_id: str) -> set[tuple[str, str | None, int | None, int]]:
        found: set[tuple[str, str | None, int | None, int]] = set()
        for row in self._all("announced", job_id=job_id):
            details: dict[str, Any] = rows.loads(row["details"]) or {}
            found.add((details.get("hook", RETRY), row["step"], row["attempt"], details.get("reopened", 0)))
        return found
