"""Concurrency groups: who holds a place, and who waits for one, counted in the store itself."""

from __future__ import annotations

from gitflow.core.jobs.concurrency import Member
from gitflow.stores.protocols.concurrency import Grouped
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SqliteGroups(Session):
    """See GroupStore."""

    @guarded
    def members(self, workspace: str, group: str, now: float) -> list[Grouped]:
        values = {"workspace": workspace, "group_name": group, "now": now}
        holders = self._execute(self._queries["group_holders"], values).fetchall()
        return [_grouped(row) for row in (*holders, *self._execute(self._queries["group_waiters"], values))]

    @guarded
    def holders(self, workspace: str, group: str) -> int:
        return self._execute(self._queries["count_holders"], (workspace, group)).fetchone()[0]

    @guarded
    def of_source(self, workspace: str, source_type: str, source_id: str) -> list[tuple[str, str]]:
        return self._execute(self._queries["open_of_source"], (workspace, source_type, source_id)).fetchall()

    @guarded
    def is_asked_to_end(self, job_id: str) -> bool:
        return self._execute(self._queries["is_asked_to_end"], (job_id,)).fetchone() is not None


def _grouped(row: Any) -> Grouped:
    id, order, priority, limit, on_limit, cancelling, owner_id, has_begun = row
    return Grouped(Member(id, order, priority, limit, on_limit, bool(cancelling)), owner_id, bool(has_begun))
