"""What other processes ask of the jobs this one owns: each request is done, and gets its answer.

``gitflow cancel`` and its kin, in another shell, write a request to the store (``forward.py``); the owner of the
job looks at its desk twice a second. The answer is in the commit that did what was asked.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from gitflow.core.errors import GitflowError, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.stores.protocols.jobs import Request

#: How often the owner of a job looks for requests, in seconds.
POLL_S = 0.5


class ForwardedRequests:
    def __init__(self, operations: Operations, clock: Clock) -> None:
        self._operations = operations
        self._orchestrator = operations.orchestrator
        self._store = operations.stores.jobs
        self._clock = clock
        self._next_poll = clock.now() + POLL_S
        self._taken: set[int] = set()

    def timeout(self, limit_s: float | None) -> float:
        """How long one may wait before it is time to look again."""
        left = max(0.0, self._next_poll - self._clock.now())
        return left if limit_s is None else min(left, limit_s)

    def poll_if_due(self) -> None:
        """A store that cannot be read just now is looked into the next time."""
        if self._clock.now() < self._next_poll:
            return
        self._next_poll = self._clock.now() + POLL_S
        with suppress(StoreError):
            waiting = self._store.requests(self._orchestrator.owner_id)
            self._taken.intersection_update({request.id for request in waiting})  # what is answered is forgotten
            for request in waiting:
                if request.id not in self._taken:
                    self._taken.add(request.id)
                    self._orchestrator.submit(partial(self._serve, request=request), partial(self._failed, request))

    def _failed(self, request: Request, error: Exception) -> None:
        """By a mistake of ours; whoever asked must not wait for an answer for ever."""
        told = f"gitflow itself made a mistake here ({type(error).__name__}: {error}); the log of the owner tells more"
        self._orchestrator.submit(lambda transaction: self._store.answer(request.id, self._clock.now(), told, "error"))

    def _serve(self, transaction: Transaction, request: Request) -> None:
        """Refused with a sentence and a code, or done; either is an answer."""
        from gitflow.runtime.operations.by_name import perform  # not at the top: few runs are asked for anything

        at = self._clock.now()
        try:
            done = perform(
                self._operations, transaction, request.operation, request.job_id, request.actor, request.arguments
            )
        except StoreError:
            raise  # the whole commit is tried again
        except GitflowError as refused:
            self._store.answer(request.id, at, str(refused), refused.code)
        else:
            self._store.answer(request.id, at, result=done)
