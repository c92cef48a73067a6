"""What another process asks the owner of a job to do, and the answer."""

from __future__ import annotations

import sqlite3

from gitflow.core.errors import NotFound
from gitflow.stores import rows
from gitflow.stores.sqlite.errors import guarded
from gitflow.stores.sqlite.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitflow.core.values import JsonObject
    from gitflow.stores.base import Request


class Requests(Session):
    @guarded
    def ask(self, job_id: str, operation: str, arguments: JsonObject, actor: str, at: float) -> int:
        """Asks the owner of a job to do something; answers the request's number. Raises NotFound."""
        with self.joined():
            row = (job_id, operation, rows.dumps(arguments), actor, at)
            try:
                return self._execute(self._queries["ask"], row).lastrowid or 0
            except sqlite3.IntegrityError as error:
                raise NotFound("job", job_id) from error

    @guarded
    def requests(self, owner_id: str) -> list[Request]:
        """What waits for an owner's answer, first asked first."""
        return [_request(row) for row in self._execute(self._queries["requests"], (owner_id,))]

    @guarded
    def request(self, id: int) -> Request:
        """Raises NotFound, also when its job has been deleted."""
        row = self._execute(self._queries["request"], (id,)).fetchone()
        if row is None:
            raise NotFound("request", str(id))
        return _request(row)

    @guarded
    def answer(self, id: int, at: float, error: str | None = None) -> None:
        """It has been done, or refused with a sentence. The first answer stays."""
        with self.joined():
            self._execute(self._queries["answer"], (at, rows.text_of(error), id))


def _request(row: Any) -> Request:
    from gitflow.stores.base import Request  # not at the top: making its classes costs every start

    id, job_id, operation, arguments, actor, asked_at, done_at, error = row
    return Request(id, job_id, operation, rows.loads(arguments), actor, asked_at, done_at, error)
