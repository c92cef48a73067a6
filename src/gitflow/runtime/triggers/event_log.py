"""Records in the store what each trigger did, and tells observers once that is committed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.triggers import TriggerEvent, TriggerStore

    #: Called after the commit, with the event and the task of the trigger.
    Observer = Callable[[TriggerEvent, str], None]


class TriggerEventLog:
    def __init__(self, store: TriggerStore) -> None:
        self.store = store
        self.observers: list[Observer] = []

    def add(self, transaction: Transaction, event: TriggerEvent, task: str) -> None:
        """Raises Conflict if the trigger has an event with this key."""
        self.store.add_event(event)
        for observer in self.observers:
            transaction.observed.append(partial(observer, event, task))
