"""Fires the schedules of all served workspaces when the clock on the wall says so.

It sleeps until the next time that is due, and looks at the clock at least once a second, since somebody may set it. A
time is dealt with once, whatever the clock does. When it is set forward, what it jumped over was missed; when it is set
back, it waits until the time after the last one has come. Only when it was wrong by more than ``SET_BACK_S`` does it
begin anew from the time it shows then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from gitflow.runtime.background import Loop
from gitflow.runtime.triggers.schedule_queue import Entry, ScheduleQueue
from gitflow.triggers import schedule as rules
from gitflow.triggers.base import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeVar

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.triggers.fire import Firing
    from gitflow.runtime.triggers.suspension import Switches
    from gitflow.runtime.workspaces.served import Served
    from gitflow.stores.protocols.triggers import TriggerState
    from gitflow.triggers.schedule import Due, Jump

    T = TypeVar("T")

#: How long it sleeps at most without a look at the clock, in seconds.
LOOK_S = 1.0

#: A clock that is set back by more was wrong: nobody waits for the times that it had already shown.
SET_BACK_S = 3 * 3600.0

#: So many times that the clock was set forward are remembered: times with a jitter may come long after.
MOST_JUMPS = 16

#: So many schedules are seen to in one commit.
AT_ONCE = 100


class Scheduler:
    def __init__(
        self, firing: Firing, switches: Switches, served: Served, commit_queue: CommitQueue, clock: Clock
    ) -> None:
        self.loop = Loop("scheduler", self.tick, LOOK_S)
        self._firing = firing
        self._switches = switches
        self._served = served
        self._commit_queue = commit_queue
        self._clock = clock
        self._table = ScheduleQueue()
        self._one_at_a_time = asyncio.Lock()
        self._changed: dict[str, None] = {}  #: workspaces to be read again, first changed first
        self._began = clock.wall()
        self._ahead = clock.ahead()
        self._looked = self._began  #: what the wall showed at the last look
        self._jumps: deque[Jump] = deque(maxlen=MOST_JUMPS)

    def changed(self, workspace: str) -> None:
        """Its definitions, or its switches, are not what they were; from any thread."""
        self._changed[workspace] = None
        self.loop.wake()

    async def tick(self) -> float:
        """Seconds until it should be called again."""
        async with self._one_at_a_time:
            return await self._look()

    async def _look(self) -> float:
        self._heed_clock()
        while self._changed:
            await self._read(next(iter(self._changed)))
        entries = self._table.due(self._clock.wall())
        try:
            for batch in _batches(entries):
                await self._see_to(batch)
        finally:
            self._table.again(entries)  # those that were seen to have another in their place
        next_at = self._table.next_at()
        return LOOK_S if next_at is None else min(LOOK_S, max(0.0, next_at - self._clock.wall()))

    def _heed_clock(self) -> None:
        ahead, wall = self._clock.ahead(), self._clock.wall()
        leapt = ahead - self._ahead
        if leapt < -SET_BACK_S:
            self._table = ScheduleQueue()
            self._changed.update(dict.fromkeys(self._served.names()))
        elif leapt > rules.ON_TIME_S:
            passed = max(0.0, wall - self._looked - leapt)  # since the last look, by the clock that nobody sets
            self._jumps.append((self._looked + passed, wall - passed))
        elif leapt < 0.0:
            kept = [jump for jump in self._jumps if jump[1] <= wall]  # the others are still to come
            self._jumps = deque(kept, self._jumps.maxlen)
        self._ahead, self._looked = ahead, wall

    async def _read(self, workspace: str) -> None:
        self._changed.pop(workspace)
        snapshot = self._served.get(workspace).snapshot
        if snapshot is None:
            return
        try:
            states = await self._submit(partial(self._switches.register, snapshot=snapshot))
            before = self._table.of(workspace)
            entries = await asyncio.to_thread(lambda: list(self._entries(snapshot, states, before)))
        except BaseException:
            self._changed[workspace] = None
            raise
        for entry in entries:
            if before.get(entry.name) is not entry:
                self._table.put(entry)
        self._table.drop(workspace, before.keys() - {entry.name for entry in entries})

    def _entries(
        self, snapshot: Snapshot, states: Mapping[str, TriggerState], before: Mapping[str, Entry]
    ) -> Iterator[Entry]:
        """One that is as it was stays the same."""
        for name, state in states.items():
            trigger = snapshot.triggers[name]
            if trigger.type != "scheduler":
                continue
            schedule, old = rules.schedule_of(trigger), before.get(name)
            if old is not None and old.schedule == schedule:
                yield old
            else:
                new = self._entry(snapshot.workspace, name, schedule, state.shape, self._origin(schedule, state))
                if new is not None:
                    yield new

    def _origin(self, schedule: rules.Schedule, state: TriggerState) -> float:
        """From when on times count. Those of a time without a server count only where they are caught up."""
        now = self._clock.wall()
        since = now if state.since is None or state.since > now + SET_BACK_S else state.since
        return max(since, self._began) if schedule.catchup == "none" and self._began <= now else since

    @staticmethod
    def _entry(workspace: str, name: str, schedule: rules.Schedule, shape: str | None, after: float) -> Entry | None:
        """The next time after another; None when there is none any more."""
        time = rules.next_time(schedule, after)
        if time is None:
            return None
        return Entry(workspace, name, schedule, shape, time, rules.starts_at(schedule, f"{workspace}/{name}", time))

    async def _see_to(self, entries: Sequence[Entry]) -> None:
        now = self._clock.wall()
        jumps = tuple(self._jumps)
        found = await asyncio.to_thread(lambda: [(entry, _due(entry, now, jumps)) for entry in entries])
        await self._submit(partial(self._fire, found=found))
        following = await asyncio.to_thread(
            lambda: [
                (entry, self._entry(entry.workspace, entry.name, entry.schedule, entry.shape, due.through))
                for entry, due in found
            ]
        )
        for entry, new in following:
            if self._table.current(entry.key) is not entry:
                continue  # it was replaced meanwhile
            if new is None:
                self._table.drop(entry.workspace, [entry.name])
            else:
                self._table.put(new)

    def _fire(self, transaction: Transaction, found: Sequence[tuple[Entry, Due]]) -> None:
        """By the definition that is in force in this moment."""
        for entry, due in found:
            snapshot = self._served.get(entry.workspace).snapshot
            trigger = snapshot and snapshot.triggers.get(entry.name)
            if snapshot is None or trigger is None or rules.shape(trigger) != entry.shape:
                continue
            if due.missed or due.missed_more:
                key = f"missed:{entry.time:.0f}"
                self._firing.pass_over(snapshot, trigger, Reason(key=key, due_at=entry.time), _missed(due))
            for time in due.times:
                scope = rules.scope_of(trigger, time)
                self._firing.fire(transaction, snapshot, trigger, Reason(scope, rules.key_of(time), due_at=time))
            self._switches.dealt_with(transaction, entry.workspace, entry.name, entry.shape, due.through)

    async def _submit(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.wrap_future(self._commit_queue.submit(work))


def _due(entry: Entry, now: float, jumps: Sequence[Jump]) -> Due:
    return rules.due(entry.schedule, f"{entry.workspace}/{entry.name}", entry.time, now, jumps)


def _missed(due: Due) -> str:
    if due.missed_more and not due.missed:
        return f"{rules.MOST_CAUGHT_UP} times are caught up at most, and those before are passed over"
    times = "1 time was" if due.missed == 1 else f"{due.missed} times were"
    return f"{'more than ' if due.missed_more else ''}{times} missed, and passed over"


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    left = iter(entries)
    while batch := list(islice(left, AT_ONCE)):
        yield batch
