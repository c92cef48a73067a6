"""Searches for what steps have left running, in a thread of their own.

Reading /proc takes time, and some processes must be waited for (process_tree.py); meanwhile the engine's thread goes
on. All searches that are asked for while one is under way are answered by the next, together. The thread ends when
there is nothing to look for.
"""

from __future__ import annotations

from _thread import allocate_lock  # and not threading, which is slow to import and rarely wanted

from gitflow.runners import process_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runners.process_tree import Started


class Search:
    """For what one step has left. ``found`` is None until it has been looked for."""

    __slots__ = ("found", "number", "step")

    def __init__(self, step: Started, number: int | None = None) -> None:
        self.step = step
        self.number = number  #: the signal to send to what is found
        self.found: list[int] | None = None


class Searches:
    """``ring`` is called, in the thread, after searches have been answered."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = allocate_lock()
        self._waiting: list[Search] = []
        self._is_running = False
        self._is_closed = False

    def begin(self, step: Started, number: int | None = None) -> Search:
        """Looks for what the step has left; with ``number`` it is sent this signal."""
        search = Search(step, number)
        with self._lock:
            self._waiting.append(search)
            has_to_start, self._is_running = not self._is_running, True
        if has_to_start:
            self._start()
        return search

    def close(self) -> None:
        """Nobody waits for an answer any more."""
        with self._lock:
            self._is_closed = True

    def _start(self) -> None:
        import threading

        try:
            threading.Thread(target=self._run, name="searches", daemon=True).start()
        except RuntimeError:  # the machine has no thread left for us
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
        finally:  # whatever was raised is logged by the thread, and the steps still end
            for search, pids in zip(searches, found, strict=True):
                search.found = pids
            with self._lock:
                if not self._is_closed:
                    self._ring()
