"""Concurrency groups."""

from __future__ import annotations

from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Protocol

    from gitflow.core.jobs.concurrency import Member


class Grouped(Record):
    """An open job of a group, as a member of it."""

    member: Member
    owner_id: str
    has_begun: bool  #: it holds a place; otherwise it waits for one


if TYPE_CHECKING:

    class GroupStore(Protocol):
        """Call it inside the transaction that decides, so that no other process takes a place in between."""

        def lock(self, groups: Collection[tuple[str, str]]) -> None:
            """Until the end of the transaction, no other process decides about these groups (workspace, name)."""
            ...

        def members(self, workspace: str, group: str, now: float) -> list[Grouped]:
            """Jobs that hold a place or wait for one; not jobs that wait for their start time or are cancelled."""
            ...

        def holders(self, workspace: str, group: str) -> int:
            """How many places are taken."""
            ...

        def of_source(self, workspace: str, source_type: str, source_id: str) -> list[tuple[str, str]]:
            """(job id, owner) of the open jobs that this person, key or trigger has started, oldest first."""
            ...

        def is_asked_to_end(self, job_id: str) -> bool:
            """Whether another process has asked the job's owner to cancel it and has not been answered yet."""
            ...
