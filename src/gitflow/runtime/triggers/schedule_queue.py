"""The queue of schedules: a heap over all workspaces, ordered by the next time.

A replaced entry stays in the heap until its time comes, and is skipped then. So the cost of a change does not depend on
the number of schedules.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitflow.triggers.schedule import Schedule

    Key = tuple[str, str]


class ScheduleEntry(Record):
    """One schedule and its next time."""

    workspace: str
    name: str  #: of the trigger
    schedule: Schedule
    shape: str | None
    time: float  #: the first time that has not been handled
    starts_at: float  #: when its job starts: the time plus jitter

    @property
    def key(self) -> Key:
        return self.workspace, self.name


class ScheduleQueue:
    def __init__(self) -> None:
        self._entries: dict[Key, ScheduleEntry] = {}
        self._heap: list[tuple[float, int, ScheduleEntry]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._entries)

    def of(self, workspace: str) -> Mapping[str, ScheduleEntry]:
        return {name: entry for (owner, name), entry in self._entries.items() if owner == workspace}

    def current(self, key: Key) -> ScheduleEntry | None:
        return self._entries.get(key)

    def put(self, entry: ScheduleEntry) -> None:
        """Adds the entry, or replaces the one with the same key."""
        self._entries[entry.key] = entry
        self._count += 1
        heappush(self._heap, (entry.starts_at, self._count, entry))
        if len(self._heap) > 2 * len(self._entries) + 64:
            self._heap = [item for item in self._heap if self._is_current(item[2])]
            heapify(self._heap)

    def drop(self, workspace: str, names: Iterable[str]) -> None:
        for name in names:
            self._entries.pop((workspace, name), None)

    def due(self, now: float) -> list[ScheduleEntry]:
        """Takes the due entries from the heap. They stay current until ``put`` replaces or ``drop`` removes them."""
        found: list[ScheduleEntry] = []
        while self._heap and self._heap[0][0] <= now:
            entry = heappop(self._heap)[2]
            if self._is_current(entry):
                found.append(entry)
        return found

    def requeue(self, entries: Iterable[ScheduleEntry]) -> None:
        """Puts back due entries that could not be handled."""
        for entry in entries:
            if self._is_current(entry):
                self.put(entry)

    def next_at(self) -> float | None:
        while self._heap and not self._is_current(self._heap[0][2]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _is_current(self, entry: ScheduleEntry) -> bool:
        return self._entries.get(entry.key) is entry
