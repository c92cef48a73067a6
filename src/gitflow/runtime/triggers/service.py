"""Everything that starts jobs by itself on a server, joined; and the same done by hand."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.record import replace
from gitflow.core.values import is_object
from gitflow.runtime.triggers.fire import Firing, trigger_of
from gitflow.runtime.triggers.reactions import Reactions
from gitflow.runtime.triggers.scheduler import Scheduler
from gitflow.runtime.triggers.suspension import Switches
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
    from gitflow.runtime.triggers.fire import Fired
    from gitflow.runtime.triggers.reactions import MayStart, Received
    from gitflow.runtime.workspaces.served import Move, Served, ServedWorkspace
    from gitflow.stores.protocols.triggers import TriggerState
    from gitflow.triggers.cloudevents import CloudEvent


class Triggering:
    def __init__(
        self, operations: Operations, served: Served, commit_queue: CommitQueue, has_triggers: Mapping[str, bool]
    ) -> None:
        """``has_triggers``: by workspace, whether its triggers fire on this server."""
        clock = operations.orchestrator.clock
        self.has_triggers = has_triggers
        self.firing = Firing(operations, has_triggers)
        self.switches = Switches(operations.stores.triggers, clock, has_triggers)
        self.reactions = Reactions(operations, self.firing, served)
        self.scheduler = Scheduler(self.firing, self.switches, served, commit_queue, clock)
        self._orchestrator = operations.orchestrator
        self._served = served
        self._commit_queue = commit_queue
        self._webhooks: dict[str, tuple[Snapshot | None, Mapping[str, Trigger]]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Fires from here on. Enter it before the workspaces are loaded, so that no move is missed."""
        self._orchestrator.observers.append(self.reactions.ended)
        self._served.observers.append(self.moved)
        async with self.scheduler.loop:
            yield

    def moved(self, move: Move) -> None:
        """A workspace has come to another revision (an observer of those that are served); from any thread."""
        snapshot = move.after.snapshot
        if snapshot is None or not self.has_triggers.get(move.name, True):
            return
        self.reactions.follow(snapshot)
        self._commit_queue.submit(partial(self._took_force, move=move, snapshot=snapshot))
        self.scheduler.changed(move.name)

    def _took_force(self, transaction: Transaction, move: Move, snapshot: Snapshot) -> None:
        self.reactions.catch_up(transaction, snapshot, self.switches.register(transaction, snapshot))
        self.reactions.pushed(transaction, move)

    def fire(self, transaction: Transaction, one: ServedWorkspace, name: str, given: JsonObject, actor: str) -> Fired:
        """Now, because somebody wants it; ``given`` lies over the trigger's own input. Raises NotFound."""
        snapshot, revision = one.in_force
        trigger = trigger_of(snapshot, name)
        # What it would render from what arrives is not wanted where it is given.
        bare = {key: value for key, value in trigger.input.items() if key not in given}
        now = self._orchestrator.clock.wall()
        brought = IMAGINED.get(trigger.type, _nothing)(trigger, now, revision.id, one.branch)
        reason = Reason(_scope(brought, given), given=given, actor=actor, may_come_again=True)
        return self.firing.fire(transaction, snapshot, replace(trigger, input=bare), reason)

    def receive(
        self, transaction: Transaction, events: Sequence[CloudEvent], actor: str, may_start: MayStart
    ) -> list[Received]:
        """Events that were sent; ``may_start`` says of which (workspace, task) its sender may start jobs."""
        return self.reactions.receive(transaction, events, actor, may_start)

    def suspend(self, transaction: Transaction, one: ServedWorkspace, name: str, actor: str) -> TriggerState:
        """Raises NotFound."""
        transaction.awaited.append(partial(self.scheduler.changed, one.name))
        return self.switches.suspend(transaction, one.in_force[0], name, actor)

    def unsuspend(self, transaction: Transaction, one: ServedWorkspace, name: str, actor: str) -> TriggerState:
        """Raises NotFound."""
        transaction.awaited.append(partial(self.scheduler.changed, one.name))
        return self.switches.unsuspend(transaction, one.in_force[0], name, actor)

    def webhooks(self, address: str, workspace: str | None = None) -> list[tuple[ServedWorkspace, Trigger]]:
        """Those in force with this address, of one workspace or of all."""
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


def _scope(brought: JsonObject, given: JsonObject) -> JsonObject:
    """What templates may name when nothing has happened but that a person wants it."""
    request: JsonObject = {"body": None, "headers": {}, "method": "POST", "query": {}}
    request |= {key: given[key] for key in request if key in given}
    event = {"event": given["event"]} if is_object(given.get("event")) else {}
    return {**request, "input": request, **brought, **event}


def _nothing(trigger: Trigger, now: float, revision: str, branch: str | None) -> JsonObject:
    """Nobody can tell what would have come: who fires it gives what is wanted."""
    return {"event": {"trigger": trigger.name}}


def _this_moment(trigger: Trigger, now: float, revision: str, branch: str | None) -> JsonObject:
    return schedule.scope_of(trigger, now)


def _this_revision(trigger: Trigger, now: float, revision: str, branch: str | None) -> JsonObject:
    return push.scope_of(revision, None, branch, None)


#: Type of trigger -> what one that is fired by hand is told, as if it had come by itself.
IMAGINED: Mapping[str, Callable[[Trigger, float, str, str | None], JsonObject]] = {
    "scheduler": _this_moment,
    "push": _this_revision,
}
