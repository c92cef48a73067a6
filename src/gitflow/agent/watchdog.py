"""Decides which steps an agent ends when it has lost its server: those that the server would start again elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    Key = tuple[str, str, int]

#: The watchdog acts after this part of the lease without contact. In the rest of it, the steps can end.
PART_OF_LEASE = 0.75


class Watchdog(Record):
    policy: str  #: one of ON_LOST_SERVER

    def is_due(self, silent_s: float, lease_s: float) -> bool:
        return silent_s >= PART_OF_LEASE * lease_s

    def to_end(self, running: Mapping[Key, bool]) -> list[Key]:
        """The attempts to end. ``running``: running attempt -> whether another one may follow it."""
        return [
            key for key, may_retry in running.items() if self.policy == "end" or (self.policy == "retry" and may_retry)
        ]
