"""What an agent does that has lost its server: how often it tries to connect, and which steps it ends meanwhile.

It ends those that the server would run again elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    Key = tuple[str, str, int]

#: The pause before the first and, at most, before any later try to connect, in seconds.
FIRST_PAUSE_S, MAX_PAUSE_S = 0.1, 5.0
#: A server that has started again hears of its agents well within the lease: a pause is at most this part of it.
PAUSES_A_LEASE = 6

#: After this part of the lease without contact. The rest of it is for the steps to end.
PART_OF_LEASE = 0.75


class Watchdog(Record):
    policy: str  #: one of ON_LOST_SERVER

    def is_due(self, silent_s: float, lease_s: float) -> bool:
        return silent_s >= PART_OF_LEASE * lease_s

    def to_end(self, running: Mapping[Key, bool]) -> list[Key]:
        """The attempts to end, of those that run; each with whether another attempt may follow it."""
        return [
            key for key, may_retry in running.items() if self.policy == "end" or (self.policy == "retry" and may_retry)
        ]


def next_pause(pause_s: float, lease_s: float) -> float:
    """The pause after one of ``pause_s``."""
    return min(MAX_PAUSE_S, lease_s / PAUSES_A_LEASE, pause_s * 2)
