"""Performs the requests that other processes have forwarded about jobs of this process.

``gitflow cancel`` and similar commands, in another shell, write a request to the store (``forward.py``). The owner of
the job looks for requests twice a second. The commit that performs a request also stores its answer.
"""

from __future__ import annotations

from gitflow.core.errors import GitflowError, StoreError
from gitflow.core.standard import partial, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.stores.protocols.jobs import RequestRow

#: The interval at which the owner of a job looks for requests, in seconds.
POLL_S = 0.5


class ForwardedRequests:
    def __init__(self, operations: Operations, clock: Clock) -> None:
        self._operations = operations
        self._orchestrator = operations.orchestrator
        self._store = operations.stores.jobs
        self._clock = clock
        self._next_poll = clock.now() + POLL_S
        self._submitted: set[int] = set()

    def timeout(self, limit_s: float | None) -> float:
        """Seconds until the next poll, at most ``limit_s``."""
        left = max(0.0, self._next_poll - self._clock.now())
        return left if limit_s is None else min(left, limit_s)

    def poll_if_due(self) -> None:
        """If the store cannot be read, the next poll tries again."""
        if self._clock.now() < self._next_poll:
            return
        self._next_poll = self._clock.now() + POLL_S
        with suppress(StoreError):
            waiting = self._store.requests(self._orchestrator.owner_id)
            self._submitted.intersection_update({request.id for request in waiting})  # forgets the answered ones
            for request in waiting:
                if request.id not in self._submitted:
                    self._submitted.add(request.id)
                    self._orchestrator.submit(partial(self._serve, request=request), partial(self._failed, request))

    def _failed(self, request: RequestRow, error: Exception) -> None:
        """Answers after an internal error, so that the caller does not wait for ever."""
        message = (
            f"internal error of gitflow ({type(error).__name__}: {error}); the log of the job's owner has the details"
        )
        self._orchestrator.submit(
            lambda transaction: self._store.answer(request.id, self._clock.now(), message, "error")
        )

    def _serve(self, transaction: Transaction, request: RequestRow) -> None:
        """Answers with the result, or with the sentence and code of a refusal."""
        from gitflow.runtime.operations.by_name import perform  # not at the top, because few runs get a request

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
