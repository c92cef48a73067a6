"""Fires the schedules of all served workspaces by the wall clock.

The scheduler sleeps until the next due time, and checks the clock at least once a second, since somebody may set it.
Each time is handled once, however the clock is set. When the clock is set forward, the times in between count as
missed. When it is set back, the scheduler waits for the time after the last one that it handled. Only when the clock is
set back by more than ``SET_BACK_S`` does it start again from the time that the clock shows then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from gitflow.runtime.background import BackgroundLoop
from gitflow.runtime.triggers.schedule_queue import ScheduleEntry, ScheduleQueue
from gitflow.triggers import schedule as rules
from gitflow.triggers.base import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeVar

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.triggers.fire import TriggerFirer
    from gitflow.runtime.triggers.suspension import Suspensions
    from gitflow.runtime.workspaces.served import ServedWorkspaces
    from gitflow.stores.protocols.triggers import TriggerState
    from gitflow.triggers.schedule import DueTimes, Jump

    T = TypeVar("T")

#: How long it sleeps at most without checking the clock, in seconds.
POLL_S = 1.0

#: A clock that is set back by more than this was wrong before: times that it has shown already fire again.
SET_BACK_S = 3 * 3600.0

#: How many forward jumps of the clock are kept: a time with jitter may start long after a jump.
MAX_JUMPS = 16

#: How many schedules one commit handles.
BATCH_SIZE = 100


class Scheduler:
    def __init__(
        self,
        firer: TriggerFirer,
        suspensions: Suspensions,
        served: ServedWorkspaces,
        commit_queue: CommitQueue,
        clock: Clock,
        is_draining: Callable[[], bool] = lambda: False,
    ) -> None:
        """While ``is_draining``, schedules that fall due are left to the next server."""
        self.loop = BackgroundLoop("scheduler", self.tick, POLL_S)
        self._firer = firer
        self._suspensions = suspensions
        self._served = served
        self._commit_queue = commit_queue
        self._clock = clock
        self._is_draining = is_draining
        self._hold: tuple[float, float] | None = None  #: when the server before this one was being drained
        self._knows_hold = False
        self._queue = ScheduleQueue()
        self._tick_lock = asyncio.Lock()
        self._changed: dict[str, None] = {}  #: workspaces to read again, in the order of their changes
        self._began = clock.wall()
        self._ahead = clock.ahead()
        self._checked_at = self._began  #: the wall clock at the last check
        self._jumps: deque[Jump] = deque(maxlen=MAX_JUMPS)

    def changed(self, workspace: str) -> None:
        """Reads the workspace again: its definitions or suspensions have changed. Callable from any thread."""
        self._changed[workspace] = None
        self.loop.wake()

    async def tick(self) -> float:
        """Returns the seconds until the next tick."""
        if self._is_draining():
            return POLL_S
        async with self._tick_lock:
            return await self._run_once()

    async def _run_once(self) -> float:
        self._check_clock()
        while self._changed:
            await self._read(next(iter(self._changed)))
        entries = self._queue.due(self._clock.wall())
        try:
            for batch in _batches(entries):
                await self._handle(batch)
        finally:
            self._queue.requeue(entries)  # those that were handled have been replaced, and are skipped
        next_at = self._queue.next_at()
        return POLL_S if next_at is None else min(POLL_S, max(0.0, next_at - self._clock.wall()))

    def _check_clock(self) -> None:
        ahead, wall = self._clock.ahead(), self._clock.wall()
        leapt = ahead - self._ahead
        if leapt < -SET_BACK_S:
            self._queue = ScheduleQueue()
            self._changed.update(dict.fromkeys(self._served.names()))
        elif leapt > rules.ON_TIME_S:
            passed = max(0.0, wall - self._checked_at - leapt)  # since the last check, by the monotonic clock
            self._jumps.append((self._checked_at + passed, wall - passed))
        elif leapt < 0.0:
            kept = [jump for jump in self._jumps if jump[1] <= wall]  # the others are still to come
            self._jumps = deque(kept, self._jumps.maxlen)
        self._ahead, self._checked_at = ahead, wall

    async def _read(self, workspace: str) -> None:
        self._changed.pop(workspace)
        snapshot = self._served.get(workspace).snapshot
        if snapshot is None:
            return
        try:
            if not self._knows_hold:
                self._hold = await self._submit(lambda transaction: self._firer.store.hold())
                self._knows_hold = True
            states = await self._submit(partial(self._suspensions.register, snapshot=snapshot))
            before = self._queue.of(workspace)
            entries = await asyncio.to_thread(lambda: list(self._entries(snapshot, states, before)))
        except BaseException:
            self._changed[workspace] = None
            raise
        for entry in entries:
            if before.get(entry.name) is not entry:
                self._queue.put(entry)
        self._queue.drop(workspace, before.keys() - {entry.name for entry in entries})

    def _entries(
        self, snapshot: Snapshot, states: Mapping[str, TriggerState], before: Mapping[str, ScheduleEntry]
    ) -> Iterator[ScheduleEntry]:
        """An unchanged schedule keeps its entry."""
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
        """The start of the times to handle.

        Times while no server ran are included only with a ``catchup``; those that fell due while the server before
        this one was being drained always are.
        """
        now = self._clock.wall()
        since = now if state.since is None or state.since > now + SET_BACK_S else state.since
        began = self._began if self._hold is None else min(self._began, self._hold[0])
        return max(since, began) if schedule.catchup == "none" and self._began <= now else since

    @staticmethod
    def _entry(
        workspace: str, name: str, schedule: rules.Schedule, shape: str | None, after: float
    ) -> ScheduleEntry | None:
        """The entry for the next time after ``after``; None if there is none."""
        time = rules.next_time(schedule, after)
        if time is None:
            return None
        return ScheduleEntry(
            workspace, name, schedule, shape, time, rules.starts_at(schedule, f"{workspace}/{name}", time)
        )

    async def _handle(self, entries: Sequence[ScheduleEntry]) -> None:
        now = self._clock.wall()
        jumps = tuple(self._jumps)
        found = await asyncio.to_thread(lambda: [(entry, _due(entry, now, jumps, self._hold)) for entry in entries])
        await self._submit(partial(self._fire, found=found))
        following = await asyncio.to_thread(
            lambda: [
                (entry, self._entry(entry.workspace, entry.name, entry.schedule, entry.shape, due.through))
                for entry, due in found
            ]
        )
        for entry, new in following:
            if self._queue.current(entry.key) is not entry:
                continue  # it was replaced in the meantime
            if new is None:
                self._queue.drop(entry.workspace, [entry.name])
            else:
                self._queue.put(new)

    def _fire(self, transaction: Transaction, found: Sequence[tuple[ScheduleEntry, DueTimes]]) -> None:
        """Uses the definitions of the active revision, which may have changed since the entry was made."""
        for entry, due in found:
            snapshot = self._served.get(entry.workspace).snapshot
            trigger = snapshot and snapshot.triggers.get(entry.name)
            if snapshot is None or trigger is None or rules.shape(trigger) != entry.shape:
                continue
            if due.missed or due.missed_more:
                key = f"missed:{entry.time:.0f}"
                missed = Reason(key=key, due_at=entry.time)
                self._firer.record_skip(transaction, snapshot, trigger, missed, _missed(due))
            for time in due.times:
                scope = rules.scope_of(trigger, time)
                self._firer.fire(transaction, snapshot, trigger, Reason(scope, rules.key_of(time), due_at=time))
            self._suspensions.record_progress(transaction, entry.workspace, entry.name, entry.shape, due.through)

    async def _submit(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.wrap_future(self._commit_queue.submit(work))


def _due(entry: ScheduleEntry, now: float, jumps: Sequence[Jump], hold: tuple[float, float] | None) -> DueTimes:
    return rules.due(entry.schedule, f"{entry.workspace}/{entry.name}", entry.time, now, jumps, hold)


def _missed(due: DueTimes) -> str:
    if due.missed_more and not due.missed:
        return f"at most {rules.MAX_CAUGHT_UP} missed times are caught up; the earlier ones were skipped"
    times = "1 time was" if due.missed == 1 else f"{due.missed} times were"
    return f"{'more than ' if due.missed_more else ''}{times} missed and skipped"


def _batches(entries: Sequence[ScheduleEntry]) -> Iterator[list[ScheduleEntry]]:
    left = iter(entries)
    while batch := list(islice(left, BATCH_SIZE)):
        yield batch
