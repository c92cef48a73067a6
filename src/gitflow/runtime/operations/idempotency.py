"""Idempotency keys: a request that is sent twice with the same key creates one job.

A key belongs to its caller and stands for one request for a day; then it can be used for another.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.errors import IdempotencyMismatch, InvalidInput
from gitflow.core.record import Record

if TYPE_CHECKING:
    from gitflow.core.values import Json
    from gitflow.stores.protocols.jobs import JobStore

#: How long a key is valid, in seconds.
LIFE_S = 86_400.0

#: How many expired keys are deleted with each new one.
DROP_BATCH_SIZE = 100

#: The longest key, in characters.
MAX_LENGTH = 255


class IdempotencyKey(Record):
    caller: str  #: the sender of the request and the workspace; another caller may use the same text
    text: str
    request: str  #: the whole request as canonical JSON

    @staticmethod
    def of(caller: str, text: str, request: Json) -> IdempotencyKey:
        """``request``: the path and the body, which are equal for equal requests. Raises InvalidInput."""
        if not 0 < len(text) <= MAX_LENGTH:
            raise InvalidInput(f"an idempotency key has 1 to {MAX_LENGTH} characters")
        return IdempotencyKey(caller, text, json.dumps(request, sort_keys=True, separators=(",", ":")))

    def job_id(self, store: JobStore, now: float) -> str | None:
        """The job that was created with this key; None if there is none. Raises IdempotencyMismatch if another request
        created it."""
        found = store.idempotency_key(self.caller, self.text, self.request)
        if found is None or found[2] <= now - LIFE_S:
            return None
        if not found[0]:
            raise IdempotencyMismatch(f"the idempotency key {self.text!r} was used for another request: job {found[1]}")
        return found[1]

    def put(self, store: JobStore, job_id: str, now: float) -> None:
        store.put_idempotency_key(self.caller, self.text, self.request, job_id, now)
        store.drop_idempotency_keys(now - LIFE_S, DROP_BATCH_SIZE)
