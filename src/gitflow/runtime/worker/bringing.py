"""Brings what an attempt needs to this machine before it begins, while the engine goes on.

Servers may share the artifacts of steps; then those of another server come over the network.
"""

from __future__ import annotations

from collections import deque
from threading import Thread
from typing import TYPE_CHECKING

from gitflow.runtime.worker.bell import Bell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.runners.base import Assignment
    from gitflow.runners.runner import Runner
    from gitflow.stores.protocols.artifacts import Artifact

    Key = tuple[str, str, int]


class Bringing:
    """All methods are called in the engine's thread."""

    def __init__(
        self,
        runner: Runner,
        bring: Callable[[Artifact], None],
        start: Callable[[Assignment], None],
        fail: Callable[[Key, Exception], None],
    ) -> None:
        """``bring`` is called in other threads, ``start`` and ``fail`` in the engine's."""
        self._bring = bring
        self._start = start
        self._fail = fail
        self._waiting: dict[Key, Assignment] = {}
        self._brought: deque[tuple[Assignment, Exception | None]] = deque()
        self._bell = Bell(runner, self._start_brought)

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting)

    def begin(self, assignment: Assignment, artifacts: Sequence[Artifact]) -> None:
        self._waiting[assignment.key] = assignment
        try:
            Thread(target=self._bring_all, args=(assignment, artifacts), name="artifacts", daemon=True).start()
        except RuntimeError as error:  # no more threads
            self._brought.append((assignment, error))
            self._bell.ring()

    def cancel(self, key: Key) -> bool:
        """Whether the attempt was waiting here. If so, it never begins."""
        return self._waiting.pop(key, None) is not None

    def _bring_all(self, assignment: Assignment, artifacts: Sequence[Artifact]) -> None:
        failure: Exception | None = None
        try:
            for artifact in artifacts:
                self._bring(artifact)
        except Exception as error:
            failure = error
        self._brought.append((assignment, failure))
        self._bell.ring()

    def _start_brought(self) -> None:
        while self._brought:
            assignment, failure = self._brought.popleft()
            if self._waiting.pop(assignment.key, None) is None:
                continue
            if failure is None:
                self._start(assignment)
            else:
                self._fail(assignment.key, failure)
