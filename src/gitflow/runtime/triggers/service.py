"""The triggers of a server: connects schedules, webhooks and reactions, and fires triggers by hand."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.record import replace
from gitflow.core.values import is_object
from gitflow.runtime.triggers.backfill import Backfiller
from gitflow.runtime.triggers.event_log import TriggerEventLog
from gitflow.runtime.triggers.fire import TriggerFirer, trigger_of
from gitflow.runtime.triggers.reactions import Reactions
from gitflow.runtime.triggers.scheduler import Scheduler
from gitflow.runtime.triggers.suspension import Suspensions
from gitflow.triggers import push, schedule, webhook
from gitflow.triggers.base import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from gitflow.core.language.definition import Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.triggers.backfill import Backfill
    from gitflow.runtime.triggers.fire import Fired
    from gitflow.runtime.triggers.reactions import MayStart, Received
    from gitflow.runtime.workspaces.served import RevisionChange, ServedWorkspace, ServedWorkspaces
    from gitflow.stores.protocols.triggers import TriggerState
    from gitflow.triggers.cloudevents import CloudEvent


class TriggerService:
    def __init__(
        self,
        operations: Operations,
        served: ServedWorkspaces,
        commit_queue: CommitQueue,
        has_triggers: Mapping[str, bool],
        is_draining: Callable[[], bool] = lambda: False,
    ) -> None:
        """``has_triggers``: workspace -> whether its triggers fire on this server."""
        clock = operations.orchestrator.clock
        self.has_triggers = has_triggers
        self.event_log = TriggerEventLog(operations.stores.triggers)
        self.firer = TriggerFirer(operations, has_triggers, self.event_log)
        self.suspensions = Suspensions(self.event_log, clock, has_triggers)
        self.reactions = Reactions(operations, self.firer, served)
        self.scheduler = Scheduler(self.firer, self.suspensions, served, commit_queue, clock, is_draining)
        self._backfiller = Backfiller(operations, self.firer)
        self._orchestrator = operations.orchestrator
        self._served = served
        self._commit_queue = commit_queue
        self._webhooks: dict[str, tuple[Snapshot | None, Mapping[str, Trigger]]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Fires triggers inside the block. Enter it before the workspaces are loaded, so that no change is missed."""
        self._orchestrator.observers.append(self.reactions.on_job_end)
        self._served.observers.append(self.on_revision_change)
        async with self.scheduler.loop:
            yield

    def on_revision_change(self, change: RevisionChange) -> None:
        """Called when another revision of a workspace becomes active, in any thread (an observer)."""
        snapshot = change.after.snapshot
        if snapshot is None or not self.has_triggers.get(change.name, True):
            return
        self.reactions.follow(snapshot)
        self._commit_queue.submit(partial(self._react_to_change, change=change, snapshot=snapshot))
        self.scheduler.changed(change.name)

    def _react_to_change(self, transaction: Transaction, change: RevisionChange, snapshot: Snapshot) -> None:
        self.reactions.catch_up(transaction, snapshot, self.suspensions.register(transaction, snapshot))
        self.reactions.on_push(transaction, change)

    def fire(self, transaction: Transaction, one: ServedWorkspace, name: str, given: JsonObject, actor: str) -> Fired:
        """Fires a trigger by hand; ``given`` overrides the trigger's own input. Raises NotFound."""
        snapshot, revision = one.active
        trigger = trigger_of(snapshot, name)
        # A template that is overridden is not rendered: it may name what only a real event has.
        bare = {key: value for key, value in trigger.input.items() if key not in given}
        now = self._orchestrator.clock.wall()
        imagined = MANUAL_SCOPES.get(trigger.type, _trigger_scope)(trigger, now, revision.id, one.branch)
        reason = Reason(_scope(imagined, given), given=given, actor=actor, may_come_again=True)
        return self.firer.fire(transaction, snapshot, replace(trigger, input=bare), reason)

    def backfill(
        self, transaction: Transaction, one: ServedWorkspace, name: str, wanted: Backfill, actor: str
    ) -> list[str]:
        """The ids of the jobs of past times of a schedule. Raises GitflowError."""
        snapshot, _ = one.active
        return self._backfiller.start(transaction, snapshot, trigger_of(snapshot, name), wanted, actor)

    def receive(
        self, transaction: Transaction, events: Sequence[CloudEvent], actor: str, may_start: MayStart
    ) -> list[Received]:
        """Handles events; ``may_start``: whether the sender may start jobs of a (workspace, task)."""
        return self.reactions.receive(transaction, events, actor, may_start)

    def suspend(
        self, transaction: Transaction, one: ServedWorkspace, name: str, actor: str, reason: str = ""
    ) -> TriggerState:
        """Raises NotFound."""
        transaction.awaited.append(partial(self.scheduler.changed, one.name))
        return self.suspensions.suspend(transaction, one.active[0], name, actor, reason)

    def unsuspend(
        self, transaction: Transaction, one: ServedWorkspace, name: str, actor: str, reason: str = ""
    ) -> TriggerState:
        """Raises NotFound."""
        transaction.awaited.append(partial(self.scheduler.changed, one.name))
        return self.suspensions.unsuspend(transaction, one.active[0], name, actor, reason)

    def webhooks(self, address: str, workspace: str | None = None) -> list[tuple[ServedWorkspace, Trigger]]:
        """The active webhooks with this address, of one workspace or of all."""
        found = [
            (one, self._addresses(one).get(address)) for one in self._served.all() if workspace in (None, one.name)
        ]
        return [(one, trigger) for one, trigger in found if trigger is not None]

    def _addresses(self, one: ServedWorkspace) -> Mapping[str, Trigger]:
        known = self._webhooks.get(one.name)
        if known is None or known[0] is not one.snapshot:
            known = self._webhooks[one.name] = one.snapshot, self._read_addresses(one)
        return known[1]

    def _read_addresses(self, one: ServedWorkspace) -> Mapping[str, Trigger]:
        if one.snapshot is None or not self.has_triggers.get(one.name, True):
            return {}
        known = one.snapshot.triggers.values()
        return {webhook.address(trigger): trigger for trigger in known if trigger.type == "webhook" and trigger.enabled}


def _scope(imagined: JsonObject, given: JsonObject) -> JsonObject:
    """The names that templates can use if a person fires the trigger."""
    request: JsonObject = {"body": None, "headers": {}, "method": "POST", "query": {}}
    request |= {key: given[key] for key in request if key in given}
    event = {"event": given["event"]} if is_object(given.get("event")) else {}
    return {**request, "input": request, **imagined, **event}


def _trigger_scope(trigger: Trigger, now: float, revision: str, branch: str | None) -> JsonObject:
    """The event is unknown: the person who fires the trigger gives its values."""
    return {"event": {"trigger": trigger.name}}


def _time_scope(trigger: Trigger, now: float, revision: str, branch: str | None) -> JsonObject:
    return schedule.scope_of(trigger, now)


def _revision_scope(trigger: Trigger, now: float, revision: str, branch: str | None) -> JsonObject:
    return push.scope_of(revision, None, branch, None)


#: Type of trigger -> the scope of its templates if it is fired by hand.
MANUAL_SCOPES: Mapping[str, Callable[[Trigger, float, str, str | None], JsonObject]] = {
    "scheduler": _time_scope,
    "push": _revision_scope,
}
