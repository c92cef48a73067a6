"""States and events of triggers. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager
    from typing import Protocol


class TriggerState(Record):
    """The state of a trigger. Times are seconds since the epoch, by the wall clock."""

    workspace: str
    name: str
    shape: str | None = (
        None  #: the fields that decide when it fires (``TriggerType.shape``); None while it is not active
    )
    since: float | None = None  #: everything before this time has been handled, for this shape
    seen: str | None = None  #: the last revision that was handled
    last_fired_at: float | None = None
    suspended_at: float | None = None
    suspended_by: str | None = None
    suspended_reason: str = ""


class TriggerEvent(Record):
    """A firing of a trigger, a skipped or failed one, or a suspension."""

    workspace: str
    name: str
    at: float
    what: str  #: fired, skipped, failed, suspended or unsuspended
    key: str | None = None  #: what must fire only once: a time, a revision, the end of a job, an event
    due_at: float | None = None  #: the time of the schedule
    job_id: str | None = None
    actor: str = "engine"
    reason: str = ""
    id: int = 0  #: grows; given by the store


class EndFilter(Record):
    """Selects the ends of jobs that a trigger waits for. Times are seconds since the epoch."""

    workspace: str
    name: str  #: of the trigger
    task: str
    statuses: tuple[str, ...]
    since: float
    created_after: float


if TYPE_CHECKING:

    class TriggerStore(Protocol):
        def joined(self) -> AbstractContextManager[None]:
            """The open transaction, or else a new one."""
            ...

        def states(self, workspace: str) -> Mapping[str, TriggerState]:
            """Sorted by name. Triggers that do not exist any more are included."""
            ...

        def state(self, workspace: str, name: str) -> TriggerState:
            """An empty state if the trigger has none yet."""
            ...

        def put_states(self, states: Iterable[TriggerState]) -> None: ...

        def hold(self) -> tuple[float, float] | None:
            """From when until when the last drained server left schedules to its successor, by the wall clock."""
            ...

        def put_hold(self, begin: float, until: float) -> None: ...

        def add_event(self, event: TriggerEvent) -> None:
            """Raises Conflict if the trigger has an event with this key already."""
            ...

        def event(self, workspace: str, name: str, key: str) -> TriggerEvent | None: ...

        def events(self, workspace: str, name: str, limit: int = 50, before: int | None = None) -> list[TriggerEvent]:
            """Newest first. ``before`` is the id of the last one of the page before."""
            ...

        def drop_before(self, at: float) -> int:
            """Deletes old events; returns how many."""
            ...

        def open_jobs(self, workspace: str, source_type: str, name: str) -> list[str]:
            """The open jobs that a trigger has started, oldest first."""
            ...

        def is_retried_by_itself(self, job_id: str) -> bool: ...

        def unhandled_ends(self, filter: EndFilter, limit: int = 1000) -> list[str]:
            """Jobs whose end the trigger has not handled, oldest first.

            Jobs that were retried automatically are left out, because the chain goes on.
            """
            ...

        def unhandled_late(self, filter: EndFilter, limit: int = 1000) -> list[tuple[str, str | None]]:
            """(job, step) of each deadline that has passed and that the trigger has not handled, oldest first. A step
            of None stands for the job."""
            ...
