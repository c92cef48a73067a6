"""Fires triggers when a workspace changes, a job ends or an event arrives.

Triggers react to the end of a job in a commit after the one that ended it. If the process crashes between the two, the
end is found when the workspace is loaded next. Each trigger handles each end, revision and event once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput
from gitflow.core.record import Record, replace
from gitflow.core.templates.texts import TemplateError
from gitflow.runtime.triggers.fire import Fired
from gitflow.stores.protocols.triggers import EndFilter
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
    from gitflow.runtime.triggers.fire import TriggerFirer
    from gitflow.runtime.workspaces.served import RevisionChange, ServedWorkspaces
    from gitflow.stores.protocols.triggers import TriggerState
    from gitflow.triggers.cloudevents import CloudEvent

    MayStart = Callable[[str, str], bool]

DAY_S = 86_400.0

#: The words of the history for a job or a step that passes its deadline.
LATE = ("job.late", "step.late")

#: After a start: how far back to search for ends that no trigger has handled, and how long those jobs may have run.
LOOKBACK_S = 7 * DAY_S
MAX_JOB_S = 30 * DAY_S


class Received(Record):
    """The triggers that one event fired."""

    event: CloudEvent
    fired: tuple[Fired, ...]


class Reactions:
    def __init__(self, operations: Operations, firer: TriggerFirer, served: ServedWorkspaces) -> None:
        self._operations = operations
        self._orchestrator = operations.orchestrator
        self._firer = firer
        self._served = served
        self._watched: dict[str, Mapping[str, Sequence[str]]] = {}  #: workspace -> task -> triggers that watch it

    def follow(self, snapshot: Snapshot) -> None:
        """Watches the tasks that the triggers of this snapshot name; callable from any thread."""
        watched: dict[str, list[str]] = {}
        for name, trigger in snapshot.triggers.items():
            task = ends.watched_task(trigger) if trigger.type == "event" and trigger.enabled else None
            if task is not None:
                watched.setdefault(task, []).append(name)
        self._watched = {**self._watched, snapshot.workspace: watched}

    def on_job_end(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """Called after a commit (an observer of the orchestrator)."""
        if job.ended and self._watched.get(job.workspace, {}).get(job.task_name):
            self._orchestrator.submit(partial(self._react, job=job))
        late = [entry.step for entry in entries if entry.what in LATE]
        if late and self._watched.get(job.workspace, {}).get(job.task_name):
            self._orchestrator.submit(partial(self._react_to_late, job=job, steps=late))

    def catch_up(self, transaction: Transaction, snapshot: Snapshot, states: Mapping[str, TriggerState]) -> None:
        """Reacts to ends that no trigger has handled: from before a crash, or while no server was running."""
        now = self._orchestrator.clock.now()
        for name, state in states.items():
            trigger = snapshot.triggers[name]
            if trigger.type != "event" or state.since is None:
                continue
            since = max(state.since, now - LOOKBACK_S)
            if ends.wants_late(trigger):
                self._catch_up_on_late(transaction, snapshot, trigger, since)
                continue
            task, statuses = ends.watched_task(trigger) or "", tuple(ends.statuses(trigger))
            wanted = EndFilter(snapshot.workspace, name, task, statuses, since, since - MAX_JOB_S)
            for job_id in self._firer.store.unhandled_ends(wanted):
                self._end(transaction, snapshot, trigger, self._operations.job(transaction, job_id))

    def on_push(self, transaction: Transaction, change: RevisionChange) -> list[Fired]:
        """Fires every push trigger that matches, unless it has handled this revision before."""
        snapshot, revision = change.after.snapshot, change.after.revision
        if snapshot is None or revision is None:
            return []
        waiting = [trigger for trigger in snapshot.triggers.values() if trigger.type == "push"]
        found = [self._push(transaction, snapshot, trigger, change, revision.id) for trigger in waiting]
        return [fired for fired in found if fired is not None]

    def receive(
        self, transaction: Transaction, events: Sequence[CloudEvent], actor: str, may_start: MayStart
    ) -> list[Received]:
        """Fires every trigger that waits for one of the events, if the sender may start its task."""
        return [Received(event, tuple(self._fire_for_event(transaction, event, actor, may_start))) for event in events]

    def _react(self, transaction: Transaction, job: Job) -> None:
        if self._firer.store.is_retried_by_itself(job.id):
            return  # only the end of the last job in the chain counts
        snapshot = self._served.get(job.workspace).snapshot
        for name in self._watched[job.workspace].get(job.task_name, ()) if snapshot else ():
            trigger = snapshot and snapshot.triggers.get(name)
            if snapshot and trigger and trigger.type == "event" and ends.wants_end(trigger, job):
                self._end(transaction, snapshot, trigger, job)

    def _react_to_late(self, transaction: Transaction, job: Job, steps: Sequence[str | None]) -> None:
        snapshot = self._served.get(job.workspace).snapshot
        for name in self._watched[job.workspace].get(job.task_name, ()) if snapshot else ():
            trigger = snapshot and snapshot.triggers.get(name)
            if snapshot and trigger and trigger.type == "event" and ends.wants_late(trigger):
                for step in steps:
                    self._late(transaction, snapshot, trigger, job, step)

    def _catch_up_on_late(self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, since: float) -> None:
        task = ends.watched_task(trigger) or ""
        wanted = EndFilter(snapshot.workspace, trigger.name, task, (), since, since - MAX_JOB_S)
        for job_id, step in self._firer.store.unhandled_late(wanted):
            self._late(transaction, snapshot, trigger, self._operations.job(transaction, job_id), step)

    def _late(self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, job: Job, step: str | None) -> None:
        reason = Reason(ends.late_scope(job, step), ends.late_key(job, step), cause=job)
        self._fire_if_wanted(transaction, snapshot, trigger, reason)

    def _end(self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, job: Job) -> None:
        reason = Reason(ends.end_scope(job), ends.end_key(job), cause=job)
        self._fire_if_wanted(transaction, snapshot, trigger, reason)

    def _fire_if_wanted(
        self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, reason: Reason
    ) -> Fired | None:
        """None if its ``when`` is false."""
        try:
            is_wanted = ends.accepts(trigger, reason.scope)
        except TemplateError as error:
            refused = InvalidInput(f"the condition (when) of trigger {trigger.name!r} cannot be evaluated: {error}")
            return self._firer.fail(transaction, snapshot, trigger, reason, refused)
        if is_wanted:
            return self._firer.fire(transaction, snapshot, trigger, reason)
        self._firer.record_skip(transaction, snapshot, trigger, reason, "its condition (when) is not true")
        return None

    def _push(
        self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, change: RevisionChange, revision: str
    ) -> Fired | None:
        store = self._firer.store
        state = store.state(snapshot.workspace, trigger.name)
        before = state.seen or change.before
        if before == revision and state.seen is not None:
            return None
        store.put_states([replace(state, seen=revision)])
        if before is None or before == revision:
            return None  # the first revision that is loaded is not a push
        paths = change.paths if before == change.before else None
        if not (trigger.enabled and push.is_wanted(trigger, change.branch, paths)):
            return None
        scope = push.scope_of(revision, before, change.branch, paths)
        return self._firer.fire(transaction, snapshot, trigger, Reason(scope, push.key_of(revision)))

    def _fire_for_event(
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
