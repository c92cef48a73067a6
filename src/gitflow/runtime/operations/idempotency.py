"""Idempotency keys: a request that creates a job, said twice, creates it once.

A key belongs to its caller and stands for the same request for a day; then it may be used anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.errors import IdempotencyMismatch, InvalidInput
from gitflow.core.record import record

if TYPE_CHECKING:
    from gitflow.core.values import Json
    from gitflow.stores.protocols.jobs import JobStore

#: How long a key stands for its request, in seconds.
LIFE_S = 86_400.0

#: How many that have expired are dropped with each new one.
DROPPED_AT_ONCE = 100

#: How long the text of a key may be.
LONGEST = 255


@record
class Key:
    caller: str  #: who asks, and in which workspace: others may use the same text
    text: str
    request: str  #: the whole of it, in one spelling

    @staticmethod
    def of(caller: str, text: str, request: Json) -> Key:
        """``request`` is everything that makes two requests the same: path and body. Raises InvalidInput."""
        if not 0 < len(text) <= LONGEST:
            raise InvalidInput(f"an idempotency key has 1 to {LONGEST} characters")
        return Key(caller, text, json.dumps(request, sort_keys=True, separators=(",", ":")))

    def job_id(self, store: JobStore, now: float) -> str | None:
        """The job it stands for. Raises IdempotencyMismatch when that was made by another request."""
        found = store.idempotency_key(self.caller, self.text, self.request)
        if found is None or found[2] <= now - LIFE_S:
            return None
        if not found[0]:
            raise IdempotencyMismatch(f"the idempotency key {self.text!r} was used for another request: job {found[1]}")
        return found[1]

    def put(self, store: JobStore, job_id: str, now: float) -> None:
        store.put_idempotency_key(self.caller, self.text, self.request, job_id, now)
        store.drop_idempotency_keys(now - LIFE_S, DROPPED_AT_ONCE)
