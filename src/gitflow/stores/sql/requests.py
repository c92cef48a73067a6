"""What another process asks the owner of a job to do, and the answer; and the keys of requests that made a job."""

from __future__ import annotations

import sqlite3

from gitflow.core.errors import NotFound, Unreadable
from gitflow.stores import rows
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.jobs import Request


class Requests(Session):
    @guarded
    def ask(self, job_id: str, operation: str, arguments: JsonObject, actor: str, at: float) -> int:
        """Asks the owner of a job to do something; answers the request's number. Raises NotFound."""
        with self.joined():
            row = (job_id, operation, self._sealed(job_id, arguments), actor, at)
            try:
                return self._execute(self._queries["ask"], row).lastrowid or 0
            except sqlite3.IntegrityError as error:
                raise NotFound("job", job_id) from error

    @guarded
    def requests(self, owner_id: str) -> list[Request]:
        """What waits for an owner's answer, first asked first."""
        return [self._request(row) for row in self._execute(self._queries["requests"], (owner_id,))]

    @guarded
    def request(self, id: int) -> Request:
        """Raises NotFound, also when its job has been deleted."""
        row = self._execute(self._queries["request"], (id,)).fetchone()
        if row is None:
            raise NotFound("request", str(id))
        return self._request(row)

    @guarded
    def answer(
        self, id: int, at: float, error: str | None = None, code: str | None = None, result: JsonObject | None = None
    ) -> None:
        """It has been done, or refused with a sentence. The first answer stays."""
        with self.joined():
            answer = (at, rows.text_of(error), code, rows.dumps(result), id)
            self._execute(self._queries["answer"], answer)

    @guarded
    def idempotency_key(self, caller: str, key: str, request: str) -> tuple[bool, str, float] | None:
        """(whether it was this request, job id, when) of a key that was used; also one that has expired."""
        row = self._execute(self._queries["idempotency_key"], (caller, key)).fetchone()
        if row is None:
            return None
        digest, job_id, at = row
        try:
            return self._sealer().digest(request, like=digest) == digest, job_id, at
        except Unreadable:
            return False, job_id, at  # nobody can tell any more: it is not taken for the same

    @guarded
    def put_idempotency_key(self, caller: str, key: str, request: str, job_id: str, at: float) -> None:
        """What is stored of the request, which may hold secrets, tells only the same one from others."""
        digest = self._sealer().digest(request)
        with self.joined():
            self._execute(self._queries["put_idempotency_key"], (caller, key, digest, job_id, at))

    @guarded
    def drop_idempotency_keys(self, before: float, at_most: int) -> int:
        """The oldest of those used before a time; answers how many."""
        with self.joined():
            return self._execute(self._queries["drop_idempotency_keys"], (before, at_most)).rowcount

    def _sealed(self, job_id: str, arguments: JsonObject) -> str | None:
        """What somebody gives a job may be secret: an approver's input, an event's payload, a result."""
        encoded = rows.dumps(arguments)
        if encoded is None or not any(arguments.get(name) for name in ("input", "payload", "result")):
            return encoded
        from gitflow.stores.sealing import place_of

        return self._sealer().seal(encoded, place_of(job_id, "request"))

    def _request(self, row: Any) -> Request:
        from gitflow.stores.protocols.jobs import Request  # not at the top: making its classes costs every start

        id, job_id, operation, arguments, actor, asked_at, done_at, error, code, result = row
        given = rows.opened(arguments, lambda sealed, column: self._sealer().open_of(job_id, sealed, column), "request")
        return Request(id, job_id, operation, given, actor, asked_at, done_at, error, code, rows.loads(result))
