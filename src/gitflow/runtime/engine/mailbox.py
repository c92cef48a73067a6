"""The write queue of the engine's thread, for the other threads of this process.

The engine's thread is the only one that writes. A server's handlers run in another, so they submit their
work here: it runs inside the next commit, together with everything else that arrived, and its future
resolves once that commit is on the disk, never before.
"""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError, StaleEvent, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.transaction import Transaction

    T = TypeVar("T")


class CommitQueue:
    def __init__(self, orchestrator: Orchestrator, wake: Callable[[], None]) -> None:
        self._orchestrator = orchestrator
        self._wake = wake
        self._refusal: GitflowError | None = None

    def refuse(self, error: GitflowError) -> None:
        """Refuses what waits, and everything from now on; the engine's thread has ended, or never begins."""
        self._refusal = error
        while self._orchestrator.waiting_pieces:
            self._orchestrator.drop_first(error)

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Runs ``work`` inside the next commit; safe from every thread.

        The future holds its result, or the GitflowError with which it refused: ``work`` must refuse before it
        changes anything. Any other exception undoes the commit, which is made again without it; that is logged,
        and the future fails. A future that is cancelled before the commit is never begun. While the store
        cannot be written the future stays open, and ``work`` may be called again for a later commit.
        """
        future: Future[T] = Future()
        if self._refusal is not None:
            future.set_exception(self._refusal)
            return future
        self._orchestrator.submit(partial(_serve, work=work, future=future), partial(_refuse, future))
        self._wake()
        return future


def _serve(transaction: Transaction, work: Callable[[Transaction], T], future: Future[T]) -> None:
    if future.cancelled():
        return
    try:
        result = work(transaction)
    except StoreError:
        raise  # the commit failed and is repeated as a whole
    except (GitflowError, StaleEvent) as refused:
        transaction.awaited.append(partial(_refuse, future, refused))
    else:
        transaction.awaited.append(partial(_resolve, future, result))


def _resolve(future: Future[T], result: T) -> None:
    """The caller may have cancelled it meanwhile."""
    with suppress(InvalidStateError):
        future.set_result(result)


def _refuse(future: Future[T], refused: Exception) -> None:
    with suppress(InvalidStateError):
        future.set_exception(refused)
