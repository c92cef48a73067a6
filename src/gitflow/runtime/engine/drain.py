"""Drains a server: it takes nothing new, finishes the steps that run, and then stops.

Schedules that fall due in the meantime are left to the next server, in the store (``put_hold``): they fire there, also
without a ``catchup``. Everything else that is open stays in the store, as when a server stops for another reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.triggers import TriggerStore


#: A schedule that fell due so long before, in seconds, may not have been handled yet. What was handled does not repeat.
HANDLING_S = 60.0


class DrainState(Record):
    """Since when a server is being drained, by the wall clock, when it stops at the latest, who said so and why."""

    since: float
    until: float
    actor: str
    reason: str | None = None


class Drain:
    def __init__(self, clock: Clock, store: TriggerStore, drain_engine: Callable[[float], None]) -> None:
        """``drain_engine``: ends the engine once its running steps have ended, or after so many seconds."""
        self._clock = clock
        self._store = store
        self._drain_engine = drain_engine
        self.state: DrainState | None = None  #: None: the server is not being drained

    @property
    def is_draining(self) -> bool:
        return self.state is not None

    def begin(self, transaction: Transaction, timeout_s: float, actor: str, reason: str | None = None) -> None:
        """Inside a commit, after which no step is claimed. Called again, the sooner end counts, and a later reason."""
        now, known = self._clock.wall(), self.state
        state = DrainState(now, now + timeout_s, actor, reason)
        if known is not None:
            said = state if reason is not None else known
            state = DrainState(known.since, min(state.until, known.until), said.actor, said.reason)
        self._store.put_hold(state.since - HANDLING_S, state.until)
        transaction.awaited.append(lambda: self._stop(state))

    def _stop(self, state: DrainState) -> None:
        self.state = state
        self._drain_engine(max(0.0, state.until - self._clock.wall()))
