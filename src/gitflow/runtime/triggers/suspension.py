"""Which triggers are in force, since when, and the operator's switches.

What was missed is counted from the moment a trigger came in force as it is now: when its definition was first seen, or
enabled, or its suspension ended. All of it is called by the engine's thread, inside a transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import replace
from gitflow.runtime.triggers.fire import trigger_of
from gitflow.stores.protocols.triggers import TriggerEvent, TriggerState
from gitflow.triggers.registry import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.language.definition import Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.triggers import TriggerStore


class Switches:
    def __init__(self, store: TriggerStore, clock: Clock, has_triggers: Mapping[str, bool]) -> None:
        """``has_triggers``: by workspace, whether its triggers fire on this server."""
        self._store = store
        self._clock = clock
        self._has_triggers = has_triggers

    def register(self, transaction: Transaction, snapshot: Snapshot) -> Mapping[str, TriggerState]:
        """The states of the triggers that are in force and keep account of the past.

        One that has just come in force begins now; one that is not any more forgets what it has dealt with.
        """
        known = self._store.states(snapshot.workspace)
        wanted = dict(self._in_force(snapshot, known))
        changed = [
            replace(state, shape=None, since=None)
            for name, state in known.items()
            if state.shape is not None and name not in wanted
        ]
        for name, shape in wanted.items():
            state = known.get(name) or TriggerState(snapshot.workspace, name)
            if state.shape != shape:
                changed.append(replace(state, shape=shape, since=self._now(snapshot.triggers[name])))
        self._store.put_states(changed)
        states = {**known, **{state.name: state for state in changed}}
        return {name: states[name] for name in wanted}

    def _in_force(self, snapshot: Snapshot, known: Mapping[str, TriggerState]) -> list[tuple[str, str]]:
        if not self._has_triggers.get(snapshot.workspace, True):
            return []
        shapes = {name: _shape(trigger) for name, trigger in snapshot.triggers.items() if trigger.enabled}
        suspended = {name for name, state in known.items() if state.suspended_at is not None}
        return [(name, shape) for name, shape in shapes.items() if shape is not None and name not in suspended]

    def dealt_with(
        self, transaction: Transaction, workspace: str, name: str, shape: str | None, through: float
    ) -> None:
        """A schedule has been seen to up to a time; unless it has become another meanwhile."""
        state = self._store.state(workspace, name)
        if state.shape == shape and (state.since is None or state.since < through):
            self._store.put_states([replace(state, since=through)])

    def suspend(self, transaction: Transaction, snapshot: Snapshot, name: str, actor: str) -> TriggerState:
        """It does not fire until ``unsuspend``, whatever is committed. May be said twice. Raises NotFound."""
        state = self._store.state(snapshot.workspace, trigger_of(snapshot, name).name)
        if state.suspended_at is not None:
            return state
        at = self._clock.now()
        return self._turned(
            replace(state, suspended_at=at, suspended_by=actor, shape=None, since=None), "suspended", actor
        )

    def unsuspend(self, transaction: Transaction, snapshot: Snapshot, name: str, actor: str) -> TriggerState:
        """What fell in between is not made up for. May be said twice. Raises NotFound."""
        trigger = trigger_of(snapshot, name)
        state = self._store.state(snapshot.workspace, trigger.name)
        if state.suspended_at is None:
            return state
        back = replace(state, suspended_at=None, suspended_by=None, shape=_shape(trigger), since=self._now(trigger))
        return self._turned(back, "unsuspended", actor)

    def _now(self, trigger: Trigger) -> float:
        return self._clock.wall() if TRIGGERS[trigger.type].BY_THE_WALL else self._clock.now()

    def _turned(self, state: TriggerState, what: str, actor: str) -> TriggerState:
        self._store.put_states([state])
        self._store.add_event(TriggerEvent(state.workspace, state.name, self._clock.now(), what, actor=actor))
        return state


def _shape(trigger: Trigger) -> str | None:
    return TRIGGERS[trigger.type].shape(trigger)
