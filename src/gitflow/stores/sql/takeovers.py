"""Jobs of a server that has ended: what they left running, and whose they become."""

from __future__ import annotations

from gitflow.stores import rows
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: The occasion of a history entry that names no hook: the next job of an automatic retry.
RETRY = "retry"


class SqliteTakeovers(Session):
    """See TakeoverStore."""

    @guarded
    def run_tokens(self, owner_id: str) -> set[str]:
        return {token for (token,) in self._execute(self._queries["run_tokens"], (owner_id,))}

    @guarded
    def open_with_workspace(self, owner_id: str) -> list[tuple[str, str]]:
        return self._execute(self._queries["open_with_workspace"], (owner_id,)).fetchall()

    @guarded
    def give(self, job_ids: Iterable[str], from_owner: str, to_owner: str) -> None:
        with self.joined():
            rows_to_give = [(to_owner, job_id, from_owner) for job_id in job_ids]
            self._connection.executemany(self._queries["give_job"], rows_to_give)

    @guarded
    def announced(self, job_id: str) -> set[tuple[str, str | None, int | None, int]]:
        found: set[tuple[str, str | None, int | None, int]] = set()
        for text, step, attempt in self._execute(self._queries["announced"], (job_id,)):
            details: dict[str, Any] = rows.loads(text) or {}
            found.add((details.get("hook", RETRY), step, attempt, details.get("reopened", 0)))
        return found
