"""Takes in what steps print: shown at once to whoever listens here, stored in batches.

A batch is written when it is large, when it is old, and always before the end of a step is stored. While somebody
follows logs elsewhere (``is_heard``), the first lines after a pause are written at once, and the next soon.
"""

from __future__ import annotations

import time

from gitflow.core.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.logs import LogChunk
    from gitflow.runtime.clock import Clock
    from gitflow.stores.protocols.jobs import LogStore

BATCH_BYTES = 1 << 20
BATCH_AGE_S = 0.2
#: The least time between batches that are written because somebody follows.
SOON_S = 0.005
#: What may wait in memory for a store that cannot be written just now.
MOST_BYTES = 16 << 20
#: How long a process that prints waits for the store once so much lies in memory, and how long between tries.
PATIENCE_S, PAUSE_S = 10.0, 0.2


class LogWriter:
    def __init__(self, store: LogStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._batch: list[LogChunk] = []
        self._size = 0
        self._since = 0.0
        self._written_at = 0.0
        self._is_abandoned = False
        self.gives_up: Callable[[], bool] | None = None  #: of who waits without end: whether it has to end after all
        self.listeners: list[Callable[[LogChunk], None]] = []
        self.begun: Callable[[], None] = lambda: None  #: called when a batch begins, so that its age is watched
        self.is_heard: Callable[[], bool] = lambda: False  #: whether somebody follows what is stored
        self.wrote: Callable[[Sequence[LogChunk]], None] = lambda chunks: None  #: called when a batch is stored

    def take(self, chunk: LogChunk) -> None:
        """The runner's sink: it may write, so a slow store slows the process that prints. Raises StoreError."""
        if self._is_abandoned:
            return
        for listener in self.listeners:
            listener(chunk)
        begins = not self._batch
        if begins:
            self._since = self._clock.now()
        self._batch.append(chunk)
        self._size += len(chunk.data)
        if self._size >= BATCH_BYTES:
            self._try_flush()
        else:
            self.flush_if_old()
        if begins and self._batch:
            self.begun()

    def flush(self) -> None:
        """Raises StoreError; the batch is then kept for the next try."""
        if self._batch:
            written = self._batch
            self._store.append(written)
            self._batch = []
            self._size = 0
            self._written_at = self._clock.now()
            self.wrote(written)

    def abandon(self) -> None:
        """The store cannot be written any more: what comes from now on is dropped."""
        self._is_abandoned = True
        self._batch = []

    def _try_flush(self) -> None:
        """Waits with a store that cannot be written only when memory would grow otherwise."""
        until = self._clock.now() + PATIENCE_S
        while True:
            try:
                return self.flush()
            except StoreError:
                if self._size <= MOST_BYTES:
                    return None
                if self.gives_up() if self.gives_up is not None else self._clock.now() >= until:
                    raise
            time.sleep(PAUSE_S)

    def flush_if_old(self) -> None:
        if self._batch and self._clock.now() >= self._due():
            self._try_flush()

    def _due(self) -> float:
        """When the batch is old."""
        if self.is_heard():
            return min(self._written_at + SOON_S, self._since + BATCH_AGE_S)
        return self._since + BATCH_AGE_S

    def patience(self, limit_s: float | None) -> float | None:
        """How long one may wait before the batch is old."""
        if not self._batch:
            return limit_s
        left = max(0.0, self._due() - self._clock.now())
        return left if limit_s is None else min(left, limit_s)
