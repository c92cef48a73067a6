"""Many ask for the same thing at the same time: it is done once for all who came before it began."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

T = TypeVar("T")


class _Shared(Future[T]):
    """One who gives up takes the answer from nobody else."""

    def cancel(self) -> bool:
        return False


class SingleFlight(Generic[T]):
    """Whoever comes while ``act`` runs gets the answer of the next run: what it saw may be older than they are."""

    def __init__(self, executor: Executor, act: Callable[[], T]) -> None:
        self._executor = executor
        self._act = act
        self._lock = Lock()
        self._next: Future[T] | None = None
        self._runs = False

    def ask(self) -> Future[T]:
        """From any thread, at once. Raises RuntimeError when the executor is shut down."""
        with self._lock:
            asked = self._next
            if asked is None:
                asked = self._next = _Shared()
            if not self._runs:
                self._runs = True
                try:
                    self._executor.submit(self._run)
                except BaseException:
                    self._runs, self._next = False, None
                    raise
            return asked

    def _run(self) -> None:
        while asked := self._take():
            try:
                answer = self._act()
            except BaseException as error:
                asked.set_exception(error)
            else:
                asked.set_result(answer)

    def _take(self) -> Future[T] | None:
        with self._lock:
            asked, self._next = self._next, None
            self._runs = asked is not None
            return asked
