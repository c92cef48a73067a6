"""Receives the output of steps: passes it to listeners at once, and stores it in batches.

A batch is written when it is large, when it is old, and always before the end of a step is stored. While a client
follows logs (``LogFollower.is_active``), the first lines after a pause are written at once, and the next soon.
"""

from __future__ import annotations

import time

from gitflow.core.errors import StoreError
from gitflow.core.standard import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from gitflow.core.logs import LogChunk
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.jobs import LogStore

    class LogFollower(Protocol):
        """A reader of the log that follows it in the store."""

        @property
        def is_active(self) -> bool: ...

        def on_logs_stored(self, chunks: Sequence[LogChunk]) -> None: ...


BATCH_BYTES = 1 << 20
BATCH_AGE_S = 0.2
#: The shortest time between batches while a client follows, in seconds.
MIN_AGE_S = 0.005
#: How many bytes may wait in memory while the store cannot be written.
MAX_BYTES = 16 << 20
#: How long a process that prints waits for the store once the memory is full, and between tries, in seconds.
TIMEOUT_S, PAUSE_S = 10.0, 0.2


class LogWriter:
    def __init__(
        self,
        store: LogStore,
        clock: Clock,
        on_batch: Callable[[], None] = lambda: None,
        gives_up: Callable[[], bool] | None = None,
    ) -> None:
        """``on_batch`` is called when a batch begins, so that the engine wakes when it is old.

        ``gives_up``: for a process that waits for the store without a time limit: whether it has to stop now.
        """
        self._store = store
        self._clock = clock
        self._batch: list[LogChunk] = []
        self._size = 0
        self._since = 0.0
        self._written_at = 0.0
        self._is_abandoned = False
        self._is_prepared = False
        self._on_batch = on_batch
        self._gives_up = gives_up
        self.listeners: list[Callable[[LogChunk], None]] = []  #: called with each chunk, before it is stored
        self.followers: list[LogFollower] = []

    def prepare(self) -> None:
        """Opens the log. Called while the first step runs, so that it takes less time to store its lines."""
        if not self._is_prepared:
            self._is_prepared = True
            with suppress(StoreError):  # ``flush`` raises it, once there are lines
                self._store.prepare(self._clock.now())

    def take(self, chunk: LogChunk) -> None:
        """Adds a chunk. It may write a batch, so a slow store slows the process that prints. Raises StoreError."""
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
            self._on_batch()

    @property
    def joins_commits(self) -> bool:
        """Whether the batch can be a part of the commit of the jobs."""
        return self._store.joins_commits

    def write(self, transaction: Transaction) -> None:
        """Writes the batch within the open commit; it is kept until that is made. Raises StoreError."""
        if self._batch:
            written = list(self._batch)
            self._store.append(written)
            transaction.observed.append(lambda: self._on_commit(written))

    def _on_commit(self, written: list[LogChunk]) -> None:
        """More may have been taken meanwhile; and ``flush`` may have been quicker, if the answer was lost."""
        if not self._batch or self._batch[0] is not written[0]:
            return
        del self._batch[: len(written)]
        self._size = sum(len(chunk.data) for chunk in self._batch)
        self._since = self._written_at = self._clock.now()
        for follower in self.followers:
            follower.on_logs_stored(written)

    def flush(self) -> None:
        """Raises StoreError; the batch is then kept for the next try."""
        if self._batch:
            written = self._batch
            self._store.append(written)
            self._batch = []
            self._size = 0
            self._written_at = self._clock.now()
            for follower in self.followers:
                follower.on_logs_stored(written)

    def abandon(self) -> None:
        """Drops the batch and all later chunks: the store cannot be written any more."""
        self._is_abandoned = True
        self._batch = []

    def _try_flush(self) -> None:
        """Waits for a store that cannot be written only if the batch exceeds ``MAX_BYTES``."""
        until = self._clock.now() + TIMEOUT_S
        while True:
            try:
                return self.flush()
            except StoreError:
                if self._size <= MAX_BYTES:
                    return None
                if self._gives_up() if self._gives_up is not None else self._clock.now() >= until:
                    raise
            time.sleep(PAUSE_S)

    def flush_if_old(self) -> None:
        if self._batch and self._clock.now() >= self._due():
            self._try_flush()

    def _due(self) -> float:
        """When the batch is old."""
        if any(follower.is_active for follower in self.followers):
            return min(self._written_at + MIN_AGE_S, self._since + BATCH_AGE_S)
        return self._since + BATCH_AGE_S

    def timeout(self, limit_s: float | None) -> float | None:
        """Seconds until the batch is old, at most ``limit_s``."""
        if not self._batch:
            return limit_s
        left = max(0.0, self._due() - self._clock.now())
        return left if limit_s is None else min(left, limit_s)
