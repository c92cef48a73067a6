"""Keeps a server the active one: its lease is renewed by each commit, and from time to time where there is none.

The engine's own thread renews it, so that a server whose engine hangs is replaced like one that has died. Once another
server is active the renewal raises NotActive, which ends the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import StoreError
from gitflow.runtime.engine.engine import STORE_PAUSE_S
from gitflow.stores.protocols.leases import RENEWALS

if TYPE_CHECKING:
    from gitflow.runtime.engine.engine import Engine
    from gitflow.runtime.engine.timers import Timers
    from gitflow.stores.protocols.jobs import JobStore
    from gitflow.stores.protocols.leases import Lease

#: The owner of its timer.
TIMERS = "lease"


class LeaseRenewal:
    def __init__(self, jobs: JobStore, timers: Timers, engine: Engine, lease: Lease) -> None:
        self._jobs = jobs
        self._timers = timers
        self._engine = engine
        self._pause_s = lease.lasts_s / RENEWALS

    def start(self) -> None:
        """Before the engine's thread begins."""
        self._renew_in(self._pause_s)

    def _renew_in(self, pause_s: float) -> None:
        self._timers.at(self._engine.now() + pause_s, TIMERS, self._renew)

    def _renew(self, now: float) -> None:
        """Raises StoreError; it is tried again soon."""
        try:
            self._engine.use_store(self._jobs.renew)
        except StoreError:
            self._renew_in(STORE_PAUSE_S)
            raise
        self._renew_in(self._pause_s)
