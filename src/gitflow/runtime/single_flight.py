"""Single flight: callers that want the same thing at the same time share one run."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

T = TypeVar("T")


class _Shared(Future[T]):
    """Cannot be cancelled: other callers wait for it, too."""

    def cancel(self) -> bool:
        return False


class SingleFlight(Generic[T]):
    """A caller that joins while ``act`` runs shares the next run: the current one may have read older data."""

    def __init__(self, executor: Executor, act: Callable[[], T]) -> None:
        self._executor = executor
        self._act = act
        self._lock = Lock()
        self._next: Future[T] | None = None
        self._runs = False

    def join(self) -> Future[T]:
        """Returns the future of the next run, without blocking, from any thread. Raises RuntimeError if the executor
        is shut down."""
        with self._lock:
            future = self._next
            if future is None:
                future = self._next = _Shared()
            if not self._runs:
                self._runs = True
                try:
                    self._executor.submit(self._run)
                except BaseException:
                    self._runs, self._next = False, None
                    raise
            return future

    def _run(self) -> None:
        while future := self._take():
            try:
                answer = self._act()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(answer)

    def _take(self) -> Future[T] | None:
        with self._lock:
            future, self._next = self._next, None
            self._runs = future is not None
            return future
