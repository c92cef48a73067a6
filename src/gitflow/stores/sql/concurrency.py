"""Concurrency groups: jobs that hold a place, and jobs that wait for one."""

from __future__ import annotations

from gitflow.core.jobs.concurrency import Member
from gitflow.stores.protocols.concurrency import Grouped
from gitflow.stores.sql.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from gitflow.stores.sql.driver import Row


class SqlGroups(Session):
    """See GroupStore."""

    def lock(self, groups: Collection[tuple[str, str]]) -> None:
        self._driver.lock([f"{workspace}\n{group}" for workspace, group in sorted(groups)])

    def members(self, workspace: str, group: str, now: float) -> list[Grouped]:
        holders = self._all("group_holders", workspace=workspace, group_name=group)
        waiters = self._all("group_waiters", workspace=workspace, group_name=group, now=now)
        return [_grouped(row) for row in (*holders, *waiters)]

    def holders(self, workspace: str, group: str) -> int:
        return self._value("count_holders", workspace=workspace, group_name=group)

    def of_source(self, workspace: str, source_type: str, source_id: str) -> list[tuple[str, str]]:
        found = self._all("open_of_source", workspace=workspace, source_type=source_type, source_id=source_id)
        return [(row["id"], row["owner_id"]) for row in found]

    def is_asked_to_end(self, job_id: str) -> bool:
        return self._first("is_asked_to_end", job_id=job_id) is not None


def _grouped(row: Row) -> Grouped:
    member = Member(
        row["id"], row["number"], row["priority"], row["group_limit"], row["on_limit"], bool(row["cancelling"])
    )
    return Grouped(member, row["owner_id"], bool(row["has_begun"]))
