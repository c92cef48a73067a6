"""Requests of other processes to the owner of a job, with their answers; and idempotency keys."""

from __future__ import annotations

from gitflow.core.errors import NotFound, Unreadable
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.jobs import RequestRow
    from gitflow.stores.sql.driver import Row


#: The columns of RequestRow, which is not imported here, because creating its class costs every start.
REQUEST = (
    *("id", "job_id", "operation", "arguments", "actor", "asked_at"),
    *("done_at", "error", "code", "result"),
)


COLUMNS = {"request": REQUEST}


class Requests(Session):
    columns = COLUMNS

    def add_request(self, job_id: str, operation: str, arguments: JsonObject, actor: str, at: float) -> int:
        """Asks the owner of a job to do something; returns the number of the request. Raises NotFound."""
        with self.joined():
            sealed = self._sealed(job_id, arguments)
            id = self._value(
                "add_request", job_id=job_id, operation=operation, arguments=sealed, actor=actor, asked_at=at
            )
        if id is None:
            raise NotFound("job", job_id)
        return id

    def requests(self, owner_id: str) -> list[RequestRow]:
        """The unanswered requests to an owner, oldest first."""
        return [self._request(row) for row in self._all("requests", owner_id=owner_id)]

    def request(self, id: int) -> RequestRow:
        """Raises NotFound, also when its job has been deleted."""
        row = self._first("request", id=id)
        if row is None:
            raise NotFound("request", str(id))
        return self._request(row)

    def answer(
        self, id: int, at: float, error: str | None = None, code: str | None = None, result: JsonObject | None = None
    ) -> None:
        """Stores the result, or the sentence of a refusal. Later answers are ignored."""
        with self.joined():
            self._run("answer", id=id, done_at=at, error=rows.text_of(error), code=code, result=rows.dumps(result))

    def idempotency_key(self, caller: str, key: str, request: str) -> tuple[bool, str, float] | None:
        """(whether this request used it, job id, when) of a key that was used, even if it has expired."""
        row = self._first("idempotency_key", caller=caller, key=key)
        if row is None:
            return None
        digest, job_id, at = row["digest"], row["job_id"], row["created_at"]
        try:
            return self._sealer().digest(request, like=digest) == digest, job_id, at
        except Unreadable:
            return False, job_id, at  # the requests cannot be compared any more, so they count as different

    def put_idempotency_key(self, caller: str, key: str, request: str, job_id: str, at: float) -> None:
        """A request may hold secrets, so only a digest is stored, by which the same request is recognised."""
        digest = self._sealer().digest(request)
        with self.joined():
            self._run("put_idempotency_key", caller=caller, key=key, digest=digest, job_id=job_id, at=at)

    def drop_idempotency_keys(self, before: float, at_most: int) -> int:
        """Deletes the oldest keys that were used before a time; returns how many."""
        with self.joined():
            return self._run("drop_idempotency_keys", before=before, at_most=at_most)

    def _sealed(self, job_id: str, arguments: JsonObject) -> str | None:
        """Seals the arguments, because they may be secret: the input of an approver, the payload of an event, a
        result."""
        encoded = rows.dumps(arguments)
        if encoded is None or not any(arguments.get(name) for name in ("input", "payload", "result")):
            return encoded
        from gitflow.stores.sealing import place_of

        return self._sealer().seal(encoded, place_of(job_id, "request"))

    def _request(self, row: Row) -> RequestRow:
        from gitflow.stores.protocols.jobs import RequestRow  # not at the top: making its classes costs every start

        def opener(sealed: str, column: str) -> str:
            return self._sealer().open_of(row["job_id"], sealed, column)

        row["arguments"] = rows.opened(row["arguments"], opener, "request")
        row["result"] = rows.loads(row["result"])
        return RequestRow(**row)
