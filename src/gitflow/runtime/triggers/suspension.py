"""Which triggers are active and since when; suspends them and ends suspensions.

Missed times count from the moment when a trigger became active in its present form: when its definition was first
loaded or enabled, or when its suspension ended. Called by the engine's thread, inside a transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record, replace
from gitflow.runtime.triggers.fire import trigger_of
from gitflow.stores.protocols.triggers import TriggerEvent, TriggerState
from gitflow.triggers.registry import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.language.definition import Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.triggers.event_log import TriggerEventLog


class _Turned(Record):
    """How an operator has turned the switch of a trigger."""

    what: str  #: suspended or unsuspended
    actor: str
    reason: str


class Suspensions:
    def __init__(self, log: TriggerEventLog, clock: Clock, has_triggers: Mapping[str, bool]) -> None:
        """``has_triggers``: workspace -> whether its triggers fire on this server."""
        self._log = log
        self._store = log.store
        self._clock = clock
        self._has_triggers = has_triggers

    def register(self, transaction: Transaction, snapshot: Snapshot) -> Mapping[str, TriggerState]:
        """The states of the active triggers that catch up on what they missed.

        A trigger that has just become active starts from now; one that is no longer active loses its progress.
        """
        known = self._store.states(snapshot.workspace)
        wanted = dict(self._active_shapes(snapshot, known))
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

    def _active_shapes(self, snapshot: Snapshot, known: Mapping[str, TriggerState]) -> list[tuple[str, str]]:
        if not self._has_triggers.get(snapshot.workspace, True):
            return []
        shapes = {name: _shape(trigger) for name, trigger in snapshot.triggers.items() if trigger.enabled}
        suspended = {name for name, state in known.items() if state.suspended_at is not None}
        return [(name, shape) for name, shape in shapes.items() if shape is not None and name not in suspended]

    def record_progress(
        self, transaction: Transaction, workspace: str, name: str, shape: str | None, through: float
    ) -> None:
        """Saves that a schedule is handled up to a time, unless the schedule was changed in the meantime."""
        state = self._store.state(workspace, name)
        if state.shape == shape and (state.since is None or state.since < through):
            self._store.put_states([replace(state, since=through)])

    def suspend(
        self, transaction: Transaction, snapshot: Snapshot, name: str, actor: str, reason: str = ""
    ) -> TriggerState:
        """The trigger does not fire until ``unsuspend``, even if its definition changes. Raises NotFound.

        A trigger that is suspended keeps its first reason.
        """
        trigger = trigger_of(snapshot, name)
        state = self._store.state(snapshot.workspace, trigger.name)
        if state.suspended_at is not None:
            return state
        at = self._clock.now()
        stopped = replace(state, suspended_at=at, suspended_by=actor, suspended_reason=reason, shape=None, since=None)
        return self._save(transaction, trigger, stopped, _Turned("suspended", actor, reason))

    def unsuspend(
        self, transaction: Transaction, snapshot: Snapshot, name: str, actor: str, reason: str = ""
    ) -> TriggerState:
        """The trigger fires again; times during the suspension are not caught up. Raises NotFound."""
        trigger = trigger_of(snapshot, name)
        state = self._store.state(snapshot.workspace, trigger.name)
        if state.suspended_at is None:
            return state
        none = replace(state, suspended_at=None, suspended_by=None, suspended_reason="")
        back = replace(none, shape=_shape(trigger), since=self._now(trigger))
        return self._save(transaction, trigger, back, _Turned("unsuspended", actor, reason))

    def _now(self, trigger: Trigger) -> float:
        return self._clock.wall() if TRIGGERS[trigger.type].USES_WALL_CLOCK else self._clock.now()

    def _save(self, transaction: Transaction, trigger: Trigger, state: TriggerState, turned: _Turned) -> TriggerState:
        self._store.put_states([state])
        event = TriggerEvent(state.workspace, state.name, self._clock.now(), turned.what)
        self._log.add(transaction, replace(event, actor=turned.actor, reason=turned.reason), trigger.task)
        return state


def _shape(trigger: Trigger) -> str | None:
    return TRIGGERS[trigger.type].shape(trigger)
