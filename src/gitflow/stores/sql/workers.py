"""Workers, and when each was last heard of."""

from __future__ import annotations

import json

from gitflow.core.errors import NotFound
from gitflow.stores.protocols.workers import WorkerRow
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SqliteWorkers(Session):
    """See WorkerStore."""

    @guarded
    def register(self, worker: WorkerRow) -> None:
        values = {
            "id": worker.id,
            "name": worker.name,
            "tags": json.dumps(worker.tags),
            "version": worker.version,
            "at": worker.registered_at,
        }
        with self.joined():
            self._execute(self._queries["register_worker"], values)

    @guarded
    def beat(self, id: str, at: float, running: int) -> None:
        with self.joined():
            self._execute(self._queries["beat_worker"], {"id": id, "at": at, "running": running})

    @guarded
    def end(self, id: str, at: float) -> None:
        with self.joined():
            self._execute(self._queries["end_worker"], {"id": id, "at": at})

    @guarded
    def forget(self, before: float) -> None:
        with self.joined():
            self._execute(self._queries["forget_workers"], {"before": before})

    @guarded
    def workers(self, limit: int = 50, offset: int = 0) -> list[WorkerRow]:
        return [_worker(row) for row in self._execute(self._queries["workers"], {"limit": limit, "offset": offset})]

    @guarded
    def worker(self, id: str) -> WorkerRow:
        row = self._execute(self._queries["worker"], (id,)).fetchone()
        if row is None:
            raise NotFound("worker", id)
        return _worker(row)


def _worker(row: tuple[Any, ...]) -> WorkerRow:
    id, name, tags, *rest = row
    return WorkerRow(id, name, tuple(json.loads(tags)), *rest)
