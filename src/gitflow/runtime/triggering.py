"""Everything that starts jobs by itself on a server, joined; and the same done by hand."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial

from gitflow.core.values import is_object
from gitflow.runtime.firing import Firing, trigger_of
from gitflow.runtime.reactions import Reactions
from gitflow.runtime.scheduler import Scheduler
from gitflow.runtime.switches import Switches
from gitflow.triggers.base import Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from typing import TypeVar

    from gitflow.core.definition import Trigger
    from gitflow.core.snapshot import Snapshot
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.counter import Counter
    from gitflow.runtime.firing import Fired
    from gitflow.runtime.operations import Operations
    from gitflow.runtime.orchestrator import Turn
    from gitflow.runtime.reactions import Received
    from gitflow.runtime.served import Move, Served, ServedWorkspace
    from gitflow.stores.triggers_base import TriggerState
    from gitflow.triggers.cloudevents import CloudEvent

    T = TypeVar("T")


class Triggering:
    def __init__(
        self, operations: Operations, served: Served, counter: Counter, has_triggers: Mapping[str, bool]
    ) -> None:
        """``has_triggers``: by workspace, whether its triggers fire on this server."""
        clock = operations.office.clock
        self.has_triggers = has_triggers
        self.firing = Firing(operations, has_triggers)
        self.switches = Switches(operations.stores.triggers, clock, has_triggers)
        self.reactions = Reactions(operations, self.firing, served)
        self.scheduler = Scheduler(self.firing, self.switches, served, counter, clock)
        self._office = operations.office
        self._served = served
        self._counter = counter

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Fires from here on. Enter it before the workspaces are loaded, so that no move is missed."""
        self._office.observers.append(self.reactions.ended)
        self._served.observers.append(self.moved)
        async with self.scheduler.loop:
            yield

    def moved(self, move: Move) -> None:
        """A workspace has come to another revision (an observer of those that are served); from any thread."""
        snapshot = move.after.snapshot
        if snapshot is None or not self.has_triggers.get(move.name, True):
            return
        self.reactions.follow(snapshot)
        self._counter.submit(partial(self._took_force, move=move, snapshot=snapshot))
        self.scheduler.changed(move.name)

    def _took_force(self, turn: Turn, move: Move, snapshot: Snapshot) -> None:
        self.reactions.catch_up(turn, snapshot, self.switches.register(turn, snapshot))
        self.reactions.pushed(turn, move)

    async def fire(self, one: ServedWorkspace, name: str, given: JsonObject, actor: str) -> Fired:
        """Now, because somebody wants it; ``given`` lies over the trigger's own input.

        Raises NotFound, and why there is no job.
        """
        snapshot, _ = one.in_force
        trigger = trigger_of(snapshot, name)
        # What it would render from what arrives is not wanted where it is given.
        bare = {key: value for key, value in trigger.input.items() if key not in given}
        reason = Reason(_imagined(trigger, given), given=given, actor=actor, may_come_again=True)
        fired = await self.submit(lambda turn: self.firing.fire(turn, snapshot, _with(trigger, bare), reason))
        if fired.refused is not None:
            raise fired.refused
        return fired

    async def call(self, snapshot: Snapshot, trigger: Trigger, reason: Reason) -> Fired:
        """A webhook was called. Raises why there is no job."""
        fired = await self.submit(lambda turn: self.firing.fire(turn, snapshot, trigger, reason))
        if fired.job_id is None:
            assert fired.refused is not None
            raise fired.refused
        return fired

    async def receive(self, events: Sequence[CloudEvent], actor: str) -> list[Received]:
        return await self.submit(lambda turn: self.reactions.receive(turn, events, actor))

    async def suspend(self, one: ServedWorkspace, name: str, actor: str) -> TriggerState:
        """Raises NotFound."""
        return await self._switch(self.switches.suspend, one, name, actor)

    async def unsuspend(self, one: ServedWorkspace, name: str, actor: str) -> TriggerState:
        """Raises NotFound."""
        return await self._switch(self.switches.unsuspend, one, name, actor)

    async def submit(self, work: Callable[[Turn], T]) -> T:
        return await asyncio.wrap_future(self._counter.submit(work))

    async def _switch(
        self,
        turned: Callable[[Turn, Snapshot, str, str], TriggerState],
        one: ServedWorkspace,
        name: str,
        actor: str,
    ) -> TriggerState:
        snapshot, _ = one.in_force
        state = await self.submit(lambda turn: turned(turn, snapshot, name, actor))
        self.scheduler.changed(one.name)
        return state


def _with(trigger: Trigger, input: Mapping[str, Json]) -> Trigger:
    from gitflow.core.record import replace

    return replace(trigger, input=input)


def _imagined(trigger: Trigger, given: JsonObject) -> JsonObject:
    """What templates may name when nothing has happened but that a person wants it."""
    event = given.get("event")
    request: JsonObject = {"body": None, "headers": {}, "method": "POST", "query": {}}
    request |= {key: given[key] for key in request if key in given}
    return {**request, "input": request, "event": event if is_object(event) else {"trigger": trigger.name}}
