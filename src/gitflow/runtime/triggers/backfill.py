"""Backfills a schedule: starts jobs for times in the past at which it would have fired.

The jobs of one backfill have a label, so that they are listed and cancelled as one; a priority below every priority
that an author can name, so that they delay nothing else; and a limit on how many of them run at the same time.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput
from gitflow.core.record import Record, replace
from gitflow.runtime.operations.rerun import BACKFILL
from gitflow.stores.protocols.triggers import TriggerEvent
from gitflow.triggers import schedule as rules
from gitflow.triggers.base import Reason

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.triggers.fire import TriggerFirer

#: Authors name 0 to 9.
PRIORITY = -1


class Backfill(Record):
    """A request. Times are seconds since the epoch."""

    id: str
    begin: float  #: included
    end: float  #: not included
    limit: int  #: how many jobs, in total: the earliest times count
    at_once: int  #: how many of them run at the same time


def times_of(trigger: Trigger, wanted: Backfill) -> tuple[list[float], bool]:
    """The first ``limit`` times of the schedule, and whether there are more. Raises InvalidInput."""
    if trigger.type != "scheduler":
        raise InvalidInput(f"trigger {trigger.name!r} is of type {trigger.type}; only a scheduler can be backfilled")
    if wanted.begin >= wanted.end:
        raise InvalidInput("the backfill ends before it begins", [("to", "must be after from")])
    schedule = rules.schedule_of(trigger)
    found: list[float] = []
    time = rules.next_time(schedule, ceil(wanted.begin) - 1.0)
    while time is not None and time < wanted.end:
        if len(found) == wanted.limit:
            return found, True
        found.append(time)
        time = rules.next_time(schedule, time)
    return found, False


class Backfiller:
    def __init__(self, operations: Operations, firer: TriggerFirer) -> None:
        self._operations = operations
        self._firer = firer

    def start(
        self, transaction: Transaction, snapshot: Snapshot, trigger: Trigger, wanted: Backfill, actor: str
    ) -> list[str]:
        """The ids of the jobs, in the order of their times. A repeated request with the same id gives the same jobs.

        Raises TriggerDisabled, InvalidInput and NotFound; then no job is created.
        """
        self._firer.refuse_disabled(snapshot, trigger)
        times, _ = times_of(trigger, wanted)
        return [self._start_one(transaction, snapshot, trigger, wanted, time, actor) for time in times]

    def _start_one(
        self,
        transaction: Transaction,
        snapshot: Snapshot,
        trigger: Trigger,
        wanted: Backfill,
        time: float,
        actor: str,
    ) -> str:
        key = f"backfill:{wanted.id}:{time:.0f}"
        known = self._firer.store.event(snapshot.workspace, trigger.name, key)
        if known is not None and known.job_id is not None:
            return known.job_id
        reason = Reason(rules.scope_of(trigger, time), actor=actor)
        job = _limited(self._firer.make_job(snapshot, trigger, reason), wanted)
        job_id = self._operations.create(transaction, job)
        at = self._operations.orchestrator.clock.now()
        event = TriggerEvent(snapshot.workspace, trigger.name, at, "fired", job_id=job_id)
        event = replace(event, reason=f"backfill {wanted.id}")
        self._firer.record(transaction, trigger, replace(reason, key=key, due_at=time), event)
        return job_id


def _limited(job: Job, wanted: Backfill) -> Job:
    """The job waits for its turn, whatever its task does when its concurrency group is full."""
    labelled = replace(job, labels={**job.labels, BACKFILL: wanted.id}, priority=PRIORITY, on_limit="queue")
    if job.group is None:
        return replace(labelled, group=f"backfill {wanted.id}", group_limit=wanted.at_once)
    return replace(labelled, group_limit=min(job.group_limit, wanted.at_once))
