"""Workers and their heartbeats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.errors import NotFound
from gitflow.core.record import names_of
from gitflow.stores.protocols.workers import WorkerRow
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from gitflow.stores.sql.driver import Row


COLUMNS = {"worker": names_of(WorkerRow)}


class SqlWorkers(Session):
    """See WorkerStore."""

    columns = COLUMNS

    def register(self, worker: WorkerRow) -> None:
        with self.joined():
            self._run(
                "register_worker",
                id=worker.id,
                name=worker.name,
                tags=json.dumps(worker.tags),
                version=worker.version,
                at=worker.registered_at,
                slots=worker.slots,
                kind=worker.kind,
            )

    def agents(self) -> set[str]:
        return set(self._values("agents"))

    def beat(self, id: str, at: float, running: int) -> None:
        with self.joined():
            self._run("beat_worker", id=id, at=at, running=running)

    def end(self, id: str, at: float) -> None:
        with self.joined():
            self._run("end_worker", id=id, at=at)

    def forget(self, before: float) -> None:
        with self.joined():
            self._run("forget_workers", before=before)

    def workers(self, limit: int = 50, offset: int = 0) -> list[WorkerRow]:
        return [_worker(row) for row in self._all("workers", limit=limit, offset=offset)]

    def worker(self, id: str) -> WorkerRow:
        row = self._first("worker", id=id)
        if row is None:
            raise NotFound("worker", id)
        return _worker(row)


def _worker(row: Row) -> WorkerRow:
    row["tags"] = tuple(json.loads(row["tags"]))
    return WorkerRow(**row)
