"""Reads what is stored, in a few threads with a connection each; nothing here writes.

What was read is remembered for as long as nobody has written to the store since: a list that many clients ask for
again and again is made once a change.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any, TypeVar

    from gitflow.stores.registry import Stores

    T = TypeVar("T")

THREADS = 3
#: How many answers are remembered, and how many bytes of them.
MAX_KEPT, MAX_BYTES = 256, 16 << 20


class Reader:
    def __init__(self, open_stores: Callable[[], Stores], threads: int = THREADS) -> None:
        """Raises StoreError."""
        self._open = open_stores
        self._opened: list[Stores] = []
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(threads, "reader")
        self._here = self._open_stores()  # of the thread that serves: it only asks whether anything has changed
        self._kept: dict[Hashable, tuple[int, Any]] = {}
        self._weight = 0

    async def read(self, look: Callable[[Stores], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, look)

    async def remembered(self, key: Hashable, look: Callable[[Stores], T]) -> T:
        """What ``look`` answered for this key, made anew once anybody has written to the store.

        It must depend on nothing but the store. An answer with a ``body`` weighs what that has of bytes.
        """
        version = self.version()
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        found = await self.read(look)
        self._keep(key, version, found)
        return found

    def _keep(self, key: Hashable, version: int, found: Any) -> None:
        weight = len(getattr(found, "body", b""))
        if len(self._kept) >= MAX_KEPT or self._weight + weight > MAX_BYTES:
            self._kept.clear()
            self._weight = 0
        self._weight += weight
        self._kept[key] = (version, found)

    def version(self) -> int:
        """Another number once anybody else has committed anything; it costs microseconds."""
        return self._here.jobs.changes()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for stores in self._opened:
            stores.close()

    def _read(self, look: Callable[[Stores], T]) -> T:
        stores: Stores | None = getattr(self._local, "stores", None)
        if stores is None:
            stores = self._local.stores = self._open_stores()
        return look(stores)

    def _open_stores(self) -> Stores:
        stores = self._open()
        self._opened.append(stores)
        return stores
