"""States and events of triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict
from gitflow.core.record import fields_of, names_of
from gitflow.stores.protocols.triggers import TriggerEvent, TriggerState
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.stores.protocols.triggers import EndFilter


STATE = names_of(TriggerState)
STATE_CHANGES = tuple(name for name in STATE if name not in ("workspace", "name"))

#: The columns of a new event; the store sets its id.
EVENT = tuple(name for name in names_of(TriggerEvent) if name != "id")


COLUMNS = {"trigger_state": STATE, "trigger_state_changes": STATE_CHANGES, "trigger_event": EVENT}


class SqlTriggers(Session):
    """See TriggerStore."""

    columns = COLUMNS

    def states(self, workspace: str) -> dict[str, TriggerState]:
        return {row["name"]: TriggerState(**row) for row in self._all("trigger_states", workspace=workspace)}

    def state(self, workspace: str, name: str) -> TriggerState:
        row = self._first("trigger_state", workspace=workspace, name=name)
        return TriggerState(workspace, name) if row is None else TriggerState(**row)

    def put_states(self, states: Iterable[TriggerState]) -> None:
        with self.joined():
            self._run_each("put_trigger_state", [_state_row(state) for state in states])

    def hold(self) -> tuple[float, float] | None:
        row = self._first("schedule_hold")
        return None if row is None else (row["begin"], row["until"])

    def put_hold(self, begin: float, until: float) -> None:
        with self.joined():
            self._run("put_schedule_hold", begin=begin, until=until)

    def add_event(self, event: TriggerEvent) -> None:
        """Raises Conflict if the trigger has an event with this key already."""
        row = dict(fields_of(event)) | {"actor": rows.text_of(event.actor), "reason": rows.text_of(event.reason)}
        with self.joined():
            refusal = f"trigger {event.name!r} has already handled {event.key!r}"
            self._run_one("add_trigger_event", row, lambda: Conflict(refusal))

    def event(self, workspace: str, name: str, key: str) -> TriggerEvent | None:
        row = self._first("trigger_event_with", workspace=workspace, name=name, key=key)
        return None if row is None else TriggerEvent(**row)

    def events(self, workspace: str, name: str, limit: int = 50, before: int | None = None) -> list[TriggerEvent]:
        found = self._all("trigger_events", workspace=workspace, name=name, limit=limit, before=before)
        return [TriggerEvent(**row) for row in found]

    def drop_before(self, at: float) -> int:
        with self.joined():
            return self._run("drop_trigger_events", before=at)

    def open_jobs(self, workspace: str, source_type: str, name: str) -> list[str]:
        return self._values("open_jobs_of_source", workspace=workspace, source_type=source_type, source_id=name)

    def is_retried_by_itself(self, job_id: str) -> bool:
        return bool(self._value("retried_by_itself", job_id=job_id))

    def unhandled_ends(self, filter: EndFilter, limit: int = 1000) -> list[str]:
        wanted = dict(fields_of(filter)) | {"statuses": rows.dumps(list(filter.statuses))}
        return self._values("unhandled_ends", **wanted, limit=limit)

    def unhandled_late(self, filter: EndFilter, limit: int = 1000) -> list[tuple[str, str | None]]:
        found = self._all(
            "unhandled_late",
            workspace=filter.workspace,
            name=filter.name,
            task=filter.task,
            since=filter.since,
            limit=limit,
        )
        return [(row["job_id"], row["step"]) for row in found]


def _state_row(state: TriggerState) -> dict[str, str | float | None]:
    return dict(fields_of(state)) | {"suspended_reason": rows.text_of(state.suspended_reason)}
