"""What triggers make of what happens: a workspace has moved, a job has ended, an event was sent.

The end of a job is looked at after the commit that ended it, in a commit that follows; what a crash leaves between the
two is found again when the workspace is loaded next. Each end, revision and event is dealt with once a trigger.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput
from gitflow.core.record import record, replace
from gitflow.core.templates.render import TemplateError
from gitflow.runtime.triggers.fire import Fired
from gitflow.stores.protocols.triggers import Watch
from gitflow.triggers import event as ends
from gitflow.triggers import push
from gitflow.triggers.base import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.triggers.fire import Firing
    from gitflow.runtime.workspaces.served import Move, Served
    from gitflow.stores.protocols.triggers import TriggerState
    from gitflow.triggers.cloudevents import CloudEvent

    MayStart = Callable[[str, str], bool]

DAY_S = 86_400.0

#: Ends of jobs that nobody saw are looked for so far back, and jobs may have taken so long.
LOOKED_BACK_S = 7 * DAY_S
LONGEST_JOB_S = 30 * DAY_S


@record
class Received:
    """What came of one event that was sent."""

    event: CloudEvent
    fired: tuple[Fired, ...]


class Reactions:
    def __init__(self, operations: Operations, firing: Firing, served: Served) -> None:
        self._operations = operations
        self._orchestrator = operations.orchestrator
        self._firing = firing
        self._served = served
        self._watched: dict[str, Mapping[str, Sequence[str]]] = {}  #: workspace -> task -> triggers that watch it

    def follow(self, snapshot: Snapshot) -> None:
        """From now on ends of jobs are seen as this revision wants; from any thread."""
        watched: dict[str, list[str]] = {}
        for name, trigger in snapshot.triggers.items():
            task = ends.watched_task(trigger) if trigger.type == "event" and trigger.enabled else None
            if task is not None:
                watched.setdefault(task, []).append(name)
        self._watched = {**self._watched, snapshot.workspace: watched}

    def ended(self, job: Job, told: Sequence[HistoryEntry]) -> None:
        """After a commit (an observer of the orchestrator)."""
        if job.ended and self._watched.get(job.workspace, {}).get(job.task_name):
            self._orchestrator.submit(partial(self._react, job=job))

    def catch_up(self, transaction: Transaction, snapshot: Snapshot, states: Mapping[str, TriggerState]) -> None:
        """Reacts to the ends that nobody saw: those of before a crash, or of other processes while no server ran."""
        now = self._orchestrator.clock.now()
        for name, state in states.items():
            trigger = snapshot.triggers[name]
            if trigger.type != "event" or state.since is None:
                continue
            since = max(state.since, now - LOOKED_BACK_S)
            task, statuses = ends.watched_task(trigger) or "", tuple(ends.statuses(trigger))
            watch = Watch(snapshot.workspace, name, task, statuses, since, since - LONGEST_JOB_S)
            for job_id in self._firing.store.ends_not_told(watch):
                self._end(transaction, snapshot, trigger, self._operations.job(transaction, job_id))

    def pushed(self, transaction: Transaction, move: Move) -> list[Fired]:
        """Every push trigger that wants it, unless it was told of this revision before."""
        snapshot, revision = move.after.snapshot, move.after.revision
        if snapshot is None or revision is None:
            return []
        waiting = [trigger for trigger in snapshot.triggers.values() if trigger.type == "push"]
        found = [self._push(transaction, snapshot, trigger, move, revision.id) for trigger in waiting]
        return [fired for fired in found if fired is not None]

    def receive(
        self, transaction: Transaction, events: Sequence[CloudEvent], actor: str, may_start: MayStart
    ) -> list[Received]:
        """Every trigger of every served workspace that waits for one of them, and whose task its sender may start."""
        return [Received(event, tuple(self._received(transaction, event, actor, may_start))) for event in events]

    def _react(self, transaction: Transaction, job: Job) -> None:
        if self._firing.store.is_retried_by_itself(job.id):
            return  # the chain goes on, and only its end counts
        snapshot = self._served.get(job.workspace).snapshot
        for name in self._watched[job.workspace].get(job.task_name, ()) if snapshot else ():
            trigger = snapshot and snapshot.triggers.get(name)
            if snapshot and trigger and trigger.type == "event" and ends.wants_end(trigger, job):
                self._end(transaction, snapshot, trigger, job)

    def _end(self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, job: Job) -> None:
        reason = Reason(ends.end_scope(job), ends.end_key(job), cause=job)
        self._fire_if_wanted(transaction, snapshot, trigger, reason)

    def _fire_if_wanted(
        self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, reason: Reason
    ) -> Fired | None:
        """None where its ``when`` says no."""
        try:
            is_wanted = ends.accepts(trigger, reason.scope)
        except TemplateError as error:
            refused = InvalidInput(f"the condition of trigger {trigger.name!r} cannot be decided: {error}")
            return self._firing.fail(snapshot, trigger, reason, refused)
        if is_wanted:
            return self._firing.fire(transaction, snapshot, trigger, reason)
        self._firing.pass_over(snapshot, trigger, reason, "its condition (when) is not true")
        return None

    def _push(
        self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, move: Move, revision: str
    ) -> Fired | None:
        store = self._firing.store
        state = store.state(snapshot.workspace, trigger.name)
        before = state.seen or move.before
        if before == revision and state.seen is not None:
            return None
        store.put_states([replace(state, seen=revision)])
        if before is None or before == revision:
            return None  # the first revision that anybody saw is no move
        paths = move.paths if before == move.before else None
        if not (trigger.enabled and push.is_wanted(trigger, move.branch, paths)):
            return None
        scope = push.scope_of(revision, before, move.branch, paths)
        return self._firing.fire(transaction, snapshot, trigger, Reason(scope, push.key_of(revision)))

    def _received(
        self, transaction: Transaction, event: CloudEvent, actor: str, may_start: MayStart
    ) -> Iterator[Fired]:
        reason = Reason(event.scope(), ends.event_key(event), actor=actor)
        for snapshot, trigger in self._waiting_for(event):
            is_allowed = may_start(snapshot.workspace, trigger.task)
            fired = self._fire_if_wanted(transaction, snapshot, trigger, reason) if is_allowed else None
            if fired is not None:
                yield fired

    def _waiting_for(self, event: CloudEvent) -> Iterator[tuple[Snapshot, Trigger]]:
        for one in self._served.all():
            for trigger in one.snapshot.triggers.values() if one.snapshot else ():
                if one.snapshot and trigger.type == "event" and trigger.enabled and ends.wants_event(trigger, event):
                    yield one.snapshot, trigger
