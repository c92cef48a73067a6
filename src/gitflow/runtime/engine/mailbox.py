"""Where the other threads of this process hand in what is to be done: each gets its answer after the commit.

The engine's thread is the only one that writes. A server's handlers run in another, so what they want done
goes over this counter: ``work`` is called inside the next commit, together with everything else that arrived,
and its future is answered once that commit is on the disk, never before.
"""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial

from gitflow.core.errors import GitflowError, StaleEvent, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from gitflow.runtime.engine.orchestrator import Orchestrator, Transaction

    T = TypeVar("T")


class CommitQueue:
    def __init__(self, orchestrator: Orchestrator, wake: Callable[[], None]) -> None:
        self._orchestrator = orchestrator
        self._wake = wake

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Does ``work`` inside the next commit; safe from every thread.

        The future holds what it answered, or the GitflowError with which it refused: ``work`` must refuse before
        it changes anything. What else it raises undoes the commit, which is made again without it; that is logged,
        and the future fails. A future that is cancelled before its turn comes is never begun. While the store
        cannot be written the future stays open, and ``work`` may be called again for a later commit.
        """
        future: Future[T] = Future()
        self._orchestrator.ask(partial(_serve, work=work, future=future), partial(_refuse, future))
        self._wake()
        return future


def _serve(turn: Transaction, work: Callable[[Transaction], T], future: Future[T]) -> None:
    if future.cancelled():
        return
    try:
        answer = work(turn)
    except StoreError:
        raise  # nothing of this commit holds: it is all done again
    except (GitflowError, StaleEvent) as refused:
        turn.awaited.append(partial(_refuse, future, refused))
    else:
        turn.awaited.append(partial(_answer, future, answer))


def _answer(future: Future[T], answer: T) -> None:
    """Whoever asked may have gone meanwhile."""
    with suppress(InvalidStateError):
        future.set_result(answer)


def _refuse(future: Future[T], refused: Exception) -> None:
    with suppress(InvalidStateError):
        future.set_exception(refused)
