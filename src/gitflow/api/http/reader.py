"""Reads the store in a few threads, each with its own connection; nothing here writes.

Results can be cached until the next commit to the store, so a list that many clients poll is made once per change.
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
#: The maximal number of cached results, and their maximal total size in bytes.
MAX_ENTRIES, MAX_BYTES = 256, 16 << 20


class Reader:
    def __init__(self, open_stores: Callable[[], Stores], threads: int = THREADS) -> None:
        """Raises StoreError."""
        self._open = open_stores
        self._opened: list[Stores] = []
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(threads, "reader")
        self._version_stores = self._open_stores()  # used by the serving thread, only to read the version
        self._cache: dict[Hashable, tuple[int, Any]] = {}
        self._cached_bytes = 0

    async def read(self, query: Callable[[Stores], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, query)

    async def cached(self, key: Hashable, query: Callable[[Stores], T]) -> T:
        """The result of ``query``, cached under ``key`` until the next commit to the store.

        The result must depend on the store alone. Its size is that of its ``body``, if it has one.
        """
        version = self.version()
        entry = self._cache.get(key)
        if entry is not None and entry[0] == version:
            return entry[1]
        found = await self.read(query)
        self._put(key, version, found)
        return found

    def _put(self, key: Hashable, version: int, found: Any) -> None:
        size = len(getattr(found, "body", b""))
        if len(self._cache) >= MAX_ENTRIES or self._cached_bytes + size > MAX_BYTES:
            self._cache.clear()
            self._cached_bytes = 0
        self._cached_bytes += size
        self._cache[key] = (version, found)

    def version(self) -> int:
        """A number that changes with every commit; reading it takes microseconds."""
        return self._version_stores.jobs.changes()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for stores in self._opened:
            stores.close()

    def _read(self, query: Callable[[Stores], T]) -> T:
        stores: Stores | None = getattr(self._local, "stores", None)
        if stores is None:
            stores = self._local.stores = self._open_stores()
        return query(stores)

    def _open_stores(self) -> Stores:
        stores = self._open()
        self._opened.append(stores)
        return stores
