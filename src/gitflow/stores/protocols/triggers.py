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
    since: float | None = None  #: everything before is handled, for this shape
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
    key: str | None = None  #: what fires only once: a time, a revision, the end of a job, an event
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
            """By name; also of triggers that are gone."""
            ...

        def state(self, workspace: str, name: str) -> TriggerState:
            """An empty one where nothing is known."""
            ...

        def put_states(self, states: Iterable[TriggerState]) -> None: ...

        def hold(self) -> tuple[float, float] | None:
            """From when until when the last drained server left schedules to the next one, by the wall clock."""
            ...

        def put_hold(self, begin: float, until: float) -> None: ...

        def add_event(self, event: TriggerEvent) -> None:
            """Raises Conflict where the trigger has an event with this key."""
            ...

        def event(self, workspace: str, name: str, key: str) -> TriggerEvent | None: ...

        def events(self, workspace: str, name: str, limit: int = 50, before: int | None = None) -> list[TriggerEvent]:
            """Newest first. ``before`` is the id of the last one of the page before."""
            ...

        def drop_before(self, at: float) -> int:
            """Drops old events; answers how many."""
            ...

        def open_jobs(self, workspace: str, source_type: str, name: str) -> list[str]:
            """What a trigger has started that has not ended, oldest first."""
            ...

        def is_retried_by_itself(self, job_id: str) -> bool: ...

        def unhandled_ends(self, filter: EndFilter, limit: int = 1000) -> list[str]:
            """Jobs whose end the trigger has not handled, oldest first.

            Those that were retried automatically are left out: the chain goes on.
            """
            ...

        def unhandled_late(self, filter: EndFilter, limit: int = 1000) -> list[tuple[str, str | None]]:
            """(job, step) of what passed its deadline and the trigger has not handled, oldest first; None: the job."""
            ...
