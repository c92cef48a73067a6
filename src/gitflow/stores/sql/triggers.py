"""Triggers: their states, and every time they fired."""

from __future__ import annotations

import sqlite3

from gitflow.core.errors import Conflict
from gitflow.core.record import fields_of
from gitflow.stores import rows
from gitflow.stores.protocols.triggers import TriggerEvent, TriggerState
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.stores.protocols.triggers import Watch


class SqliteTriggers(Session):
    """See TriggerStore."""

    @guarded
    def states(self, workspace: str) -> dict[str, TriggerState]:
        found = self._execute(self._queries["trigger_states"], (workspace,))
        return {row[1]: TriggerState(*row) for row in found}

    @guarded
    def state(self, workspace: str, name: str) -> TriggerState:
        row = self._execute(self._queries["trigger_state"], (workspace, name)).fetchone()
        return TriggerState(workspace, name) if row is None else TriggerState(*row)

    @guarded
    def put_states(self, states: Iterable[TriggerState]) -> None:
        with self.joined():
            found = [tuple(dict(fields_of(state)).values()) for state in states]
            self._connection.executemany(self._queries["put_trigger_state"], found)

    @guarded
    def add_event(self, event: TriggerEvent) -> None:
        """Raises Conflict where the trigger has an event with this key."""
        *row, actor, reason, _ = dict(fields_of(event)).values()
        with self.joined():
            try:
                self._execute(self._queries["add_trigger_event"], (*row, rows.text_of(actor), rows.text_of(reason)))
            except sqlite3.IntegrityError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                    raise Conflict(f"trigger {event.name!r} has dealt with {event.key!r} already") from error
                raise

    @guarded
    def event(self, workspace: str, name: str, key: str) -> TriggerEvent | None:
        row = self._execute(self._queries["trigger_event_with"], (workspace, name, key)).fetchone()
        return None if row is None else TriggerEvent(*row)

    @guarded
    def events(self, workspace: str, name: str, limit: int = 50, before: int | None = None) -> list[TriggerEvent]:
        wanted = {"workspace": workspace, "name": name, "limit": limit, "before": before}
        return [TriggerEvent(*row) for row in self._execute(self._queries["trigger_events"], wanted)]

    @guarded
    def drop_before(self, at: float) -> int:
        with self.joined():
            return self._execute(self._queries["drop_trigger_events"], (at,)).rowcount

    @guarded
    def open_jobs(self, workspace: str, source_type: str, name: str) -> list[str]:
        found = self._execute(self._queries["open_jobs_of_source"], (workspace, source_type, name))
        return [id for (id,) in found]

    @guarded
    def is_retried_by_itself(self, job_id: str) -> bool:
        return bool(self._execute(self._queries["retried_by_itself"], (job_id,)).fetchone()[0])

    @guarded
    def ends_not_told(self, watch: Watch, limit: int = 1000) -> list[str]:
        wanted = dict(fields_of(watch)) | {"statuses": rows.dumps(list(watch.statuses)), "limit": limit}
        return [id for (id,) in self._execute(self._queries["ends_not_told"], wanted)]
