"""Fires a trigger: turns a reason into a job, inside a commit.

The job, the trigger event and the progress of the trigger are saved in one transaction, and each trigger records a
reason with a key only once. So no reason fires twice, even after a crash or with several servers on one store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import ConcurrencyLimit, Conflict, GitflowError, InvalidInput, NotFound, StoreError
from gitflow.core.jobs.job import Source
from gitflow.core.names import closest
from gitflow.core.record import Record, replace
from gitflow.core.templates.texts import TemplateError
from gitflow.runtime.engine.job_factory import MAX_DEPTH
from gitflow.stores.protocols.triggers import TriggerEvent
from gitflow.triggers import base
from gitflow.triggers.registry import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.triggers.event_log import TriggerEventLog
    from gitflow.stores.protocols.triggers import TriggerStore
    from gitflow.triggers.base import Reason


class TriggerDisabled(Conflict):
    """The trigger is disabled in its definition, suspended by an operator, or turned off in the configuration."""


class Fired(Record):
    """The result of one reason."""

    what: str  #: fired, repeated, skipped or failed
    workspace: str
    trigger: str
    task: str
    job_id: str | None = None
    refused: GitflowError | None = None

    @property
    def job(self) -> str:
        """The id of the job, which an earlier firing may have created. Raises the error if there is no job."""
        if self.job_id is not None:
            return self.job_id
        raise self.refused or Conflict(f"trigger {self.trigger!r} handled the same request before and started no job")


class TriggerFirer:
    """Called by the engine's thread, inside a transaction."""

    def __init__(self, operations: Operations, has_triggers: Mapping[str, bool], log: TriggerEventLog) -> None:
        """``has_triggers``: workspace -> whether its triggers fire on this server."""
        self._operations = operations
        self._log = log
        self._orchestrator = operations.orchestrator
        self._has_triggers = has_triggers

    @property
    def store(self) -> TriggerStore:
        return self._log.store

    def fire(self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, reason: Reason) -> Fired:
        """Creates a job, or records why not. Raises StoreError only."""
        known = self._find_earlier(snapshot, trigger, reason)
        if known is not None:
            return known
        try:
            job_id = self._start_job(transaction, snapshot, trigger, reason)
        except StoreError:
            raise
        except (ConcurrencyLimit, TriggerDisabled) as refused:
            return self._record_refusal(transaction, snapshot, trigger, reason, "skipped", refused)
        except GitflowError as refused:
            return self._record_refusal(transaction, snapshot, trigger, reason, "failed", refused)
        at = self._orchestrator.clock.now()
        event = TriggerEvent(snapshot.workspace, trigger.name, at, "fired", job_id=job_id)
        self.record(transaction, trigger, reason, event)
        state = self.store.state(snapshot.workspace, trigger.name)
        self.store.put_states([replace(state, last_fired_at=at)])
        return Fired("fired", snapshot.workspace, trigger.name, trigger.task, job_id)

    def fail(
        self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, reason: Reason, why: GitflowError
    ) -> Fired:
        """Records that the condition of the trigger could not be evaluated."""
        return self._find_earlier(snapshot, trigger, reason) or self._record_refusal(
            transaction, snapshot, trigger, reason, "failed", why
        )

    def record_skip(
        self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, reason: Reason, why: str
    ) -> None:
        """Records that the trigger did not fire, once for each key."""
        if self._find_earlier(snapshot, trigger, reason) is None:
            at = self._orchestrator.clock.now()
            event = TriggerEvent(snapshot.workspace, trigger.name, at, "skipped", reason=why)
            self.record(transaction, trigger, reason, event)

    def _find_earlier(self, snapshot: Snapshot, trigger: Trigger, reason: Reason) -> Fired | None:
        known = reason.key and self.store.event(snapshot.workspace, trigger.name, reason.key)
        if not known:
            return None
        return Fired("repeated", snapshot.workspace, trigger.name, trigger.task, known.job_id)

    def _start_job(self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, reason: Reason) -> str:
        """Raises GitflowError."""
        self.refuse_disabled(snapshot, trigger)
        job = self.make_job(snapshot, trigger, reason)
        rule = str(trigger.fields.get("concurrency", "allow"))
        self._orchestrator.groups.apply_trigger_rule(transaction, job.workspace, job.source, rule)
        if rule == "cancel_previous" and job.plan.task.concurrency is None:
            # A group of its own, so that it begins only when the last process of what it replaces is gone.
            job = replace(job, group=f"trigger {trigger.name}", group_limit=1, on_limit="cancel_running")
        job_id = self._operations.create(transaction, job)
        if reason.cause is not None:
            transaction.register_secrets(job_id, reason.cause.secrets)
        return job_id

    def refuse_disabled(self, snapshot: Snapshot, trigger: Trigger) -> None:
        """Raises TriggerDisabled."""
        state = self.store.state(snapshot.workspace, trigger.name)
        if not self._has_triggers.get(snapshot.workspace, True):
            raise TriggerDisabled(f"the triggers of workspace {snapshot.workspace!r} do not fire on this server")
        if not trigger.enabled:
            raise TriggerDisabled(f"trigger {trigger.name!r} is not enabled")
        if state.suspended_at is not None:
            why = f": {state.suspended_reason}" if state.suspended_reason else ""
            raise TriggerDisabled(f"trigger {trigger.name!r} is suspended by {state.suspended_by}{why}")

    def make_job(self, snapshot: Snapshot, trigger: Trigger, reason: Reason) -> Job:
        """Raises GitflowError."""
        kind = TRIGGERS[trigger.type]
        depth = 0 if reason.cause is None else reason.cause.depth + 1
        if depth > MAX_DEPTH:
            raise Conflict(f"a chain of jobs stops at depth {MAX_DEPTH}")
        try:
            given = base.input_of(trigger, reason)
        except TemplateError as error:
            raise InvalidInput(f"the input of trigger {trigger.name!r} cannot be made: {error}") from error
        source = Source(kind.SOURCE, trigger.name, reason.actor or f"trigger {trigger.name}")
        job = self._orchestrator.job_factory.make(
            snapshot, trigger.task, given, source, also_allowed=kind.ALLOWED_EXTRA_INPUT
        )
        if reason.cause is None:
            return job
        return replace(job, depth=depth, also_requested_by=job.requested_also_by(reason.cause.requesters))

    def _record_refusal(
        self,
        transaction: Transaction,
        snapshot: Snapshot,
        trigger: Trigger,
        reason: Reason,
        what: str,
        refused: GitflowError,
    ) -> Fired:
        event = TriggerEvent(
            snapshot.workspace, trigger.name, self._orchestrator.clock.now(), what, reason=str(refused)
        )
        self.record(transaction, trigger, replace(reason, key=None) if reason.may_come_again else reason, event)
        return Fired(what, snapshot.workspace, trigger.name, trigger.task, refused=refused)

    def record(self, transaction: Transaction, trigger: Trigger, reason: Reason, event: TriggerEvent) -> None:
        """Raises Conflict if the trigger has an event with the key of the reason."""
        actor = reason.actor or f"trigger {trigger.name}"
        recorded = replace(event, key=reason.key, due_at=reason.due_at, actor=actor)
        self._log.add(transaction, recorded, trigger.task)


def trigger_of(snapshot: Snapshot, name: str) -> Trigger:
    """Raises NotFound."""
    if name not in snapshot.triggers:
        raise NotFound("trigger", name, closest(name, snapshot.triggers))
    return snapshot.triggers[name]
