"""Decides what an agent does that has lost its server: how often it tries to connect, and which steps it ends.

It ends those that the server would start again elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    Key = tuple[str, str, int]

#: The pause before the second try to connect, in seconds. It doubles with each further try, up to the second value.
FIRST_PAUSE_S, MAX_PAUSE_S = 0.1, 5.0
#: A server that has started again hears of its agents well within the lease: a pause is at most this part of it.
PAUSES_A_LEASE = 6

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


def next_pause(pause_s: float, lease_s: float) -> float:
    """The pause after one of ``pause_s``."""
    return min(MAX_PAUSE_S, lease_s / PAUSES_A_LEASE, pause_s * 2)
