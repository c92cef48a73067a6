"""Searches for leftover processes of steps in a thread of its own.

Reading /proc takes time, and some processes must be waited for (process_tree.py); the engine's thread continues
meanwhile. All searches that are requested during a search are answered together by the next one. The thread ends when
there are no requests.
"""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread  # threading is slow to import

from gitflow.runners import process_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runners.process_tree import Started


class Search:
    """A search for the leftover processes of one step. ``found`` is None until it is done."""

    __slots__ = ("found", "number", "step")

    def __init__(self, step: Started, number: int | None = None) -> None:
        self.step = step
        self.number = number  #: the signal to send to the found processes
        self.found: list[int] | None = None


class Searches:
    """``ring`` is called in the thread after searches were answered."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = allocate_lock()
        self._waiting: list[Search] = []
        self._is_running = False
        self._is_closed = False

    def begin(self, step: Started, number: int | None = None) -> Search:
        """Requests a search for the step's leftover processes; with ``number`` they get this signal."""
        search = Search(step, number)
        with self._lock:
            self._waiting.append(search)
            has_to_start, self._is_running = not self._is_running, True
        if has_to_start:
            self._start()
        return search

    def close(self) -> None:
        """Drops a search that nobody waits for any more."""
        with self._lock:
            self._is_closed = True

    def _start(self) -> None:
        try:
            start_new_thread(self._run, ())  # nobody waits for its end
        except RuntimeError:  # no thread could be started
            self._run()

    def _run(self) -> None:
        while True:
            with self._lock:
                searches, self._waiting = self._waiting, []
                self._is_running = bool(searches)
            if not searches:
                return
            self._answer(searches)

    def _answer(self, searches: list[Search]) -> None:
        found: list[list[int]] = [[] for _ in searches]
        try:
            found = process_tree.left_behind([search.step for search in searches])
            for search, pids in zip(searches, found, strict=True):
                if search.number is not None:
                    process_tree.signal_found(search.step, pids, search.number)
        finally:  # the thread logs the exception, and the steps still end
            for search, pids in zip(searches, found, strict=True):
                search.found = pids
            with self._lock:
                if not self._is_closed:
                    self._ring()
